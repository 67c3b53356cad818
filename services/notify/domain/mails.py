"""A mail and its state: the result of an attempt to send it, and the event that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.events.notify import MailFailed, MailSent
from services.notify.domain.occasions import Occasion

GIVE_UP_AFTER = timedelta(days=1)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)


class State(StrEnum):
    """`due`: not sent yet, or being sent. `sent`: the relay took it. `failed`: it cannot be sent. `dropped`: it must
    not be sent any more."""

    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Action(StrEnum):
    """The things that may happen to a mail."""

    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE = "refuse"
    DROP = "drop"


TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.DUE, Action.ACCEPT): State.SENT,
    (State.DUE, Action.DEFER): State.DUE,
    (State.DUE, Action.REFUSE): State.FAILED,
    (State.DUE, Action.DROP): State.DROPPED,
}
"""Every other pair changes nothing: a mail that is sent, failed or dropped stays as it is."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail and its state. There is one mail for an event and a person."""

    event_id: UUID
    person_id: UUID
    application_id: UUID | None
    correlation_id: UUID
    template: str
    state: State
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    expires_at: datetime | None = None
    reason: str = ""

    @property
    def key(self) -> UUID:
        """The Kafka key of the events about this mail."""
        return self.application_id or self.person_id


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took the mail."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The mail cannot be sent now: the relay is away, or it answered 4xx. `why` is for the log and for operators; it
    holds no address."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The mail can never be sent: `refused` (5xx), `no_address`, `no_template`, `unreadable` (our key does not open the
    sealed token)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The mail must not be sent any more: `erased`, `role_lost`, `too_late`."""

    reason: str


DeliveryResult = Accepted | Deferred | Refused | Dropped


def receive(occasion: Occasion, event_id: UUID, correlation_id: UUID, now: datetime) -> Mail:
    """A new mail is due. Whether it may be sent is checked when it is sent."""
    return Mail(
        event_id,
        occasion.person_id,
        occasion.application_id,
        correlation_id,
        occasion.template,
        State.DUE,
        0,
        now,
        now,
        occasion.expires_at,
    )


def before_sending(
    mail: Mail, now: datetime, *, complete: bool, erased: bool, role_lost: bool = False
) -> Dropped | Refused | None:
    """The reason why a mail must not be sent any more, or None. `complete`: its person and its catalog entry are
    here."""
    if erased:
        return Dropped("erased")
    if role_lost:
        return Dropped("role_lost")
    if mail.expires_at is not None and mail.expires_at <= now:
        return Dropped("too_late")
    return None if complete else Refused("too_late")


def conclude(mail: Mail, outcome: DeliveryResult, now: datetime) -> tuple[Mail, MailSent | MailFailed | None]:
    """The mail after an attempt to send it, and the event that follows. A mail that is over stays as it is and says
    nothing.

    A deferred mail is tried again after 5 s, 10 s, ... up to 15 minutes. It is given up (`too_late`) a day after it was
    asked for.
    """
    match outcome:
        case Accepted(message_id):
            moved = _move(mail, Action.ACCEPT)
            return (
                (mail, None)
                if moved is None
                else (replace(moved, reason=""), MailSent(message_id=message_id, **_whose(mail)))
            )
        case Deferred(why):
            at = now + wait(mail.attempts)
            if at >= mail.created_at + GIVE_UP_AFTER:
                return conclude(mail, Refused("too_late"), now)
            if mail.expires_at is not None and at >= mail.expires_at:
                return conclude(mail, Dropped("too_late"), now)
            moved = _move(mail, Action.DEFER)
            return (mail, None) if moved is None else (replace(moved, next_attempt_at=at, reason=why), None)
        case Refused(reason) | Dropped(reason):
            moved = _move(mail, Action.DROP if isinstance(outcome, Dropped) else Action.REFUSE)
            return (
                (mail, None)
                if moved is None
                else (replace(moved, reason=reason), MailFailed(reason=reason, **_whose(mail)))
            )


def wait(attempts: int) -> timedelta:
    """The time that a mail waits after its attempt number `attempts` + 1 was deferred."""
    doubled: int = 2 ** min(attempts, 20)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def _move(mail: Mail, action: Action) -> Mail | None:
    state = TRANSITIONS.get((mail.state, action))
    return None if state is None else replace(mail, state=state, attempts=mail.attempts + (action is not Action.DROP))


def _whose(mail: Mail) -> dict[str, object]:
    return {
        "event_id": mail.event_id,
        "template": mail.template,
        "person_id": mail.person_id,
        "application_id": mail.application_id,
    }
