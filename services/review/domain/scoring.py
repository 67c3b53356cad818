"""Levels of items: what a reviewer may say, when their scores are complete, and what the panel's level of an item
is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.catalog import Level
from contracts.events.review import ItemResult
from services.review.domain.refusals import BadInput, Refused

RULE = "lower_median"
RULE_TEXT = (
    "The panel's level of an item is the lower median of the reviewers' final levels:"
    " of two that differ, the more careful one. "
    "An item carried forward keeps its level and counts as demonstrated."
)


@dataclass(frozen=True, slots=True)
class Rubric:
    """What one case is judged by: its items (key to name, in order), the levels (worst first), and what earlier
    attempts demonstrated."""

    items: Mapping[str, str]
    levels: tuple[Level, ...]
    carried: Mapping[str, str]

    @property
    def open_items(self) -> tuple[str, ...]:
        """The items that reviewers score, in order."""
        return tuple(item for item in self.items if item not in self.carried)

    def passing(self, level: str) -> bool:
        """Whether this level counts as demonstrated."""
        return any(known.key == level and known.passing for known in self.levels)


def rubric_of(items: Mapping[str, str], levels: tuple[Level, ...], demonstrated: Mapping[str, str]) -> Rubric:
    """What a case is judged by; `demonstrated`: item to level, of earlier attempts: an item that this version does not
    have is not carried."""
    return Rubric(items, levels, {item: level for item, level in demonstrated.items() if item in items})


def check(rubric: Rubric, levels: Mapping[str, str], noted: Iterable[str] = ()) -> None:
    """Raises BadInput for an item or a level that the rubric does not have, or an item that was carried forward."""
    known = [level.key for level in rubric.levels]
    errors = []
    for item in dict.fromkeys((*levels, *noted)):
        if item in rubric.carried:
            errors.append((f"items.{item}", "was demonstrated in an earlier attempt and carried forward; leave it out"))
        elif item not in rubric.items:
            errors.append((f"items.{item}", f"is no item of this rubric; its items are {', '.join(rubric.open_items)}"))
        elif item in levels and levels[item] not in known:
            errors.append((f"items.{item}.level", f"is no level of this rubric; its levels are {', '.join(known)}"))
    if errors:
        raise BadInput(tuple(errors))


def check_complete(rubric: Rubric, levels: Mapping[str, str]) -> None:
    """Raises Refused, naming each item that has no level yet."""
    errors = tuple((f"items.{item}", "has no level yet") for item in rubric.open_items if item not in levels)
    if errors:
        raise Refused(
            "scores_incomplete",
            f"{len(errors)} of {len(rubric.open_items)} items have no level yet; PUT .../scores first",
            errors,
        )


def panel_results(
    rubric: Rubric, ballots: Sequence[Mapping[str, str]], overrides: Mapping[str, str]
) -> tuple[ItemResult, ...]:
    """The level of each item, in the rubric's order, by RULE; `overrides` are the chair's. Every ballot is complete."""
    results = []
    for item in rubric.items:
        if item in rubric.carried:
            results.append(ItemResult(item=item, level=rubric.carried[item], demonstrated=True, carried_forward=True))
        else:
            level = overrides.get(item) or _lower_median(rubric, [ballot[item] for ballot in ballots])
            results.append(ItemResult(item=item, level=level, demonstrated=rubric.passing(level)))
    return tuple(results)


def _lower_median(rubric: Rubric, levels: Sequence[str]) -> str:
    order = [level.key for level in rubric.levels]
    ranked = sorted(levels, key=order.index)
    return ranked[(len(ranked) - 1) // 2]
