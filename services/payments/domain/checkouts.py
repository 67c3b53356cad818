"""The pages on which a fee is paid. At most one is open at a time, and each attempt has a number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.claims import Money

STEADY = 60
"""For this many rounds Stripe is asked about a page at a steady pace, and then less and less often."""


class State(StrEnum):
    """`opening`: Stripe was asked and has not answered. `closed`: it expired, or its idempotency key is spent."""

    OPENING = "opening"
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"


class Action(StrEnum):
    """Stripe's answer to our request, and its later reports about the page. All are facts."""

    ANSWER = "answer"
    PAY = "pay"
    CLOSE = "close"


TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.OPENING, Action.ANSWER): State.OPEN,
    (State.OPENING, Action.PAY): State.PAID,
    (State.OPENING, Action.CLOSE): State.CLOSED,
    (State.OPEN, Action.ANSWER): State.OPEN,
    (State.OPEN, Action.PAY): State.PAID,
    (State.OPEN, Action.CLOSE): State.CLOSED,
    (State.PAID, Action.ANSWER): State.PAID,
    (State.PAID, Action.PAY): State.PAID,
    (State.PAID, Action.CLOSE): State.PAID,
    (State.CLOSED, Action.ANSWER): State.CLOSED,
    (State.CLOSED, Action.PAY): State.PAID,
    (State.CLOSED, Action.CLOSE): State.CLOSED,
}
"""Total. `paid` never changes, because an older report may come later."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """One attempt to pay. `session_id`, `url` and `expires_at` (UTC) come from Stripe's answer."""

    application_id: UUID
    attempt: int
    state: State
    session_id: str | None = None
    url: str | None = None
    expires_at: datetime | None = None

    def ends_before(self, now: datetime) -> bool:
        """Whether an open page has expired. Then Stripe must say whether it was paid."""
        return self.state is State.OPEN and self.expires_at is not None and self.expires_at <= now

    @property
    def idempotency_key(self) -> str:
        """The key that makes a repeated request to Stripe harmless, also after a restart."""
        return f"{self.application_id}:checkout:{self.attempt}"


@dataclass(frozen=True, slots=True)
class Report:
    """Stripe's report on a Checkout Session, from a webhook or an answer. `status`: open, complete, expired. `amount`
    is its total."""

    session_id: str
    application_id: UUID
    attempt: int
    status: str
    payment_status: str
    amount: Money
    payment_intent: str | None = None

    @property
    def paid(self) -> bool:
        """Whether money arrived. A complete session may still be unpaid, with a slow means of payment."""
        return self.status == "complete" and self.payment_status == "paid" and self.payment_intent is not None


def current(latest: Checkout | None, application_id: UUID) -> Checkout:
    """The attempt to go on with: the latest while it is opening or open, else a new one."""
    if latest is not None and latest.state in (State.OPENING, State.OPEN):
        return latest
    return Checkout(application_id, 1 if latest is None else latest.attempt + 1, State.OPENING)


def answered(checkout: Checkout, session_id: str, url: str | None, expires_at: datetime) -> Checkout:
    """Stripe opened the page."""
    return replace(
        checkout,
        state=TRANSITIONS[checkout.state, Action.ANSWER],
        session_id=session_id,
        url=url,
        expires_at=expires_at,
    )


def reported(checkout: Checkout, report: Report) -> Checkout:
    """Stripe reports on the page."""
    if report.paid:
        return replace(checkout, state=TRANSITIONS[checkout.state, Action.PAY], session_id=report.session_id)
    if report.status == "expired":
        return replace(checkout, state=TRANSITIONS[checkout.state, Action.CLOSE], session_id=report.session_id)
    return checkout


def spent(checkout: Checkout) -> Checkout:
    """The attempt's idempotency key cannot give a page any more. The next attempt has another key."""
    return replace(checkout, state=TRANSITIONS[checkout.state, Action.CLOSE])


def ask_again_at(opened_at: datetime, now: datetime, pace: timedelta) -> datetime:
    """When to ask Stripe next about a page that is not settled: after `pace`, and less often when it is old."""
    return now + max(pace, (now - opened_at) / STEADY)
