"""Facts from other services: the order does not change the end, and none is refused."""

from dataclasses import replace
from itertools import permutations

import pytest

from contracts.events.applications import ApplicationOpened, ApplicationWithdrawn
from services.intake.domain.applications import Application, Decision, Moment
from services.intake.domain.facts import (
    change_badge,
    decide,
    dispute_fee,
    issue_badge,
    open_case,
    return_fee,
    settle_fee,
)
from services.intake.domain.states import State
from tests.unit.intake.builders import APPLICATION, NOW, PERSON, application, decided, later

SUBMITTED = application(state=State.SUBMITTED)
EVERY = [application(state=state) for state in State]
ids = [state.name for state in State]


def test_a_settled_fee_opens() -> None:
    opened, events = settle_fee(application(state=State.FEE_DUE), "fee_waived", NOW)
    assert opened == application(state=State.OPEN, timeline=(Moment(NOW, "fee_waived"), Moment(NOW, "opened")))
    assert events == (
        ApplicationOpened(application_id=APPLICATION, person_id=PERSON, credential="weaving", credential_version=1),
    )


@pytest.mark.parametrize("before", EVERY, ids=ids)
def test_a_fee_settled_elsewhere_is_only_noted(before: Application) -> None:
    if before.state is State.FEE_DUE:
        return
    assert settle_fee(before, "fee_paid", NOW) == (replace(before, timeline=(Moment(NOW, "fee_paid"),)), ())


@pytest.mark.parametrize("before", EVERY, ids=ids)
def test_a_whole_refund_before_a_decision_withdraws(before: Application) -> None:
    after, events = return_fee(before, 0, NOW)
    if before.state in (State.AWARDED, State.NOT_YET, State.WITHDRAWN, State.LAPSED):
        assert (after, events) == (replace(before, timeline=(Moment(NOW, "fee_refunded"),)), ())
    else:
        assert after.state is State.WITHDRAWN
        assert [moment.what for moment in after.timeline] == ["fee_refunded", "withdrawn"]
        assert events == (
            ApplicationWithdrawn(
                application_id=APPLICATION,
                person_id=PERSON,
                credential="weaving",
                credential_version=1,
                reason="refunded",
            ),
        )


@pytest.mark.parametrize("before", EVERY, ids=ids)
def test_a_part_refund_moves_nothing(before: Application) -> None:
    assert return_fee(before, 1, NOW) == (replace(before, timeline=(Moment(NOW, "fee_refunded"),)), ())


@pytest.mark.parametrize("before", EVERY, ids=ids)
def test_a_dispute_puts_on_hold_in_any_state(before: Application) -> None:
    assert dispute_fee(before, NOW) == replace(before, on_hold="fee_disputed", timeline=(Moment(NOW, "fee_disputed"),))


@pytest.mark.parametrize("outcome", ["awarded", "not_yet"])
def test_a_case_ends_alike_in_every_order(outcome: str) -> None:
    facts = [
        lambda a: open_case(a, later(1)),
        lambda a: decide(a, decided(outcome), later(2)),
        lambda a: issue_badge(a, "https://badges.example/1", later(3)),
        lambda a: change_badge(a, "badge_revoked", later(4)),
    ]
    ends = []
    for order in permutations(facts):
        reached = SUBMITTED
        for fact in order:
            reached = fact(reached)
        ends.append(reached)
    said = decided(outcome)
    assert len(ends) == 24
    assert all(
        end
        == replace(
            SUBMITTED,
            state=State(outcome),
            decision=Decision(said.decision_id, outcome, said.items, said.letter, said.feedback, later(2)),
            badge_url="https://badges.example/1",
            timeline=(
                Moment(later(1), "in_review"),
                Moment(later(2), outcome),
                Moment(later(3), "badge_issued"),
                Moment(later(4), "badge_revoked"),
            ),
        )
        for end in ends
    )


def test_a_refund_and_a_decision_end_alike_in_either_order() -> None:
    refunded_first = decide(return_fee(SUBMITTED, 0, later(1))[0], decided("awarded"), later(2))
    decided_first = return_fee(decide(SUBMITTED, decided("awarded"), later(2)), 0, later(1))[0]
    assert refunded_first.state is decided_first.state is State.AWARDED
    assert refunded_first.decision == decided_first.decision


@pytest.mark.parametrize("state", [State.STARTED, State.FEE_DUE, State.OPEN, State.LAPSED])
def test_a_decision_about_what_was_never_submitted_does_nothing(state: State) -> None:
    before = application(state=state)
    assert decide(before, decided("awarded"), NOW) == before


def test_a_later_decision_replaces_an_earlier_one() -> None:
    first = decide(SUBMITTED, decided("not_yet"), NOW)
    second = decide(first, decided("awarded", items=()), later(1))
    assert second.state is State.AWARDED
    assert second.decision is not None
    assert second.decision.items == ()
