"""A payment that arrived: kept as the fee, held because it is not the fee, or on its way back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.claims import Money

SOONEST, LATEST = timedelta(seconds=2), timedelta(hours=6)
"""The time between two requests to Stripe about one payment."""


class State(StrEnum):
    """`held`: another amount than the fee, for a person to look at. `stuck`: Stripe could not give it back, for a
    person to look at."""

    KEPT = "kept"
    HELD = "held"
    RETURNING = "returning"
    RETURNED = "returned"
    STUCK = "stuck"


class Action(StrEnum):
    """The actions on a payment: we give it back, Stripe says that it is back, Stripe says that it cannot be given
    back."""

    GIVE_BACK = "give_back"
    CONFIRM = "confirm"
    FAIL = "fail"


TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.KEPT, Action.GIVE_BACK): State.RETURNING,
    (State.KEPT, Action.CONFIRM): State.KEPT,
    (State.KEPT, Action.FAIL): State.KEPT,
    (State.HELD, Action.GIVE_BACK): State.RETURNING,
    (State.HELD, Action.CONFIRM): State.HELD,
    (State.HELD, Action.FAIL): State.HELD,
    (State.RETURNING, Action.GIVE_BACK): State.RETURNING,
    (State.RETURNING, Action.CONFIRM): State.RETURNED,
    (State.RETURNING, Action.FAIL): State.STUCK,
    (State.RETURNED, Action.GIVE_BACK): State.RETURNED,
    (State.RETURNED, Action.CONFIRM): State.RETURNED,
    (State.RETURNED, Action.FAIL): State.RETURNED,
    (State.STUCK, Action.GIVE_BACK): State.STUCK,
    (State.STUCK, Action.CONFIRM): State.RETURNED,
    (State.STUCK, Action.FAIL): State.STUCK,
}
"""Total, because all actions are facts or follow from one."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that arrived. `payment_intent` is Stripe's id; a payment counts once, even if Stripe reports it several
    times."""

    payment_intent: str
    amount: Money
    state: State


def act(payment: Payment, action: Action) -> Payment:
    """The payment after the action."""
    return replace(payment, state=TRANSITIONS[payment.state, action])


def ask_again_at(since: datetime, now: datetime) -> datetime:
    """When to ask Stripe again about a payment that has waited since then. Each wait is twice as long as the one
    before."""
    return now + min(max(SOONEST, now - since), LATEST)
