"""Pages to pay on: one at a time, and a payment stays whatever comes later."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.claims import Money
from services.payments.domain import checkouts
from services.payments.domain.checkouts import Action, Checkout, Report, State

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
APPLICATION = UUID(int=1)
OPEN = Checkout(APPLICATION, 1, State.OPEN, "cs_1", "https://pay.example/cs_1", NOON + timedelta(hours=24))
PAID = Report("cs_1", APPLICATION, 1, "complete", "paid", Money(amount_minor=6000), "pi_1")
EXPIRED = Report("cs_1", APPLICATION, 1, "expired", "unpaid", Money(amount_minor=6000))

MOVES = {
    (State.OPENING, Action.ANSWER): State.OPEN,
    (State.OPENING, Action.CLOSE): State.CLOSED,
    (State.OPEN, Action.CLOSE): State.CLOSED,
    (State.OPENING, Action.PAY): State.PAID,
    (State.OPEN, Action.PAY): State.PAID,
    (State.CLOSED, Action.PAY): State.PAID,
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(Action))
def test_every_action_in_every_state(state: State, action: Action) -> None:
    assert checkouts.TRANSITIONS[state, action] is MOVES.get((state, action), state)


@pytest.mark.parametrize("state", list(State))
def test_a_report_of_payment_is_never_undone(state: State) -> None:
    after = checkouts.reported(replace(OPEN, state=state), PAID)
    assert after.state is State.PAID
    assert checkouts.reported(after, EXPIRED) == checkouts.spent(after) == after


def test_reports_that_settle_nothing() -> None:
    still_open = Report("cs_1", APPLICATION, 1, "open", "unpaid", Money(amount_minor=6000))
    slow = Report("cs_1", APPLICATION, 1, "complete", "unpaid", Money(amount_minor=6000), "pi_1")
    free = Report("cs_1", APPLICATION, 1, "complete", "no_payment_required", Money(amount_minor=0))
    assert [checkouts.reported(OPEN, report) for report in (still_open, slow, free)] == [OPEN] * 3


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (None, Checkout(APPLICATION, 1, State.OPENING)),
        (OPEN, OPEN),
        (Checkout(APPLICATION, 3, State.OPENING), Checkout(APPLICATION, 3, State.OPENING)),
        (replace(OPEN, state=State.CLOSED, attempt=4), Checkout(APPLICATION, 5, State.OPENING)),
        (replace(OPEN, state=State.PAID, attempt=4), Checkout(APPLICATION, 5, State.OPENING)),
    ],
)
def test_the_attempt_to_go_on_with(latest: Checkout | None, expected: Checkout) -> None:
    assert checkouts.current(latest, APPLICATION) == expected


def test_an_answer_opens_the_page() -> None:
    opening = Checkout(APPLICATION, 1, State.OPENING)
    assert checkouts.answered(opening, "cs_1", OPEN.url, NOON + timedelta(hours=24)) == OPEN


def test_each_attempt_has_one_key() -> None:
    assert [replace(OPEN, attempt=n).idempotency_key for n in (1, 1, 2)] == [
        f"{APPLICATION}:checkout:{n}" for n in (1, 1, 2)
    ]


@pytest.mark.parametrize(
    ("checkout", "after", "over"),
    [(OPEN, 24, True), (OPEN, 23.9, False), (replace(OPEN, state=State.CLOSED), 30, False)],
)
def test_when_a_page_is_over(checkout: Checkout, after: float, over: bool) -> None:
    assert checkout.ends_before(NOON + timedelta(hours=after)) is over


@pytest.mark.parametrize(("age", "wait"), [(0, 10), (600, 10), (3600, 60), (86_400, 1440)])
def test_old_pages_are_asked_about_rarely(age: int, wait: int) -> None:
    now = NOON + timedelta(seconds=age)
    assert checkouts.ask_again_at(NOON, now, timedelta(seconds=10)) == now + timedelta(seconds=wait)
