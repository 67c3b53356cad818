"""What is answered to a declaration."""

from uuid import UUID

from pydantic import BaseModel

from services.review.domain.seats import SeatState


class Declared(BaseModel):
    """A declaration, made; with a conflict the seat is somebody else's from now on. `state`: the seat's."""

    case_id: UUID
    conflict: bool
    declared: bool = True
    state: SeatState
