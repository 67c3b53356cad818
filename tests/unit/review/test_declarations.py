"""A declaration on a case: the seat that it leaves, and the case that follows."""

import pytest

from contracts.refusals import NotYours, WrongState
from services.review.domain import declarations
from services.review.domain.cases import State
from services.review.domain.seats import SeatState
from tests.unit.review.builders import ANN, BEN, DORA, case, chair, claim, panel_in, seat


def test_a_conflict_empties_the_seat_and_the_case_looks_for_somebody_else() -> None:
    before = case(State.SCORING, [chair(), seat(ANN), seat(BEN)])
    after, declared = declarations.declare(before, ANN, conflict=True, reason=claim("kin"))
    assert (declared.state, declared.reason, declared.empty) == (SeatState.CONFLICTED, claim("kin"), True)
    assert (after.state, after.seats[1]) == (State.ASSIGNING, declared)


def test_without_one_the_case_goes_on() -> None:
    before = case(State.SCORING, [chair(), seat(ANN), seat(BEN)])
    after, declared = declarations.declare(before, ANN, conflict=False, reason=None)
    assert (after.state, declared.state) == (State.SCORING, SeatState.DECLARED_CLEAR)


def test_only_the_people_of_the_panel_declare() -> None:
    with pytest.raises(NotYours):
        declarations.declare(case(State.SCORING, panel_in(State.SCORING)), DORA, conflict=False, reason=None)


@pytest.mark.parametrize("state", [State.DECIDED, State.CLOSED])
def test_not_on_a_case_that_is_over(state: State) -> None:
    with pytest.raises(WrongState) as refused:
        declarations.declare(case(state, panel_in(state)), ANN, conflict=True, reason=None)
    assert refused.value.type == "wrong_state"
