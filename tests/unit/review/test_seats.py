"""A seat: every action in every state, for both roles."""

from dataclasses import replace
from itertools import product

import pytest

from contracts.refusals import NotYours, WrongState
from services.review.domain import seats
from services.review.domain.seats import CHAIR, REVIEWER, SEAT_TRANSITIONS, Seat, SeatAction, SeatState
from tests.unit.review.builders import ANN, claim, seat

N, O, F, S, K, R = (  # noqa: E741
    SeatState.ASSIGNED,
    SeatState.DECLARED_CLEAR,
    SeatState.DRAFT,
    SeatState.SUBMITTED,
    SeatState.CONFLICTED,
    SeatState.RELEASED,
)
EXPECTED = {
    SeatAction.CLEAR: {N: O, O: O, F: F, S: S},
    SeatAction.CONFLICT: {N: K, O: K, F: K},
    SeatAction.DECLINE: {N: R, O: R, F: R},
    SeatAction.READ: {O: O, F: F, S: S},
    SeatAction.DRAFT: {O: F, F: F},
    SeatAction.SUBMIT: {O: S, F: S},
    SeatAction.DECIDE: {O: S},
    SeatAction.RELEASE: {N: R, O: R, F: R, S: S, K: K, R: R},
    SeatAction.FIND_CONFLICT: {N: K, O: K, F: K, S: K, K: K, R: R},
}
FACTS = {SeatAction.RELEASE, SeatAction.FIND_CONFLICT}


@pytest.mark.parametrize(("state", "action"), list(product(SeatState, SeatAction)))
def test_every_action_in_every_state(state: SeatState, action: SeatAction) -> None:
    assert SEAT_TRANSITIONS.get((state, action)) == EXPECTED[action].get(state)


def _do(action: SeatAction, one: Seat) -> Seat:
    match action:
        case SeatAction.CLEAR:
            return seats.declare(one, conflict=False)
        case SeatAction.CONFLICT:
            return seats.declare(one, conflict=True)
        case SeatAction.DECLINE:
            return seats.decline(one, claim("why"))
        case SeatAction.READ:
            seats.read(one.role, one.state)
            return one
        case SeatAction.DRAFT:
            return seats.draft(one, {"warp": "emerging"}, None)
        case SeatAction.SUBMIT:
            return seats.submit(one)
        case SeatAction.DECIDE:
            return seats.decide(one)
        case SeatAction.RELEASE:
            return seats.release(one)
        case SeatAction.FIND_CONFLICT:
            return seats.find_conflict(one, "institution")


ONLY_FOR = {SeatAction.DRAFT: REVIEWER, SeatAction.SUBMIT: REVIEWER, SeatAction.DECIDE: CHAIR}


@pytest.mark.parametrize(("role", "state", "action"), list(product((REVIEWER, CHAIR), SeatState, SeatAction)))
def test_the_functions_go_by_the_table_and_the_role(role: str, state: SeatState, action: SeatAction) -> None:
    one = seat(ANN, state, role)
    if ONLY_FOR.get(action, role) != role:
        with pytest.raises(NotYours) as not_theirs:
            _do(action, one)
        assert str(not_theirs.value.text).startswith("you do not ")
    elif state in EXPECTED[action]:
        assert _do(action, one).state is EXPECTED[action][state]
    else:
        with pytest.raises(WrongState) as refused:
            _do(action, one)
        possible = [
            other
            for other in SeatAction
            if state in EXPECTED[other] and ONLY_FOR.get(other, role) == role and other not in FACTS
        ]
        words = f"your part is {state}; possible now: {', '.join(possible) or 'nothing more'}"
        if state is N:
            words = "say first whether you have a conflict of interest: POST .../declaration {conflict}"
        assert refused.value.type == ("declaration_missing" if state is N else "wrong_state")
        assert refused.value.text == words


def test_a_refusal_says_what_is_possible() -> None:
    with pytest.raises(WrongState) as refused:
        seats.submit(seat(ANN, S))
    assert str(refused.value.text) == "your part is submitted; possible now: declare no conflict, read the materials"
    with pytest.raises(WrongState) as refused:
        seats.read(REVIEWER, K)
    assert str(refused.value.text) == "your part is conflicted; possible now: nothing more"


def test_a_draft_replaces_the_one_before() -> None:
    first = seats.draft(seat(ANN, O), {"warp": "emerging"}, claim("a"))
    assert first == seat(ANN, F, levels={"warp": "emerging"}, notes=claim("a"))
    assert seats.draft(first, {}, None) == seat(ANN, F)


def test_a_reason_is_kept_with_a_conflict_only() -> None:
    assert seats.declare(seat(ANN), conflict=True, reason=claim("r")) == seat(ANN, K, reason=claim("r"))
    assert seats.declare(seat(ANN), conflict=False, reason=claim("r")) == seat(ANN, O)


def test_declared_and_empty() -> None:
    assert {state for state in SeatState if seat(ANN, state).declared} == {O, F, S, K, R}
    assert {state for state in SeatState if seat(ANN, state).empty} == {K, R}


def test_final_scores_survive_a_release() -> None:
    final = replace(seat(ANN, S), levels={"warp": "exemplary"})
    assert seats.release(final) == final
