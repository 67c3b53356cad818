"""Letters that third parties write about an applicant: whom the applicant may ask, reminders, and the end of a request.

A request belongs to the applicant. The link in its mail belongs to the referee, who needs no account. Each function
takes the present request and returns the new one. It refuses by raising a kind of `contracts.refusals`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.catalog import LetterPolicy, Requirement
from contracts.refusals import Fault, Invalid, NotThere, Text, WrongState
from services.intake.domain import materials
from services.intake.domain.applications import Application

LETTER = materials.LETTER
PURPOSE = "letter"
"""The purpose of a link that leads to the page of a letter."""


class State(StrEnum):
    """The state of a request. `closed`: the application went on or ended without this letter."""

    ASKED = "asked"
    RECEIVED = "received"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Action(StrEnum):
    """What may happen to a request. The applicant reminds and withdraws, the referee answers, the last mail to the
    referee comes back, the application ends."""

    REMIND = "remind"
    WITHDRAW = "withdraw"
    RECEIVE = "receive"
    DECLINE = "decline"
    COME_BACK = "come_back"
    CLOSE = "close"


FACTS = frozenset({Action.COME_BACK, Action.CLOSE})
"""Actions that cannot be refused."""


TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.ASKED, Action.REMIND): State.ASKED,
    (State.ASKED, Action.WITHDRAW): State.WITHDRAWN,
    (State.ASKED, Action.RECEIVE): State.RECEIVED,
    (State.ASKED, Action.DECLINE): State.DECLINED,
    (State.ASKED, Action.COME_BACK): State.ASKED,
    (State.ASKED, Action.CLOSE): State.CLOSED,
    # A referee who declined may still hand in a letter, while there is room and nobody was asked instead.
    (State.DECLINED, Action.RECEIVE): State.RECEIVED,
    # A settled request stays as it is.
    **{(state, fact): state for state in State for fact in FACTS if state is not State.ASKED},
}
HOLDING = frozenset({State.ASKED, State.RECEIVED})
"""Requests in these states count towards the most that may be asked for."""


@dataclass(frozen=True, slots=True)
class Referee:
    """The person who is asked. `hash` is a keyed hash of the address, by which the same person is recognised."""

    name: str
    email: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The last mail to a referee could not be delivered. `because`: the reason of `notify.mail.failed.v1`."""

    at: datetime
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRequest:
    """A request for a letter. `name` and `email` are empty after it is settled; then only a keyed hash of the referee's
    address is kept.

    `reminded_at`: when they were mailed again, by us or by the applicant. `undelivered`: of the last mail only.
    """

    request_id: UUID
    application_id: UUID
    requirement: str
    state: State = State.ASKED
    contact_id: UUID | None
    name: str
    email: str
    referee_hash: bytes
    asked_at: datetime
    expires_at: datetime
    reminded_at: tuple[datetime, ...] = ()
    next_reminder_at: datetime | None = None
    settled_at: datetime | None = None
    undelivered: Undelivered | None = None

    @property
    def mailed_at(self) -> datetime:
        """The time of the last mail to the referee."""
        return self.reminded_at[-1] if self.reminded_at else self.asked_at


def least(requirement: Requirement) -> int:
    """The least number of letters that must be received."""
    return requirement.limits.min_count or 1


def most(requirement: Requirement) -> int:
    """The most letters that may be asked for at once."""
    return requirement.limits.max_count or least(requirement)


def room(requirement: Requirement, requests: Sequence[LetterRequest]) -> int:
    """How many more people may be asked now."""
    held = sum(1 for one in requests if one.requirement == requirement.key and one.state in HOLDING)
    return max(0, most(requirement) - held)


