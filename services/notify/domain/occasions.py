"""Which mails an event asks for, and to whom."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from contracts import pages
from contracts.claims import Money
from contracts.event import Event
from contracts.events.applications import (
    ApplicationFeeDue,
    ApplicationLapsed,
    ApplicationMoved,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)
from contracts.events.badging import BadgeIssued
from contracts.events.deadlines import ApplicationDeadlineMoved, ApplicationDeadlineNear, ApplicationRenewalDue
from contracts.events.letters import LetterAnswered, LetterUndelivered
from contracts.events.links import ExportReady, LinkIssued
from contracts.events.payments import FeePaid, FeeRefunded
from contracts.events.people import PersonErased
from contracts.events.review import CaseDecided, CaseUnstaffed, ReviewerAssigned

LINK_TEMPLATES = {"sign_in": "sign_in", "letter": "letter"}
"""The template for each purpose of a link that this build can mail. A link with another purpose has none: its mail
fails with `no_template`."""

NOTICED_ROLES = frozenset({"staff"})
"""The roles that a notice may be for."""

FAREWELL_WITHIN = timedelta(seconds=45)
"""The time for the last mail to an erased person. After it their address is forgotten, whether the mail was sent or
not."""

Facts = Mapping[str, object]
"""The facts that a mail tells, as JSON. `path` is the page to which it leads. An address that its event gives whole is
a `link`."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """The address and name for the last mail to an erased person. Nothing else keeps them."""

    email: str
    name: str
    language: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """One mail that an event asks for. `facts` hold nothing personal; `sealed` is the sealed token of a link.

    Before the mail is sent, its person must be here in `person_version`. So must the catalog entry of `credential`
    (slug and version) and the person (id and version) of `asker`, because the text names them.
    """

    template: str
    person_id: UUID
    person_version: int = 1
    application_id: UUID | None = None
    credential: tuple[str, int] | None = None
    facts: Facts = field(default_factory=dict)
    sealed: str | None = None
    expires_at: datetime | None = None
    farewell: Farewell | None = None
    asker: tuple[UUID, int] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to everybody who has a role, each in a mail of their own."""

    role: str
    template: str
    application_id: UUID
    credential: tuple[str, int]
    facts: Facts


