"""The events of `intake`."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.catalog import CredentialDefinition
from contracts.claims import Money, ObjectClaim
from contracts.event import Event, Payload
from contracts.topics import INTAKE_APPLICATIONS, INTAKE_CATALOG, INTAKE_LINKS, INTAKE_PEOPLE


class _ApplicationEvent(Payload):
    application_id: UUID
    person_id: UUID

    @property
    def key(self) -> str:
        return str(self.application_id)


class ApplicationStarted(_ApplicationEvent, Event, type="intake.application.started.v1", topic=INTAKE_APPLICATIONS):
    """A person began an application. `attempt` counts from 1 for a person and credential."""

    person_version: int
    credential: str
    credential_version: int
    attempt: int = 1


class ApplicationFeeDue(
    _ApplicationEvent,
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
    _ApplicationEvent, Event, type="intake.application.opened.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
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
    _ApplicationEvent,
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
    _ApplicationEvent,
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
    _ApplicationEvent,
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


class ResearchConsentGiven(
    _ApplicationEvent, Event, type="intake.research_consent.given.v1", topic=INTAKE_APPLICATIONS, heard_by=()
):
    """The applicant consents to the use of this application's answers for research. `text_version`: of the text that
    they read."""

    credential: str
    credential_version: int
    text_version: str


class ResearchConsentRevoked(
    _ApplicationEvent, Event, type="intake.research_consent.revoked.v1", topic=INTAKE_APPLICATIONS, heard_by=()
):
    """The applicant takes their consent to research back. What was given before does not count any more."""

    credential: str
    credential_version: int


class ApplicationReopened(
    _ApplicationEvent, Event, type="intake.application.reopened.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """The program's staff lets the applicant hand in these requirements anew after the submission, until a time."""

    credential: str
    credential_version: int
    requirements: tuple[str, ...]
    until: AwareDatetime


class ApplicationAmended(
    _ApplicationEvent, Event, type="intake.application.amended.v1", topic=INTAKE_APPLICATIONS, heard_by=("review",)
):
    """A reopened requirement was handed in anew. `materials` are all that count for it from now on."""

    credential: str
    credential_version: int
    requirement: str
    materials: tuple[Material, ...]


class ApplicationMoved(
    _ApplicationEvent, Event, type="intake.application.moved.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """The program's staff moved the application from another version of its credential to `credential_version`.
    `undone`: back to where it was before."""

    credential: str
    credential_version: int
    from_version: int
    undone: bool = False


class ApplicationLapsed(
    _ApplicationEvent,
    Event,
    type="intake.application.lapsed.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("payments", "notify"),
):
    """The application ended, because its period closed before it was submitted."""

    credential: str
    credential_version: int


class LetterAnswered(
    _ApplicationEvent, Event, type="intake.letter.answered.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """Somebody whom the applicant had asked for a letter answered. `outcome`: received, declined (it may grow)."""

    credential: str
    credential_version: int
    request_id: UUID
    requirement: str
    requirement_name: str = ""
    outcome: str


class LetterUndelivered(
    _ApplicationEvent, Event, type="intake.letter.undelivered.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """The last mail to somebody whom the applicant had asked for a letter could not be delivered. `reason`: as of
    `notify.mail.failed.v1`."""

    credential: str
    credential_version: int
    request_id: UUID
    requirement: str
    requirement_name: str = ""
    reason: str


class ExportReady(Event, type="intake.export.ready.v1", topic=INTAKE_LINKS, heard_by=("notify",)):
    """What a person's account holds was made ready for them to save, until `expires_at`."""

    person_id: UUID
    person_version: int
    expires_at: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.person_id)


class ApplicationDeadlineNear(
    _ApplicationEvent,
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
    _ApplicationEvent,
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
    _ApplicationEvent,
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
    _ApplicationEvent,
    Event,
    type="intake.application.renewal_cancelled.v1",
    topic=INTAKE_APPLICATIONS,
    heard_by=("payments",),
):
    """A renewal that was asked for is not carried out: submitted, withdrawn or lapsed before it was paid.

    Its fee is not due any more, and whatever was paid for it goes back whole.
    """

    renewal_id: UUID


class PersonDescribed(
    Event, type="intake.person.described.v1", topic=INTAKE_PEOPLE, heard_by=("payments", "review", "badging", "notify")
):
    """The whole person, and the only event with personal data. `version` grows with every change.

    `kind`: account (may sign in), contact (is only mailed). `roles`: reviewer, chair, staff, operator, admin (both may
    grow). Session tokens issued before `sessions_valid_from` are void. `language` is a BCP 47 tag, `time_zone` an IANA
    name.
    """

    person_id: UUID
    version: int
    kind: str = "account"
    name: str = ""
    email: str
    institution: str = ""
    roles: tuple[str, ...] = ()
    language: str = "en"
    time_zone: str = "UTC"
    sessions_valid_from: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.person_id)


class PersonErased(
    Event,
    type="intake.person.erased.v1",
    topic=INTAKE_PEOPLE,
    heard_by=("payments", "review", "badging", "notify"),
    tombstone=True,
):
    """The person must be forgotten. On Kafka it is a tombstone: key and headers, no value."""

    person_id: UUID

    @property
    def key(self) -> str:
        return str(self.person_id)


class CredentialPublished(
    Event,
    type="intake.credential.published.v1",
    topic=INTAKE_CATALOG,
    heard_by=("payments", "review", "badging", "notify"),
):
    """The whole definition of one version of a credential and its state. `version` here grows with every change of that
    definition. `changed_from`: the state before, where this publication changed it."""

    version: int
    definition: CredentialDefinition
    changed_from: str | None = None

    @property
    def key(self) -> str:
        return f"{self.definition.slug}/{self.definition.version}"


class LinkIssued(Event, type="intake.link.issued.v1", topic=INTAKE_LINKS, heard_by=("notify",)):
    """A link with a secret must be mailed. `purpose`: sign_in, letter (it may grow).

    `sealed` is the token in a libsodium sealed box (base64) that only `notify` can open.

    Of a letter: `asker_id` asks for it, for a requirement of a version of a credential. `applicant_reads`: whether they
    may read it. `reminder`: it was asked for before.
    """

    person_id: UUID
    person_version: int
    purpose: str
    sealed: str
    expires_at: AwareDatetime
    application_id: UUID | None = None
    asker_id: UUID | None = None
    asker_version: int = 1
    credential: str | None = None
    credential_version: int | None = None
    requirement: str | None = None
    requirement_name: str = ""
    applicant_reads: bool = False
    reminder: bool = False

    @property
    def key(self) -> str:
        return str(self.person_id)


IntakeApplicationsEvent = (
    ApplicationStarted
    | ApplicationFeeDue
    | ApplicationOpened
    | ApplicationSubmitted
    | ApplicationSupplemented
    | ApplicationWithdrawn
    | ApplicationReopened
    | ApplicationAmended
    | ApplicationMoved
    | ApplicationLapsed
    | ResearchConsentGiven
    | ResearchConsentRevoked
    | LetterAnswered
    | LetterUndelivered
    | ApplicationDeadlineNear
    | ApplicationDeadlineMoved
    | ApplicationRenewalDue
    | ApplicationRenewalCancelled
)
IntakePeopleEvent = PersonDescribed | PersonErased
