"""The events of `review`."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.claims import ObjectClaim, Outcome
from contracts.event import Event, Payload
from contracts.topics import REVIEW_CASES


class _CaseEvent(Payload):
    case_id: UUID
    application_id: UUID

    @property
    def key(self) -> str:
        return str(self.application_id)


class CaseOpened(_CaseEvent, Event, type="review.case.opened.v1", topic=REVIEW_CASES, heard_by=("intake", "notify")):
    """A submitted application became a case. Reviewers see only its `submission_number`."""

    person_id: UUID
    submission_number: str
    credential: str
    credential_version: int


class ReviewerAssigned(_CaseEvent, Event, type="review.reviewer.assigned.v1", topic=REVIEW_CASES, heard_by=("notify",)):
    """A person is asked to judge a case. `role`: reviewer, chair (it may grow). `due_at`: when the scores are
    expected."""

    reviewer_id: UUID
    role: str
    submission_number: str
    due_at: AwareDatetime


class CaseUnstaffed(_CaseEvent, Event, type="review.case.unstaffed.v1", topic=REVIEW_CASES, heard_by=("notify",)):
    """Some seats of a case stay empty: nobody who is independent of the applicant is willing and has time for another
    case.

    `lacking`: the role of each empty seat: chair, reviewer (it may grow). It is said once for each seat, and again if
    the seat was filled in between.
    """

    submission_number: str
    credential: str
    credential_version: int
    lacking: tuple[str, ...]


class ItemResult(Payload):
    """The panel's level of one item; `demonstrated` says whether that level passes. `carried_forward`: judged in an
    earlier attempt."""

    item: str
    level: str
    demonstrated: bool
    carried_forward: bool = False


class CaseDecided(
    _CaseEvent, Event, type="review.case.decided.v1", topic=REVIEW_CASES, heard_by=("intake", "badging", "notify")
):
    """The chair decided. `letter` is a text object, `feedback` a JSON object `{item: text}`; both are about the
    applicant."""

    decision_id: UUID
    person_id: UUID
    credential: str
    credential_version: int
    attempt: int = 1
    outcome: Outcome
    items: tuple[ItemResult, ...]
    letter: ObjectClaim
    feedback: ObjectClaim


ReviewCasesEvent = CaseOpened | ReviewerAssigned | CaseUnstaffed | CaseDecided
