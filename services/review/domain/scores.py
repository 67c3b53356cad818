"""Levels of items: which levels a reviewer may give, when their scores are complete, and how the panel's level is
computed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts import editions
from contracts.catalog import Level
from contracts.claims import ObjectClaim
from contracts.events.review import ItemResult
from contracts.refusals import ChangedMeanwhile, Fault, Invalid, NotYours, Text, WrongState
from services.review.domain import cases, seats
from services.review.domain.cases import Action, Case
from services.review.domain.seats import Seat

RULE = "lower_median"
RULE_TEXT = Text(
    "The panel's level of an item is the lower median of the reviewers' final levels:"
    " of two that differ, the more careful one. "
    "An item carried forward keeps its level and counts as demonstrated."
)


@dataclass(frozen=True, slots=True)
class Rubric:
    """The scale of one case: its items (key to name, in order), the levels (worst first), and the items that earlier
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
    """The rubric of a case. `demonstrated`: item to level, from earlier attempts. An item that this version does not
    have is not carried forward."""
    return Rubric(items, levels, {item: level for item, level in demonstrated.items() if item in items})


def check(rubric: Rubric, levels: Mapping[str, str], noted: Iterable[str] = ()) -> None:
    """Raises Invalid for an item or a level that the rubric does not have, or an item that was carried forward."""
    known = [level.key for level in rubric.levels]
    items, its_levels = ", ".join(rubric.open_items), ", ".join(known)
    faults = []
    for item in dict.fromkeys((*levels, *noted)):
        if item in rubric.carried:
            again = Text("was demonstrated in an earlier attempt and carried forward; leave it out")
            faults.append(Fault(f"items.{item}", again))
        elif item not in rubric.items:
            faults.append(Fault(f"items.{item}", no_item(items)))
        elif item in levels and levels[item] not in known:
            no_level = Text("is not a level of this rubric; its levels are %(levels)s", levels=its_levels)
            faults.append(Fault(f"items.{item}.level", no_level))
    if faults:
        raise Invalid(*faults)


def no_item(items: str) -> Text:
    """The text about a key that is none of these items."""
    return Text("is not an item of this rubric; its items are %(items)s", items=items)


def check_complete(rubric: Rubric, levels: Mapping[str, str]) -> None:
    """Raises WrongState, naming each item that has no level yet."""
    faults = [Fault(f"items.{item}", Text("has no level yet")) for item in rubric.open_items if item not in levels]
    if faults:
        raise WrongState(
            Text(
                "%(missing)s of %(items)s items have no level yet; PUT .../scores first",
                missing=len(faults),
                items=len(rubric.open_items),
            ),
            type="scores_incomplete",
            faults=faults,
        )


def draft(
    case: Case,
    rubric: Rubric,
    person_id: UUID,
    levels: Mapping[str, str],
    notes: ObjectClaim | None,
    noted: Iterable[str],
    seen: frozenset[str] | None = None,
) -> tuple[Case, Seat, ObjectClaim | None]:
    """The case with this reviewer's draft instead of the one before, the seat, and the notes of the earlier one.

    `noted` are the items that have a note. `seen`: the editions that the reviewer saw; None if they do not say. Raises
    NotYours, WrongState, Invalid, ChangedMeanwhile.
    """
    before = _seat(case, person_id)
    drafted = seats.draft(before, levels, notes)
    check(rubric, levels, noted)
    editions.check(seen, _kept(before), _kept(drafted))
    return cases.with_seat(case, drafted), drafted, before.notes


def edition(seat: Seat) -> str:
    """A short name for exactly these levels and notes."""
    return editions.edition(_kept(seat))


NOTHING_DRAFTED = editions.edition(None)
"""The edition of scores that nobody has drafted."""


def _kept(seat: Seat) -> editions.Kept:
    if not seat.levels and seat.notes is None:
        return None
    return {"levels": dict(seat.levels), "notes": None if seat.notes is None else seat.notes.sha256}


def submit(case: Case, rubric: Rubric, person_id: UUID, seen: frozenset[str] | None = None) -> tuple[Case, Seat]:
    """Make this reviewer's draft final. Returns the case and the seat. After the last reviewer of the panel the case is
    `deciding`. `seen`: as for `draft`. Raises NotYours, WrongState, ChangedMeanwhile."""
    before = _seat(case, person_id)
    final = seats.submit(before)
    if seen is not None and not seen & {edition(before), editions.ANYTHING}:
        raise ChangedMeanwhile(
            Text(
                "These scores were changed since you opened this page, in another tab or on another device. Nothing was"
                " submitted. Read them as they are now, and submit them then."
            )
        )
    check_complete(rubric, final.levels)
    return cases.with_seat(case, final), final


def _seat(case: Case, person_id: UUID) -> Seat:
    seat = cases.seat_of(case, person_id)
    if seat is None or seat.role not in seats.SCORING:
        raise NotYours(Text("only the reviewers of this case may score it"))
    cases.permit(case.state, Action.SCORE)
    return seat


def panel_results(
    rubric: Rubric, ballots: Sequence[Mapping[str, str]], overrides: Mapping[str, str]
) -> tuple[ItemResult, ...]:
    """The level of each item, in the rubric's order, by RULE. `overrides` are the chair's levels. Every ballot is
    complete."""
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
