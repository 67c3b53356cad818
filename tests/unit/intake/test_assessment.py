"""Ratings, gaps, and the resources mapped to them."""

import pytest

from contracts.refusals import Invalid, NotThere, WrongState
from services.intake.domain.assessment import assess, gaps, recommend, requirement, unrated
from services.intake.domain.states import State
from tests.unit.intake.builders import application, definition, with_requirements

OPEN = application(state=State.OPEN)


def test_ratings_are_kept_in_the_order_of_the_credential() -> None:
    assessed = assess(OPEN, {"weft": 5, "warp": 1}, definition())
    assert list((assessed.ratings or {}).items()) == [("warp", 1), ("weft", 5)]
    assert unrated(assessed, definition()) == ("loom",)


def test_gaps_are_what_is_rated_at_most_so_high() -> None:
    ratings = {"warp": 1, "weft": 2, "loom": 3}
    assert gaps(ratings, definition()) == ("warp", "weft")
    assert gaps(ratings, definition(gap_at_most=1)) == ("warp",)
    assert gaps(ratings, definition(gap_at_most=5)) == ("warp", "weft", "loom")


def test_resources_are_mapped_to_the_gaps() -> None:
    found = recommend(("warp",), definition())
    assert [(recommendation.resource.key, recommendation.gaps) for recommendation in found] == [("r1", ("warp",))]
    assert recommend((), definition()) == ()
    assert [r.gaps for r in recommend(("warp", "weft", "loom"), definition())] == [("warp", "loom"), ("weft",)]


def test_every_wrong_rating_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        assess(OPEN, {"warp": 0, "weft": 6, "yarn": 3, "loom": 5}, definition())
    assert sorted(fault.field for fault in refused.value.faults) == ["ratings.warp", "ratings.weft", "ratings.yarn"]
    with pytest.raises(Invalid) as refused:
        assess(OPEN, {}, definition())
    assert [fault.field for fault in refused.value.faults] == ["ratings"]


def test_not_before_the_fee_is_settled() -> None:
    with pytest.raises(WrongState):
        assess(application(state=State.FEE_DUE), {"warp": 3}, definition())


def test_a_credential_without_a_self_assessment() -> None:
    with pytest.raises(NotThere, match="Weaving asks for no self-assessment"):
        requirement(with_requirements())
    assert requirement(definition()).key == "readiness"
