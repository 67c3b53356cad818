"""The answers to a declaration, and to a panel member who declines."""

from uuid import UUID

from pydantic import BaseModel

from services.review.domain.seats import SeatState


class Declared(BaseModel):
    """A declaration that was made. With a conflict, somebody else gets the seat. `state`: the seat's."""

    case_id: UUID
    conflict: bool
    declared: bool = True
    state: SeatState


class Declined(BaseModel):
    """A case that the caller gave up. Somebody else gets the seat. `state`: the seat's."""

    case_id: UUID
    declined: bool = True
    state: SeatState
