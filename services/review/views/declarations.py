"""The answer to a declaration."""

from uuid import UUID

from pydantic import BaseModel

from services.review.domain.seats import SeatState


class Declared(BaseModel):
    """A declaration that was made. With a conflict, somebody else gets the seat. `state`: the seat's."""

    case_id: UUID
    conflict: bool
    declared: bool = True
    state: SeatState
