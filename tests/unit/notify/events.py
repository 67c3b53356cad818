"""One event of each kind that `notify` hears, for the tests. Nobody's real data."""

from datetime import UTC, datetime
from uuid import UUID

from contracts.claims import Money, ObjectClaim
from contracts.event import Event
from contracts.events import applications, badging, cohorts, deadlines, letters, links, payments, people, review

APPLICATION, PERSON, REVIEWER, CASE = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
BADGE, DECISION = UUID(int=5), UUID(int=6)
SLUG = "community-engagement-fundamentals"
NAME = "Community Engagement Fundamentals"
COHORT = "Équipe <del Otoño> & more"
NOON = datetime(2026, 12, 7, 23, 0, tzinfo=UTC)
SECRET = "the feedback that no mail may carry"
CLAIM = ObjectClaim(name=f"review/{PERSON}/x", sha256="0" * 64, size=1, media_type="text/plain")

_OF = {"application_id": APPLICATION, "person_id": PERSON}
_FOR = {"credential": SLUG, "credential_version": 1}
_FEE = {"application_id": APPLICATION, "person_id": PERSON, "amount": Money(amount_minor=6000)}
_BADGE = {"badge_id": BADGE, **_OF, "decision_id": DECISION, "achievement": SLUG, "credential_version": 1}


def link(purpose: str = "sign_in", sealed: str = "c2VhbGVk") -> links.LinkIssued:
    return links.LinkIssued(person_id=PERSON, person_version=3, purpose=purpose, sealed=sealed, expires_at=NOON)


LETTER_LINK = links.LinkIssued(
    person_id=REVIEWER,
    person_version=1,
    purpose="letter",
    sealed="c2VhbGVk",
    expires_at=NOON,
    application_id=APPLICATION,
    asker_id=PERSON,
    asker_version=4,
    credential=SLUG,
    credential_version=1,
    requirement="letter",
    requirement_name="Letter of reference",
)
REMINDER = LETTER_LINK.model_copy(update={"reminder": True, "applicant_reads": True})


def letter(outcome: str) -> letters.LetterAnswered:
    fields = {"request_id": BADGE, "requirement": "letter", "requirement_name": "Letter of reference"}
    return letters.LetterAnswered.model_validate(_OF | _FOR | fields | {"outcome": outcome})


UNDELIVERED = letters.LetterUndelivered.model_validate(
    _OF | _FOR | {"request_id": BADGE, "requirement": "letter", "requirement_name": "Letter", "reason": "refused"}
)
EXPORT_READY = links.ExportReady(person_id=PERSON, person_version=3, expires_at=NOON)


def decided(outcome: str) -> review.CaseDecided:
    fields = {
        "case_id": CASE,
        **_OF,
        **_FOR,
        "decision_id": DECISION,
        "outcome": outcome,
        "letter": CLAIM,
        "feedback": CLAIM,
    }
    return review.CaseDecided.model_validate(
        fields | {"items": [{"item": SECRET, "level": SECRET, "demonstrated": True}]}
    )


FEE_DUE = applications.ApplicationFeeDue.model_validate(
    _OF | _FOR | {"person_version": 2, "fee": {"amount_minor": 6000}}
)
SUBMITTED = applications.ApplicationSubmitted.model_validate(_OF | _FOR | {"person_version": 2, "materials": []})
REOPENED = applications.ApplicationReopened.model_validate(_OF | _FOR | {"requirements": [SECRET], "until": NOON})
MOVED = applications.ApplicationMoved.model_validate(_OF | _FOR | {"from_version": 2})
MOVED_BACK = applications.ApplicationMoved.model_validate(_OF | _FOR | {"from_version": 2, "undone": True})
WITHDRAWN = applications.ApplicationWithdrawn.model_validate(_OF | _FOR)
RENEWAL = UUID(int=7)
DUE_AT = datetime(2027, 5, 1, 4, 0, tzinfo=UTC)
NEAR = deadlines.ApplicationDeadlineNear.model_validate(_OF | _FOR | {"due_at": DUE_AT})
NEAR_AFTER_SILENCE = deadlines.ApplicationDeadlineNear.model_validate(
    _OF | _FOR | {"due_at": DUE_AT, "because": "silence"}
)
RENEWED = deadlines.ApplicationDeadlineMoved.model_validate(_OF | _FOR | {"due_at": DUE_AT, "because": "renewed"})
EXTENDED = deadlines.ApplicationDeadlineMoved.model_validate(_OF | _FOR | {"due_at": DUE_AT, "because": "extended"})
RENEWAL_DUE = deadlines.ApplicationRenewalDue.model_validate(
    _OF | _FOR | {"person_version": 2, "renewal_id": RENEWAL, "fee": {"amount_minor": 6000}, "due_at": DUE_AT}
)
LAPSED = applications.ApplicationLapsed.model_validate(_OF | _FOR)
PAID = payments.FeePaid.model_validate(_FEE | {"receipt_url": "https://pay.example/r"})
REFUNDED = payments.FeeRefunded.model_validate(_FEE | {"amount": {"amount_minor": 2500}, "remaining_minor": 3500})
ASSIGNED = review.ReviewerAssigned(
    case_id=CASE,
    application_id=APPLICATION,
    reviewer_id=REVIEWER,
    role="reviewer",
    submission_number="S-2026-0001",
    due_at=NOON,
)
UNSTAFFED = review.CaseUnstaffed.model_validate(
    {
        "case_id": CASE,
        "application_id": APPLICATION,
        **_FOR,
        "submission_number": "S-2026-0001",
        "lacking": ["chair", "reviewer", "reviewer"],
    }
)
ISSUED = badging.BadgeIssued.model_validate(_BADGE | {"url": "https://badges.example/badges/5"})

