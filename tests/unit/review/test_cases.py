"""The life of a case: every action in every state, and how the panel moves it."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID, uuid4

import pytest

from contracts.events.review import CaseOpened, ReviewerAssigned
from contracts.refusals import NotThere, WrongState
from services.review.domain import access, cases
from services.review.domain.access import Caller
from services.review.domain.cases import COMMANDS, TRANSITIONS, Action, Case, State
from services.review.domain.seats import CHAIR, Seat, SeatState
from tests.unit.review.builders import (
    ANN,
    APPLICANT,
    APPLICATION,
    BEN,
    CASE,
    CHAI,
    DORA,
    NOW,
    PANEL,
    case,
    chair,
    panel_in,
    seat,
    submitted,
    withdrawn,
)

A, S, D, X, C = State.ASSIGNING, State.SCORING, State.DECIDING, State.DECIDED, State.CLOSED
EXPECTED = {
    Action.RESUBMIT: {A: A, S: S, D: D, X: X, C: C},
    Action.AMEND: {A: A, S: S, D: D, X: X, C: C},
    Action.SUPPLEMENT: {A: A, S: S, D: D, X: X, C: C},
    Action.WITHDRAW: {A: C, S: C, D: C, X: X, C: C},
    Action.SHORT: {A: A, S: A, D: A, X: X, C: C},
    Action.STAFFED: {A: S, S: S, D: S, X: X, C: C},
    Action.SCORED: {A: D, S: D, D: D, X: X, C: C},
    Action.ASSIGN: {A: A, S: S},
    Action.DECLARE: {A: A, S: S, D: D},
    Action.READ: {A: A, S: S, D: D, X: X},
    Action.SCORE: {A: A, S: S},
    Action.DECIDE: {D: X},
}


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_every_action_in_every_state(state: State, action: Action) -> None:
    assert TRANSITIONS.get((state, action)) == EXPECTED[action].get(state)


def test_the_table_is_total_for_what_follows_facts() -> None:
    assert {(s, a) for s in State for a in Action if a not in COMMANDS} <= set(TRANSITIONS)


@pytest.mark.parametrize(("state", "command"), [(s, c) for s in State for c in COMMANDS if s not in EXPECTED[c]])
def test_a_refused_command_says_the_state_and_what_is_possible(state: State, command: Action) -> None:
    with pytest.raises(WrongState) as refused:
        cases.permit(state, command)
    possible = [other for other in COMMANDS if state in EXPECTED[other]]
    assert refused.value.type == "wrong_state"
    assert str(refused.value.text) == f"the case is {state}; possible now: {', '.join(possible) or 'nothing more'}"


def test_a_submission_opens_a_case() -> None:
    opened, event = cases.open_case(submitted(), CASE, "S-234567", panel=PANEL, business_days=14, now=NOW)
    assert opened == Case(
        case_id=CASE,
        application_id=APPLICATION,
        person_id=APPLICANT,
        submission_number="S-234567",
        credential="weaving",
        credential_version=2,
        attempt=3,
        state=A,
        panel=PANEL,
        opened_at=NOW,
        due_at=datetime(2026, 12, 11, 23, 59, 59, tzinfo=UTC),
    )
    assert event == CaseOpened(
        case_id=CASE,
        application_id=APPLICATION,
        person_id=APPLICANT,
        submission_number="S-234567",
        credential="weaving",
        credential_version=2,
    )


def test_a_withdrawal_heard_first_leaves_a_closed_case_that_stays_closed() -> None:
    closed = cases.never_opened(withdrawn(), CASE, "S-234567")
    assert (closed.state, closed.opened_at, closed.due_at) == (C, None, None)
    assert cases.resubmit(closed) == closed
    assert cases.withdraw(closed) == closed


@pytest.mark.parametrize("state", State)
def test_told_again_nothing_changes(state: State) -> None:
    before = case(state, panel_in(state))
    assert cases.resubmit(before) == before


@pytest.mark.parametrize(("state", "after"), list(EXPECTED[Action.WITHDRAW].items()))
def test_a_withdrawal_closes_what_is_not_decided(state: State, after: State) -> None:
    before = case(state, panel_in(state))
    assert cases.withdraw(before) == replace(before, state=after)


@pytest.mark.parametrize(
    ("seats", "state"),
    [
        ([chair(), seat(ANN)], A),
        ([seat(ANN), seat(BEN)], A),
        ([chair(), seat(ANN), seat(BEN)], S),
        ([chair(), seat(ANN), seat(BEN, SeatState.CONFLICTED)], A),
        ([chair(), seat(ANN), seat(BEN, SeatState.RELEASED)], A),
        ([chair(SeatState.CONFLICTED), seat(ANN), seat(BEN)], A),
        ([chair(), seat(ANN, SeatState.SUBMITTED), seat(BEN, SeatState.DRAFT)], S),
        ([chair(), seat(ANN, SeatState.SUBMITTED), seat(BEN, SeatState.SUBMITTED)], D),
        ([chair(), seat(ANN, SeatState.SUBMITTED), seat(BEN, SeatState.SUBMITTED), seat(DORA)], S),
        ([chair(SeatState.RELEASED), seat(ANN, SeatState.SUBMITTED), seat(BEN, SeatState.SUBMITTED)], A),
        (
            [chair(), seat(ANN, SeatState.SUBMITTED), seat(BEN, SeatState.SUBMITTED), seat(DORA, SeatState.CONFLICTED)],
            D,
        ),
    ],
)
@pytest.mark.parametrize("before", [A, S, D])
def test_the_state_follows_the_panel(before: State, seats: list[Seat], state: State) -> None:
    *others, last = seats
    waiting = case(before, others)
    assert cases.with_seat(waiting, last).state is state


@pytest.mark.parametrize("state", [X, C])
def test_the_panel_moves_nothing_that_is_over(state: State) -> None:
    over = case(state, panel_in(X))
    assert cases.with_seat(over, seat(ANN, SeatState.RELEASED)).state is state


def test_new_seats_are_numbered_and_told() -> None:
    before = case(A, [chair(), seat(ANN, SeatState.CONFLICTED)])
    after = cases.with_seat(cases.with_seat(before, Seat(BEN, "reviewer")), Seat(DORA, "reviewer"))
    assert [(s.person_id, s.number) for s in after.seats] == [(CHAI, 1), (ANN, 2), (BEN, 3), (DORA, 4)]
    told = [(e.reviewer_id, e.role, e.submission_number, e.due_at) for e in cases.newly_seated(before, after)]
    assert told == [(BEN, "reviewer", "S-234567", before.due_at), (DORA, "reviewer", "S-234567", before.due_at)]
    assert all(
        isinstance(e, ReviewerAssigned) and e.application_id == APPLICATION for e in cases.newly_seated(before, after)
    )
    assert cases.newly_seated(after, after) == ()
    closed = cases.never_opened(withdrawn(), CASE, "S-1")
    assert cases.newly_seated(closed, closed) == ()


@pytest.mark.parametrize(
    ("seats", "missing"),
    [
        ([], ["chair", "reviewer", "reviewer"]),
        ([seat(ANN)], ["chair", "reviewer"]),
        ([chair(), seat(ANN), seat(BEN)], []),
        ([chair(), seat(ANN), seat(BEN), seat(DORA)], []),
        ([chair(SeatState.CONFLICTED), seat(ANN, SeatState.RELEASED), seat(BEN)], ["chair", "reviewer"]),
    ],
)
def test_who_is_missing(seats: list[Seat], missing: list[str]) -> None:
    assert cases.missing(case(A, seats)) == missing


def _caller(person_id: object, *roles: str) -> Caller:
    return Caller(person_id, frozenset(roles))  # type: ignore[arg-type]


def _role(one: Case, caller: Caller, address: UUID) -> str:
    return access.role_in(access.relation_of(one, caller.person_id), caller, address)


def test_what_somebody_is_to_a_case() -> None:
    mine = case(S, [chair(), seat(ANN), seat(BEN, SeatState.CONFLICTED), seat(DORA, SeatState.RELEASED)])
    assert _role(mine, _caller(ANN, "reviewer"), mine.case_id) == "reviewer"
    assert _role(mine, _caller(ANN, "reviewer", "staff"), mine.case_id) == "reviewer"
    assert _role(mine, _caller(CHAI, CHAIR), mine.case_id) == CHAIR
    assert _role(mine, _caller(CHAI, CHAIR), APPLICATION) == CHAIR
    for role in ("chair", "staff", "admin"):
        assert _role(mine, _caller(uuid4(), role), APPLICATION) == access.STAFF


@pytest.mark.parametrize(
    ("who", "roles", "address"),
    [
        (APPLICANT, ("admin", "chair", "staff"), None),
        (uuid4(), ("reviewer", "operator"), None),
        (uuid4(), (), None),
        (ANN, ("reviewer", "staff"), APPLICATION),
        (ANN, ("chair",), None),
        (CHAI, ("reviewer",), None),
        (BEN, ("reviewer", "admin"), None),
        (DORA, ("reviewer",), None),
    ],
)
def test_to_everybody_else_it_is_not_there(who: object, roles: tuple[str, ...], address: object) -> None:
    mine = case(S, [chair(), seat(ANN), seat(BEN, SeatState.CONFLICTED), seat(DORA, SeatState.RELEASED)])
    with pytest.raises(NotThere):
        _role(mine, _caller(who, *roles), address or mine.case_id)  # type: ignore[arg-type]


def test_who_oversees() -> None:
    assert {role for role in ("reviewer", "chair", "staff", "operator", "admin") if _caller(ANN, role).oversees} == {
        "chair",
        "staff",
        "admin",
    }


def test_a_panel_has_any_roles_and_any_number_of_each() -> None:
    panel = ("chair", "reviewer", "reviewer", "appeal_chair", "appeal_reviewer", "appeal_reviewer")
    one = case(A, [chair(), seat(ANN), seat(BEN)], panel=panel)
    assert cases.missing(one) == ["appeal_chair", "appeal_reviewer", "appeal_reviewer"]
    one = cases.with_seat(one, Seat(DORA, "appeal_reviewer"))
    assert (one.state, cases.missing(one)) == (A, ["appeal_chair", "appeal_reviewer"])
    one = cases.with_seat(one, Seat(uuid4(), "appeal_reviewer"))
    one = cases.with_seat(one, Seat(uuid4(), "appeal_chair"))
    assert (one.state, cases.missing(one)) == (S, [])
