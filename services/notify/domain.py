"""The rules of mailing: which event tells whom what, and what becomes of a mail. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from contracts.claims import Money
from contracts.event import Event
from contracts.events.badging import BadgeIssued
from contracts.events.intake import ApplicationFeeDue, ApplicationSubmitted, ApplicationWithdrawn, LinkIssued
from contracts.events.notify import MailFailed, MailSent
from contracts.events.payments import FeePaid, FeeRefunded
from contracts.events.review import CaseDecided, CaseUnstaffed, ReviewerAssigned

GIVE_UP_AFTER = timedelta(days=1)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)

LINK_TEMPLATES = {"sign_in": "sign_in"}
"""The template of each purpose of a link that this build can mail; another purpose has none and its mail fails with
`no_template`."""

NOTICED_ROLES = frozenset({"staff"})
"""Whom a notice may be for."""

Facts = Mapping[str, object]


class State(StrEnum):
    """`due`: to be sent, or being sent. `sent`: the relay took it. `failed`: it cannot be sent. `dropped`: it must not
    be sent any more."""

    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Action(StrEnum):
    """What may happen to a mail."""

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
"""Everything else is nothing: a mail that is settled stays as it is."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The public base URLs that links in mails begin with, without a slash at the end."""

    intake: str
    review: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One mail that an event asks for. `facts` hold nothing personal; `sealed` is the token of a link, still sealed.

    Before it is sent its person has to be here in `person_version`, and the catalog entry of `credential` (slug and
    version), which the text names.
    """

    template: str
    person_id: UUID
    person_version: int = 1
    application_id: UUID | None = None
    credential: tuple[str, int] | None = None
    facts: Facts = field(default_factory=dict)
    sealed: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What an event asks to tell everybody who has a role, each in a mail of their own."""

    role: str
    template: str
    application_id: UUID
    credential: tuple[str, int]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail and how far it is. There is one for an event and a person."""

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
        """The Kafka key of what is said about this mail."""
        return self.application_id or self.person_id


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took the mail over."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: the relay is away, or it said 4xx. `why` is for the log and for operators; it holds no address."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: `refused` (5xx), `no_address`, `no_template`, `unreadable` (a sealed token that our key does not open)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Not any more: `erased`, `role_lost`, `too_late`."""

    reason: str


Outcome = Accepted | Deferred | Refused | Dropped


def draft(event: Event, at: datetime, addresses: Addresses) -> Draft | None:
    """The mail that this event asks for, or None. `at` is when the event happened.

    No mail carries a decision's letter or feedback, and none tells a reviewer who applied.
    """
    match event:
        case LinkIssued():
            template = LINK_TEMPLATES.get(event.purpose, f"link.{event.purpose}")
            return Draft(
                template,
                event.person_id,
                event.person_version,
                event.application_id,
                facts={"address": f"{addresses.intake}/sign-in", "expires_at": event.expires_at.isoformat()},
                sealed=event.sealed,
                expires_at=event.expires_at,
            )
        case ApplicationFeeDue():
            facts = _about(event.application_id, addresses) | {"fee": _money(event.fee)}
            credential = (event.credential, event.credential_version)
            return Draft("fee_due", event.person_id, event.person_version, event.application_id, credential, facts)
        case ApplicationSubmitted():
            facts = _about(event.application_id, addresses) | {"submitted_at": at.isoformat()}
            credential = (event.credential, event.credential_version)
            return Draft(
                "application_received", event.person_id, event.person_version, event.application_id, credential, facts
            )
        case ApplicationWithdrawn():
            facts = _about(event.application_id, addresses)
            return _draft(
                "withdrawn", event.person_id, event.application_id, (event.credential, event.credential_version), facts
            )
        case FeePaid():
            facts = _about(event.application_id, addresses) | {
                "amount": _money(event.amount),
                "receipt_url": event.receipt_url,
            }
            return _draft("payment_received", event.person_id, event.application_id, None, facts)
        case FeeRefunded():
            remaining = Money(amount_minor=event.remaining_minor, currency=event.amount.currency)
            facts = _about(event.application_id, addresses) | {
                "amount": _money(event.amount),
                "remaining": _money(remaining),
            }
            return _draft("refunded", event.person_id, event.application_id, None, facts)
        case ReviewerAssigned():
            facts = {
                "link": f"{addresses.review}/api/review/cases/{event.case_id}",
                "submission_number": event.submission_number,
                "role": event.role,
                "due_at": event.due_at.isoformat(),
            }
            return _draft("reviewer_assigned", event.reviewer_id, event.application_id, None, facts)
        case CaseDecided():
            credential = (event.credential, event.credential_version)
            facts = _about(event.application_id, addresses)
            return _draft(f"decision_{event.outcome}", event.person_id, event.application_id, credential, facts)
        case BadgeIssued():
            credential = (event.achievement, event.credential_version)
            facts = {"link": event.url, "badge_id": str(event.badge_id), "year": at.year, "month": at.month}
            return _draft("badge_issued", event.person_id, event.application_id, credential, facts)
        case _:
            return None


