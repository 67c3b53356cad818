"""The study plan: what an entry may say, and how many there may be."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from contracts.refusals import Invalid, NotThere, WrongState
from services.intake.domain.study_plan import MOST_ENTRIES, Entry, EntryContent, add, entry, find
from tests.unit.intake.builders import NOW, definition

OWN = Entry(UUID(int=9), "Visit a loom", None, "loom", date(2026, 5, 1), False, NOW)


def test_an_entry_of_ones_own_and_one_of_the_program() -> None:
    wanted = EntryContent(title="Visit a loom", item="loom", by=date(2026, 5, 1))
    assert add([], wanted, definition(), entry_id=UUID(int=9), now=NOW) == OWN
    read = add([OWN], EntryContent(resource="r1", done=True), definition(), entry_id=UUID(int=8), now=NOW)
    assert read == Entry(UUID(int=8), "On warp", "r1", None, None, True, NOW)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (EntryContent(), "title"),
        (EntryContent(title="x", item="sail"), "item"),
        (EntryContent(title="x", resource="r9"), "resource"),
    ],
)
def test_what_does_not_fit_the_credential(wanted: EntryContent, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        entry(wanted, definition(), entry_id=UUID(int=9), added_at=NOW)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_a_plan_is_bounded_and_an_entry_is_found_or_not() -> None:
    full = [replace(OWN, entry_id=UUID(int=number)) for number in range(MOST_ENTRIES)]
    with pytest.raises(WrongState, match="at most 100 entries"):
        add(full, EntryContent(title="x"), definition(), entry_id=UUID(int=999), now=NOW)
    assert find(full, UUID(int=7)) == full[7]
    with pytest.raises(NotThere):
        find(full, UUID(int=999))
