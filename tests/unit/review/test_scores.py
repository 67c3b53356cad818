"""Levels, their completeness, and the panel's level of an item."""

from collections.abc import Mapping

import pytest

from contracts.events.review import ItemResult
from contracts.refusals import Invalid, WrongState
from services.review.domain import scores
from tests.unit.review.builders import LEVELS, rubric

FULL = {"warp": "demonstrated", "weft": "demonstrated", "loom": "exemplary"}


def test_only_items_of_this_version_are_carried() -> None:
    carried = scores.rubric_of({"warp": "Warp", "weft": "Weft"}, LEVELS, {"weft": "exemplary", "hat": "exemplary"})
    assert (carried.carried, carried.open_items) == ({"weft": "exemplary"}, ("warp",))


def test_what_fits_the_rubric() -> None:
    scores.check(rubric(), FULL)
    scores.check(rubric(), {})
    scores.check(rubric(loom="exemplary"), {"warp": "missing"}, ["weft"])


@pytest.mark.parametrize(
    ("levels", "noted", "errors"),
    [
        ({"hat": "missing"}, (), [("items.hat", "is not an item of this rubric; its items are warp, weft")]),
        ({}, ("hat",), [("items.hat", "is not an item of this rubric; its items are warp, weft")]),
        (
            {"warp": "great"},
            ("warp",),
            [
                (
                    "items.warp.level",
                    "is not a level of this rubric; its levels are missing, emerging, demonstrated, exemplary",
                )
            ],
        ),
        (
            {"loom": "missing"},
            (),
            [("items.loom", "was demonstrated in an earlier attempt and carried forward; leave it out")],
        ),
    ],
)
def test_what_does_not(levels: Mapping[str, str], noted: tuple[str, ...], errors: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as bad:
        scores.check(rubric(loom="exemplary"), levels, noted)
    assert [(fault.field, str(fault.text)) for fault in bad.value.faults] == errors
    assert str(bad.value.text) == "; ".join(f"{field}: {message}" for field, message in errors)


def test_complete_scores_need_every_open_item() -> None:
    scores.check_complete(rubric(), FULL)
    scores.check_complete(rubric(weft="exemplary", loom="exemplary"), {"warp": "missing"})
    scores.check_complete(rubric(warp="exemplary", weft="exemplary", loom="exemplary"), {})
    with pytest.raises(WrongState) as refused:
        scores.check_complete(rubric(loom="exemplary"), {})
    assert refused.value.type == "scores_incomplete"
    assert str(refused.value.text) == "2 of 2 items have no level yet; PUT .../scores first"
    assert [(fault.field, str(fault.text)) for fault in refused.value.faults] == [
        ("items.warp", "has no level yet"),
        ("items.weft", "has no level yet"),
    ]


@pytest.mark.parametrize(
    ("ballots", "level"),
    [
        (["demonstrated"], "demonstrated"),
        (["exemplary", "emerging"], "emerging"),
        (["emerging", "exemplary"], "emerging"),
        (["missing", "exemplary", "demonstrated"], "demonstrated"),
        (["exemplary", "missing", "missing"], "missing"),
        (["exemplary", "demonstrated", "emerging", "missing"], "emerging"),
    ],
)
def test_the_lower_median(ballots: list[str], level: str) -> None:
    results = scores.panel_results(rubric(weft="exemplary", loom="exemplary"), [{"warp": one} for one in ballots], {})
    assert results[0] == ItemResult(item="warp", level=level, demonstrated=level in ("demonstrated", "exemplary"))


def test_results_in_the_rubrics_order_with_what_was_carried_and_set() -> None:
    ballots = [{"warp": "emerging", "weft": "demonstrated"}, {"weft": "exemplary", "warp": "missing"}]
    assert scores.panel_results(rubric(loom="distinguished"), ballots, {"warp": "demonstrated"}) == (
        ItemResult(item="warp", level="demonstrated", demonstrated=True),
        ItemResult(item="weft", level="demonstrated", demonstrated=True),
        ItemResult(item="loom", level="distinguished", demonstrated=True, carried_forward=True),
    )
