"""Two browser tabs never overwrite each other silently."""

import pytest

from contracts.editions import ANYTHING, check, edition
from contracts.refusals import ChangedMeanwhile

OLD, NEW, MINE = {"a": "1", "b": None}, {"a": "2", "b": None}, {"a": "3", "b": None}


def test_an_edition_is_of_the_content_alone() -> None:
    assert edition({"a": "1", "b": None}) == edition({"b": None, "a": "1"})
    assert len({edition(kept) for kept in (None, {}, OLD, NEW, MINE)}) == 5


@pytest.mark.parametrize(
    ("seen", "kept", "wanted"),
    [
        (None, NEW, MINE),
        ([edition(NEW)], NEW, MINE),
        ([edition(OLD), edition(NEW)], NEW, MINE),
        ([edition(None)], None, MINE),
        ([edition(OLD)], MINE, MINE),
        ([ANYTHING], NEW, MINE),
    ],
)
def test_who_saw_what_is_kept_or_changes_nothing_may_save(
    seen: list[str] | None, kept: dict[str, str | None] | None, wanted: dict[str, str | None]
) -> None:
    check(None if seen is None else frozenset(seen), kept, wanted)


@pytest.mark.parametrize("seen", [edition(OLD), edition(None), "anything"])
def test_who_saw_something_else_is_refused_with_what_is_kept(seen: str) -> None:
    with pytest.raises(ChangedMeanwhile) as refused:
        check(frozenset([seen]), NEW, MINE)
    assert refused.value.current == NEW


def test_something_that_is_not_there_was_not_seen() -> None:
    with pytest.raises(ChangedMeanwhile):
        check(frozenset([ANYTHING]), None, MINE)
