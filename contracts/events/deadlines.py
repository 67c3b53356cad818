"""What `intake` says about deadlines of applications, and about their renewals."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.claims import Money
from contracts.event import Event
from contracts.events.applications import ApplicationEvent
from contracts.topics import INTAKE_APPLICATIONS


class ApplicationDeadlineNear(
    ApplicationEvent,
    Event,
    type="intake.application.deadline_near.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("notify",),
):
    """The applicant must be warned: `due_at` is the first moment at which the application cannot be submitted any
    more.

    `because`: period, silence (nothing happened for long; whatever the applicant does takes the deadline away); it may
    grow.
    """

    credential: str
    credential_version: int
    due_at: AwareDatetime
    because: str = "period"


class ApplicationDeadlineMoved(
    ApplicationEvent,
    Event,
    type="intake.application.deadline_moved.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("notify",),
):
    """The application is due at another time. `because`: extended (by staff), renewed (carried over to the next
    period); it may grow."""

    credential: str
    credential_version: int
    due_at: AwareDatetime
    because: str


class ApplicationRenewalDue(
    ApplicationEvent,
    Event,
    type="intake.application.renewal_due.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("payments", "notify"),
):
    """The applicant asks to be carried over to the next period; it is done when the renewal fee is paid.

    `renewal_id` is the id of that fee, beside the application's own. `due_at`: the end of the period that it is carried
    over from, so the last moment to pay.
    """

    person_version: int
    renewal_id: UUID
    credential: str
    credential_version: int
    fee: Money
    due_at: AwareDatetime


class ApplicationRenewalCancelled(
    ApplicationEvent,
    Event,
    type="intake.application.renewal_cancelled.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("payments",),
):
    """A renewal that was asked for is not carried out: submitted, withdrawn or lapsed before it was paid.

    Its fee is not due any more, and whatever was paid for it goes back whole.
    """

    renewal_id: UUID