def notice(event: Event, addresses: Addresses) -> Notice | None:
    """What this event asks to tell everybody who has a role, or None. Nothing in it is about an applicant."""
    match event:
        case CaseUnstaffed():
            facts: Facts = {
                "link": f"{addresses.review}/api/review/cases/{event.case_id}",
                "submission_number": event.submission_number,
                "lacking": dict(Counter(event.lacking)),
            }
            return Notice(
                "staff", "case_unstaffed", event.application_id, (event.credential, event.credential_version), facts
            )
        case _:
            return None


def receive(draft: Draft, event_id: UUID, correlation_id: UUID, now: datetime) -> Mail:
    """The mail as it begins: due. Whether it may be sent at all is asked when it is to be sent."""
    return Mail(
        event_id,
        draft.person_id,
        draft.application_id,
        correlation_id,
        draft.template,
        State.DUE,
        0,
        now,
        now,
        draft.expires_at,
    )


def before_sending(
    mail: Mail, now: datetime, *, complete: bool, erased: bool, role_lost: bool = False
) -> Dropped | Refused | None:
    """Why a mail must not be sent any more; None: it may. `complete`: what it waited for (its person, its catalog
    entry) is here."""
    if erased:
        return Dropped("erased")
    if role_lost:
        return Dropped("role_lost")
    if mail.expires_at is not None and mail.expires_at <= now:
        return Dropped("too_late")
    return None if complete else Refused("too_late")


def settle(mail: Mail, outcome: Outcome, now: datetime) -> tuple[Mail, MailSent | MailFailed | None]:
    """What becomes of a mail after an attempt, and what is said of it. A mail that is settled already stays as it is,
    and nothing is said.

    A deferred mail is tried again after 5 s, 10 s, ... up to 15 minutes, and given up (`too_late`) a day after it was
    asked for.
    """
    match outcome:
        case Accepted(message_id):
            moved = _move(mail, Action.ACCEPT)
            return (
                (mail, None)
                if moved is None
                else (replace(moved, reason=""), MailSent(message_id=message_id, **_subject(mail)))
            )
        case Deferred(why):
            at = now + wait(mail.attempts)
            if at >= mail.created_at + GIVE_UP_AFTER:
                return settle(mail, Refused("too_late"), now)
            moved = _move(mail, Action.DEFER)
            return (mail, None) if moved is None else (replace(moved, next_attempt_at=at, reason=why), None)
        case Refused(reason) | Dropped(reason):
            moved = _move(mail, Action.DROP if isinstance(outcome, Dropped) else Action.REFUSE)
            return (
                (mail, None)
                if moved is None
                else (replace(moved, reason=reason), MailFailed(reason=reason, **_subject(mail)))
            )


def wait(attempts: int) -> timedelta:
    """How long a mail waits after its attempt number `attempts` + 1 was deferred."""
    doubled: int = 2 ** min(attempts, 20)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def sign_in_link(address: str, token: str) -> str:
    """The address that a sign-in mail asks to open."""
    return f"{address}?{urlencode({'token': token})}"


def linkedin_link(name: str, organization: str, badge_url: str, badge_id: str, year: int, month: int) -> str:
    """LinkedIn's "add to profile" address for a badge that does not expire. No organization: the earner fills it in."""
    fields: dict[str, str | int] = {"startTask": "CERTIFICATION_NAME", "name": name}
    if organization:
        fields["organizationName"] = organization
    fields |= {"issueYear": year, "issueMonth": month, "certUrl": badge_url, "certId": badge_id}
    return f"https://www.linkedin.com/profile/add?{urlencode(fields)}"


def _move(mail: Mail, action: Action) -> Mail | None:
    state = TRANSITIONS.get((mail.state, action))
    return None if state is None else replace(mail, state=state, attempts=mail.attempts + (action is not Action.DROP))


def _draft(
    template: str, person_id: UUID, application_id: UUID, credential: tuple[str, int] | None, facts: Facts
) -> Draft:
    return Draft(template, person_id, application_id=application_id, credential=credential, facts=facts)


def _about(application_id: UUID, addresses: Addresses) -> dict[str, object]:
    return {"link": f"{addresses.intake}/api/applications/{application_id}"}


def _money(amount: Money) -> dict[str, object]:
    return {"amount_minor": amount.amount_minor, "currency": amount.currency}


def _subject(mail: Mail) -> dict[str, object]:
    return {
        "event_id": mail.event_id,
        "template": mail.template,
        "person_id": mail.person_id,
        "application_id": mail.application_id,
    }
