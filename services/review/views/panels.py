"""The answer to an assignment."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.review.domain.seats import SeatState


class Assigned(BaseModel):
    """A person was assigned. `due_at`: when the case is due, once that is known. `state`: the seat's."""

    case_id: UUID
    person_id: UUID
    role: str
    state: SeatState
    due_at: datetime | None
