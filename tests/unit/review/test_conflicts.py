"""Conflicts of interest that the service finds by itself."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.domain import cases, conflicts, panels
from services.review.domain.cases import State
from services.review.domain.conflicts import Kind, Party
from services.review.domain.seats import SeatState
from tests.unit.review.builders import ANN, APPLICANT, BEN, CHAI, case, chair, panel_in, seat

NAMES = st.lists(st.sampled_from(["", " . ", "North College", "the NORTH college", "South College"]), max_size=3)


@given(NAMES, NAMES, st.booleans())
def test_the_order_and_number_of_institutions_do_not_matter(mine: list[str], theirs: list[str], same: bool) -> None:
    judge = APPLICANT if same else ANN
    once = conflicts.found(Party(APPLICANT, tuple(mine)), Party(judge, tuple(theirs)))
    again = conflicts.found(Party(APPLICANT, tuple(mine[::-1] * 2)), Party(judge, tuple(theirs[::-1] * 2)))
    north, south = {"North College", "the NORTH college"}, {"South College"}
    shared = any(set(mine) & names and set(theirs) & names for names in (north, south))
    assert once == again == ((Kind.SELF,) if same else ()) + ((Kind.INSTITUTION,) if shared else ())


@given(st.lists(st.sampled_from([ANN, BEN, CHAI, UUID(int=99)]), max_size=8))
def test_conflicts_found_in_any_order_and_number_empty_the_same_seats(people: list[UUID]) -> None:
    one = case(State.SCORING, panel_in(State.SCORING))
    after = one
    for person_id in people:
        after = panels.conflicted(after, {person_id: Kind.INSTITUTION})
    assert after == panels.conflicted(one, dict.fromkeys(people, Kind.INSTITUTION))
    assert {s.person_id for s in after.seats if s.empty} == set(people) & {ANN, BEN, CHAI}
    assert {s.conflict for s in after.seats if s.empty} <= {"institution"}


def test_final_scores_count_no_more() -> None:
    one = case(State.DECIDING, panel_in(State.DECIDING))
    after = panels.conflicted(one, {ANN: Kind.INSTITUTION})
    assert (after.state, cases.missing(after)) == (State.ASSIGNING, ["reviewer"])


@pytest.mark.parametrize("state", [State.DECIDED, State.CLOSED])
def test_what_has_ended_stays(state: State) -> None:
    one = case(state, panel_in(state))
    assert panels.conflicted(one, {ANN: Kind.INSTITUTION, CHAI: Kind.SELF}) == one


def test_a_seat_that_was_left_before_keeps_its_own_reason() -> None:
    one = case(State.ASSIGNING, [chair(), seat(ANN, SeatState.RELEASED), seat(BEN, SeatState.CONFLICTED)])
    assert panels.conflicted(one, {ANN: Kind.INSTITUTION, BEN: Kind.INSTITUTION}) == one
