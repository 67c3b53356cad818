"""Reads the documents that badging signs, for all views."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """A read-only view."""

    model_config = ConfigDict(frozen=True)


class Found(View):
    """One item of a badge and what the panel found. `level` is None for an item that this panel did not judge."""

    key: str
    name: str
    group: str
    level: str | None
    passing: bool


def groups_of(achievement: Mapping[str, Any]) -> tuple[int, ...]:
    """The number of items in each group of an achievement, in order. Its picture is drawn from them."""
    frameworks = [alignment["targetFramework"] for alignment in achievement.get("alignment", ())]
    return tuple(len(list(same)) for _, same in groupby(frameworks))


def found_in(subject: Mapping[str, Any]) -> tuple[Found, ...]:
    """Every item of a credential's subject, in the order of the program, with the achieved level."""
    achievement = subject["achievement"]
    achieved = {result["resultDescription"]: result for result in subject.get("result", ())}
    prefix = f"{achievement['name']}: "
    return tuple(
        _found(alignment, description, achieved.get(description["id"]), prefix)
        for alignment, description in zip(
            achievement.get("alignment", ()), achievement.get("resultDescription", ()), strict=True
        )
    )


def _found(
    alignment: Mapping[str, Any], description: Mapping[str, Any], result: Mapping[str, Any] | None, prefix: str
) -> Found:
    levels: Sequence[str] = [level["id"] for level in description["rubricCriterionLevel"]]  # the worst one first
    required = description.get("requiredLevel")
    passing = (
        result is not None and required is not None and levels.index(result["achievedLevel"]) >= levels.index(required)
    )
    return Found(
        key=alignment["targetCode"],
        name=alignment["targetName"],
        group=alignment["targetFramework"].removeprefix(prefix),
        level=None if result is None else result["value"],
        passing=passing,
    )