def ask(
    requirement: Requirement,
    referee: Referee,
    requests: Sequence[LetterRequest],
    *,
    application: Application,
    own_hash: bytes,
    request_id: UUID,
    contact_id: UUID,
    policy: LetterPolicy,
    now: datetime,
) -> LetterRequest:
    """Ask somebody. `own_hash` is the hash of the applicant's address.

    Refuses the applicant, a person who was asked for this letter before and was not given up, and more requests than
    are allowed.
    """
    if referee.hash == own_hash:
        raise Invalid(Fault("referee_email", Text("is your own address; name somebody else, who knows your work")))
    mine = [one for one in requests if one.requirement == requirement.key]
    if any(one.referee_hash == referee.hash and one.state is not State.WITHDRAWN for one in mine):
        raise Invalid(
            Fault("referee_email", Text("was asked for this letter already; name somebody else, or send a reminder"))
        )
    if not room(requirement, requests):
        raise WrongState(
            Text(
                "%(name)s: at most %(most)s can be asked at once. Replace one of them, or withdraw a request first.",
                name=requirement.name,
                most=most(requirement),
            ),
            type="too_many",
        )
    return LetterRequest(
        request_id=request_id,
        application_id=application.application_id,
        requirement=requirement.key,
        contact_id=contact_id,
        name=referee.name,
        email=referee.email,
        referee_hash=referee.hash,
        asked_at=now,
        expires_at=now + timedelta(days=policy.link_days),
        next_reminder_at=next_reminder(now, policy, now),
    )


def next_reminder(asked_at: datetime, policy: LetterPolicy, now: datetime) -> datetime | None:
    """The time of the first reminder that is due after `now`; None if there is none.

    Reminders that an outage missed are not repeated: one mail replaces all that were due by then.
    """
    due = (asked_at + timedelta(days=days) for days in policy.reminder_days)
    return min((at for at in due if at > now), default=None)


def may_remind_at(request: LetterRequest, policy: LetterPolicy) -> datetime:
    """The time from which the applicant can have the referee mailed again: at once if the last mail came back."""
    if request.undelivered is not None:
        return request.mailed_at
    return request.mailed_at + timedelta(days=policy.again_days)


def remind(request: LetterRequest, policy: LetterPolicy, now: datetime) -> LetterRequest:
    """The applicant has the referee mailed again. The new link is valid from now on for as long as the first one was.

    Refuses it too soon after the last mail.
    """
    state = next_in(request, Action.REMIND)
    if now < may_remind_at(request, policy):
        raise WrongState(
            Text(
                "They were mailed a short while ago."
                " You can have them reminded again %(days)s days after the last mail.",
                days=policy.again_days,
            ),
            type="too_soon",
        )
    quiet = now + timedelta(days=policy.again_days)
    return replace(
        request,
        state=state,
        reminded_at=(*request.reminded_at, now),
        expires_at=max(request.expires_at, now + timedelta(days=policy.link_days)),
        next_reminder_at=next_reminder(request.asked_at, policy, quiet),
        undelivered=None,
    )


def remind_on_time(request: LetterRequest, policy: LetterPolicy, now: datetime) -> LetterRequest:
    """The referee is reminded if a reminder is due and the link is still valid; otherwise the same object."""
    due = request.next_reminder_at
    if request.state is not State.ASKED or due is None or due > now or request.expires_at <= now:
        return request
    following = next_reminder(request.asked_at, policy, now)
    return replace(request, reminded_at=(*request.reminded_at, now), next_reminder_at=following, undelivered=None)


def settle(request: LetterRequest, action: Action, now: datetime) -> LetterRequest:
    """The settled request, without the referee's name and address. Raises WrongState."""
    state = next_in(request, action)
    return replace(request, state=state, name="", email="", next_reminder_at=None, settled_at=now)


_ENDED = {
    State.RECEIVED: Text("The letter was received already, and it goes to the panel."),
    State.DECLINED: Text("They declined already; you can ask somebody else."),
    State.WITHDRAWN: Text("This request was withdrawn already."),
    State.CLOSED: Text("This request is over: your application went on without this letter, or ended."),
}


def next_in(request: LetterRequest, action: Action) -> State:
    """The state to which `action` leads. Raises WrongState, in words for the applicant."""
    try:
        return TRANSITIONS[request.state, action]
    except KeyError:
        raise WrongState(_ENDED[request.state], type="letter_settled") from None


def find(requests: Sequence[LetterRequest], request_id: UUID) -> LetterRequest:
    """The request with this id. Raises NotThere."""
    found = next((one for one in requests if one.request_id == request_id), None)
    if found is None:
        raise NotThere(Text("You have no such request for a letter."))
    return found