def occasion(event: Event, at: datetime) -> Occasion | None:
    """The mail that this event asks for, or None. `at` is the time of the event.

    No mail holds a decision's letter or feedback, and no mail tells a reviewer who applied.
    """
    match event:
        case LinkIssued():
            return _link(event)
        case PersonErased():
            return Occasion("erased", event.person_id, facts={"path": pages.HOME}, expires_at=at + FAREWELL_WITHIN)
        case ExportReady():
            facts: Facts = {"path": pages.ACCOUNT, "expires_at": event.expires_at.isoformat()}
            return Occasion(
                "export_ready",
                event.person_id,
                event.person_version,
                facts=facts,
                expires_at=event.expires_at,
            )
        case ApplicationFeeDue():
            facts = {"path": pages.fee(event.application_id), "fee": _money(event.fee)}
            credential = (event.credential, event.credential_version)
            return Occasion("fee_due", event.person_id, event.person_version, event.application_id, credential, facts)
        case ApplicationSubmitted():
            facts = _about(event.application_id) | {"submitted_at": at.isoformat(), "expected": len(event.expected)}
            credential = (event.credential, event.credential_version)
            return Occasion(
                "application_received", event.person_id, event.person_version, event.application_id, credential, facts
            )
        case ApplicationWithdrawn():
            facts = _about(event.application_id)
            return _occasion(
                "withdrawn", event.person_id, event.application_id, (event.credential, event.credential_version), facts
            )
        case ApplicationReopened():
            facts = _about(event.application_id) | {"until": event.until.isoformat()}
            return _occasion(
                "reopened", event.person_id, event.application_id, (event.credential, event.credential_version), facts
            )
        case ApplicationMoved():
            facts = _about(event.application_id) | {"version": event.credential_version, "undone": event.undone}
            return _occasion(
                "moved", event.person_id, event.application_id, (event.credential, event.credential_version), facts
            )
        case ApplicationDeadlineNear():
            facts = {"path": pages.deadline(event.application_id), "because": event.because} | _due(event.due_at)
            credential = (event.credential, event.credential_version)
            return _occasion("deadline_near", event.person_id, event.application_id, credential, facts)
        case ApplicationDeadlineMoved():
            facts = _about(event.application_id) | {"because": event.because} | _due(event.due_at)
            credential = (event.credential, event.credential_version)
            return _occasion("deadline_moved", event.person_id, event.application_id, credential, facts)
        case ApplicationRenewalDue():
            facts = {"path": pages.fee(event.renewal_id), "fee": _money(event.fee)} | _due(event.due_at)
            credential = (event.credential, event.credential_version)
            return Occasion(
                "renewal_due", event.person_id, event.person_version, event.application_id, credential, facts
            )
        case ApplicationLapsed():
            facts = _about(event.application_id)
            credential = (event.credential, event.credential_version)
            return _occasion("lapsed", event.person_id, event.application_id, credential, facts)
        case FeePaid():
            facts = _about(event.application_id) | {"amount": _money(event.amount), "receipt_url": event.receipt_url}
            return _occasion("payment_received", event.person_id, event.application_id, None, facts)
        case FeeRefunded():
            remaining = Money(amount_minor=event.remaining_minor, currency=event.amount.currency)
            facts = _about(event.application_id) | {"amount": _money(event.amount), "remaining": _money(remaining)}
            facts |= {"renewal": event.purpose == "renewal"}
            return _occasion("refunded", event.person_id, event.application_id, None, facts)
        case ReviewerAssigned():
            facts = {
                "path": pages.case(event.case_id),
                "submission_number": event.submission_number,
                "role": event.role,
                "due_at": event.due_at.isoformat(),
            }
            return _occasion("reviewer_assigned", event.reviewer_id, event.application_id, None, facts)
        case CaseDecided():
            credential = (event.credential, event.credential_version)
            facts = {"path": pages.decision(event.application_id)}
            return _occasion(f"decision_{event.outcome}", event.person_id, event.application_id, credential, facts)
        case LetterAnswered():
            facts = {"path": pages.letters(event.application_id), "requirement": event.requirement_name}
            credential = (event.credential, event.credential_version)
            return _occasion(f"letter_{event.outcome}", event.person_id, event.application_id, credential, facts)
        case LetterUndelivered():
            facts = {"path": pages.letters(event.application_id), "requirement": event.requirement_name}
            credential = (event.credential, event.credential_version)
            return _occasion("letter_undelivered", event.person_id, event.application_id, credential, facts)
        case BadgeIssued():
            credential = (event.achievement, event.credential_version)
            facts = {"link": event.url, "badge_id": str(event.badge_id), "year": at.year, "month": at.month}
            return _occasion("badge_issued", event.person_id, event.application_id, credential, facts)
        case _:
            return None


def notice(event: Event) -> Notice | None:
    """The message to everybody who has a role that this event asks for, or None. It holds nothing about an
    applicant."""
    match event:
        case CaseUnstaffed():
            facts: Facts = {
                "path": pages.case(event.case_id),
                "submission_number": event.submission_number,
                "lacking": dict(Counter(event.lacking)),
            }
            return Notice(
                "staff", "case_unstaffed", event.application_id, (event.credential, event.credential_version), facts
            )
        case _:
            return None


def _link(event: LinkIssued) -> Occasion:
    facts: dict[str, object] = {"expires_at": event.expires_at.isoformat()}
    credential = asker = None
    if event.purpose == "letter":
        facts |= {
            "requirement": event.requirement_name,
            "applicant_reads": event.applicant_reads,
            "reminder": event.reminder,
        }
        if event.credential is not None and event.credential_version is not None:
            credential = (event.credential, event.credential_version)
        if event.asker_id is not None:
            asker = (event.asker_id, event.asker_version)
    return Occasion(
        LINK_TEMPLATES.get(event.purpose, f"link.{event.purpose}"),
        event.person_id,
        event.person_version,
        event.application_id,
        credential,
        facts,
        sealed=event.sealed,
        expires_at=event.expires_at,
        asker=asker,
    )


def _occasion(
    template: str, person_id: UUID, application_id: UUID, credential: tuple[str, int] | None, facts: Facts
) -> Occasion:
    return Occasion(template, person_id, application_id=application_id, credential=credential, facts=facts)


def _about(application_id: UUID) -> dict[str, object]:
    return {"path": pages.application(application_id)}


def _due(due_at: datetime) -> dict[str, object]:
    """The last minute in which something can be done. People read midnight as the beginning of a day."""
    return {"last_minute": (due_at - timedelta(minutes=1)).isoformat()}


def _money(amount: Money) -> dict[str, object]:
    return {"amount_minor": amount.amount_minor, "currency": amount.currency}
