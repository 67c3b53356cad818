"""What `intake` says about applications: from the start to the end, with everything that is handed in."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.claims import Money, ObjectClaim
from contracts.event import Event, Payload
from contracts.topics import INTAKE_APPLICATIONS


class ApplicationEvent(Payload):
    """The fields of every event about an application, which is also its key."""

    application_id: UUID
    person_id: UUID

    @property
    def key(self) -> str:
        return str(self.application_id)


class ApplicationStarted(ApplicationEvent, Event, type="intake.application.started.v1", topic=INTAKE_APPLICATIONS):
    """A person began an application. `attempt` counts from 1 for a person and credential."""

    person_version: int
    credential: str
    credential_version: int
    attempt: int = 1


class ApplicationFeeDue(
    ApplicationEvent,
    Event,
    type="intake.application.fee_due.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("payments", "notify"),
):
    """Basic information and the agreement are given; the fee may be paid now."""

    person_version: int
    credential: str
    credential_version: int
    attempt: int = 1
    fee: Money


class ApplicationOpened(
    ApplicationEvent, Event, type="intake.application.opened.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """The fee is settled; materials may be handed in."""

    credential: str
    credential_version: int


class Material(Payload):
    """One thing handed in. `kind` is the requirement's. Text, links and annotations are objects, like files.

    A video link is an object of media type `application/json`: `{"url", "minutes"}`. The self-assessment is not among
    what is submitted: it is the applicant's alone.
    """

    requirement: str
    kind: str
    content: ObjectClaim
    artifact_id: UUID | None = None
    annotation: ObjectClaim | None = None
    items: tuple[str, ...] = ()


class CarriedItem(Payload):
    """An item that an earlier attempt demonstrated within the same rubric version."""

    item: str
    level: str


class ApplicationSubmitted(
    ApplicationEvent,
    Event,
    type="intake.application.submitted.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("review", "notify"),
):
    """Everything that is due before submission is there. `expected`: requirements that are due after it."""

    person_version: int
    credential: str
    credential_version: int
    attempt: int = 1
    materials: tuple[Material, ...]
    carried_forward: tuple[CarriedItem, ...] = ()
    expected: tuple[str, ...] = ()


class ApplicationSupplemented(
    ApplicationEvent,
    Event,
    type="intake.application.supplemented.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("review",),
):
    """Something that is asked for after the submission was handed in, for the panel."""

    credential: str
    credential_version: int
    material: Material


class ApplicationWithdrawn(
    ApplicationEvent,
    Event,
    type="intake.application.withdrawn.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("payments", "review", "notify"),
):
    """The application ended before a decision. `reason`: applicant, refunded (it may grow). `note` is a claim of the
    applicant's own words."""

    credential: str
    credential_version: int
    reason: str = "applicant"
    note: ObjectClaim | None = None


class ApplicationReopened(
    ApplicationEvent, Event, type="intake.application.reopened.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """The program's staff lets the applicant hand in these requirements anew after the submission, until a time."""

    credential: str
    credential_version: int
    requirements: tuple[str, ...]
    until: AwareDatetime


class ApplicationAmended(
    ApplicationEvent, Event, type="intake.application.amended.v1", topic=INTAKE_APPLICATIONS, heard_by=("review",)
):
    """A reopened requirement was handed in anew. `materials` are all that count for it from now on."""

    credential: str
    credential_version: int
    requirement: str
    materials: tuple[Material, ...]


class ApplicationMoved(
    ApplicationEvent, Event, type="intake.application.moved.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """The program's staff moved the application from another version of its credential to `credential_version`.
    `undone`: back to where it was before."""

    credential: str
    credential_version: int
    from_version: int
    undone: bool = False


class ApplicationLapsed(
    ApplicationEvent,
    Event,
    type="intake.application.lapsed.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("payments", "notify"),
):
    """The application ended, because its period closed before it was submitted."""

    credential: str
    credential_version: int
