"""The answers to scores."""

from datetime import datetime

from pydantic import BaseModel

from services.review.bodies import ScoresBody
from services.review.domain.cases import State


class Drafted(ScoresBody):
    """The draft that was kept. `missing`: the items that still need a level. `saved_at`: when it was saved; only in the
    answer to that."""

    missing: list[str]
    saved_at: datetime | None = None


class Submitted(BaseModel):
    """The final scores: item to level. `state`: the case's."""

    submitted: bool = True
    items: dict[str, str]
    state: State