_SESSION = cohorts.CohortSession(session_id=UUID(int=8), starts_at=NOON, minutes=90, title=COHORT)
_CANCELLED = _SESSION.model_copy(update={"session_id": UUID(int=9), "cancelled": True, "sequence": 1})
_COHORT = {
    "cohort_id": UUID(int=7),
    "cohort_name": COHORT,
    "zone": "America/New_York",
    "sessions": (_SESSION, _CANCELLED),
}
MEMBER = cohorts.CohortMember(application_id=APPLICATION, person_id=PERSON)
OTHER = cohorts.CohortMember(application_id=UUID(int=10), person_id=REVIEWER)
PLACED = cohorts.CohortPlaceTaken.model_validate(_COHORT | _OF | {"place": "member", "reason": "moved_up"})
WAITING = cohorts.CohortPlaceTaken.model_validate(_COHORT | _OF | {"place": "waiting", "waiting_number": 2})
REMOVED = cohorts.CohortPlaceEnded.model_validate(_COHORT | _OF | {"reason": "removed"})
RESCHEDULED = cohorts.CohortRescheduled.model_validate(
    _COHORT | {"changed": (UUID(int=8), UUID(int=9)), "members": (MEMBER, OTHER)}
)
COHORT_CANCELLED = cohorts.CohortCancelled.model_validate(_COHORT | {"members": (MEMBER,), "waiting": (OTHER,)})

COHORTS: tuple[Event, ...] = (PLACED, WAITING, REMOVED, RESCHEDULED, COHORT_CANCELLED)
"""What tells the members of a cohort, several by one event."""
MAILED: tuple[Event, ...] = (
    link(),
    EXPORT_READY,
    people.PersonErased(person_id=PERSON),
    FEE_DUE,
    SUBMITTED,
    WITHDRAWN,
    PAID,
    REFUNDED,
    ASSIGNED,
    REOPENED,
    MOVED,
    MOVED_BACK,
    decided("awarded"),
    decided("not_yet"),
    ISSUED,
    LETTER_LINK,
    REMINDER,
    letter("received"),
    letter("declined"),
    UNDELIVERED,
    NEAR,
    NEAR_AFTER_SILENCE,
    RENEWED,
    EXTENDED,
    RENEWAL_DUE,
    LAPSED,
)
NOTICES: tuple[Event, ...] = (UNSTAFFED,)
"""What is told to everybody who has a role."""
SILENT: tuple[Event, ...] = (
    cohorts.CohortPlaceEnded.model_validate(_COHORT | _OF | {"reason": "left"}),
    applications.ApplicationOpened.model_validate(_OF | _FOR),
    payments.FeeWaived.model_validate(_FEE),
    payments.FeeDisputed.model_validate(_FEE),
    review.CaseOpened.model_validate({"case_id": CASE, **_OF, **_FOR, "submission_number": "S-2026-0001"}),
    badging.BadgeRevoked.model_validate(_BADGE),
    badging.BadgeSuspended.model_validate(_BADGE),
    badging.BadgeReinstated.model_validate(_BADGE),
)
