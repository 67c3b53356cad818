"""Things beside the materials that depend on an application's version when it is moved: requests for letters, and the
study plan.

A request goes with its requirement; where that is left behind, nobody is reminded, and its link says that no letter is
needed. An entry of the study plan always stays: it is in the applicant's own words. It loses the name of an item or of
a resource that the other version does not have, and gets it back when the move is undone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.catalog import CredentialDefinition
from services.intake.domain.letters import LetterRequest
from services.intake.domain.study_plan import Entry

LETTERS, STUDY_PLAN = "letters", "study_plan"
"""Their keys in a record. Moves of earlier builds kept neither."""


@dataclass(frozen=True, slots=True)
class Beside:
    """An application's requests for letters, and its study plan."""

    letters: Sequence[LetterRequest] = ()
    study_plan: Sequence[Entry] = ()


def carry_plan(entries: Sequence[Entry], items: Mapping[str, str], after: CredentialDefinition) -> tuple[Entry, ...]:
    """The study plan on another version. `items` says what items become. A resource with the same key stays."""
    resources = {one.key for one in after.resources}
    return tuple(
        replace(
            one,
            item=None if one.item is None else items.get(one.item),
            resource=one.resource if one.resource in resources else None,
        )
        for one in entries
    )


def loosened(entries: Sequence[Entry], carried: Sequence[Entry]) -> int:
    """The number of entries that lose the name of an item or of a resource."""
    pairs = zip(entries, carried, strict=True)
    return sum(
        1
        for one, then in pairs
        if (one.item is not None and then.item is None) or (one.resource is not None and then.resource is None)
    )


def changed(entries: Sequence[Entry], carried: Sequence[Entry]) -> list[Entry]:
    """The carried entries that have changed."""
    return [then for one, then in zip(entries, carried, strict=True) if then != one]


def plan_brought_back(
    entries: Sequence[Entry],
    items: Mapping[str, str],
    former: CredentialDefinition,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> tuple[Entry, ...]:
    """The study plan on the former version again. `items` says what items became; `before` and `after` are the records
    from then. Changes by the move are undone. Entries that were changed or added since are carried back."""
    if STUDY_PLAN not in before or STUDY_PLAN not in after:
        return tuple(entries)
    was, became = ({one["entry_id"]: one for one in part[STUDY_PLAN]} for part in (before, after))
    carried = carry_plan(entries, {to: key for key, to in items.items()}, former)
    return tuple(
        replace(one, item=was[found["entry_id"]]["item"], resource=was[found["entry_id"]]["resource"])
        if found["entry_id"] in was and became.get(found["entry_id"]) == found
        else back
        for one, back, found in zip(entries, carried, map(_entry, entries), strict=True)
    )


def record(beside: Beside) -> dict[str, Any]:
    """The parts that depend on the version, kept so that the move can be undone."""
    return {
        LETTERS: [{"request_id": str(one.request_id), "requirement": one.requirement} for one in beside.letters],
        STUDY_PLAN: [_entry(one) for one in beside.study_plan],
    }


def asked_since(beside: Beside, after: Mapping[str, Any]) -> set[str]:
    """The requirements for which somebody was asked for a letter after the record `after`."""
    if LETTERS not in after:
        return set()
    known = {one["request_id"] for one in after[LETTERS]}
    return {one.requirement for one in beside.letters if str(one.request_id) not in known}


def _entry(entry: Entry) -> dict[str, Any]:
    return {"entry_id": str(entry.entry_id), "item": entry.item, "resource": entry.resource}
