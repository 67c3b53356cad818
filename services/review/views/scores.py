"""The answers to scores."""

from pydantic import BaseModel

from services.review.bodies import ScoresBody
from services.review.domain.cases import State


class Drafted(ScoresBody):
    """The draft that was kept. `missing`: the items that still need a level."""

    missing: list[str]


class Submitted(BaseModel):
    """The final scores: item to level. `state`: the case's."""

    submitted: bool = True
    items: dict[str, str]
    state: State
