"""The answer to a decision."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from contracts.claims import Outcome
from contracts.events.review import ItemResult


class Decided(BaseModel):
    """A decision that was made. `items`: the level of each item of the rubric, as the applicant gets it."""

    case_id: UUID
    decision_id: UUID
    outcome: Outcome
    decided_at: datetime
    items: list[ItemResult]
