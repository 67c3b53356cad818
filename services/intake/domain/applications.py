"""An application from its start to its end: what the applicant may command. Materials, the self-assessment and the
submission have modules of their own.

Each function takes what is there and gives back the application as it will be and the events to say; it refuses by
raising a kind of `contracts.refusals`. What other services say about an application is in `facts`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition
from contracts.claims import Money, ObjectClaim
from contracts.event import Event
from contracts.events.intake import ApplicationFeeDue, ApplicationStarted, ApplicationWithdrawn, CarriedItem
from contracts.events.review import ItemResult
from contracts.refusals import Fault, Invalid, NotThere, Text, WrongState
from services.intake.domain.reopened import Reopened
from services.intake.domain.states import Action, State, next_state

CLOSED = {
    "planned": Text("planned"),
    "announced": Text("announced"),
    "paused": Text("paused"),
    "retired": Text("retired"),
}
"""How a sentence names the states in which a credential is not open."""

SECOND_LIVE = "second_live_application"
"""The type of the refusal of a second live application for one credential."""


@dataclass(frozen=True, slots=True)
class BasicInformation:
    """What the applicant says about themselves at the start, as it was given."""

    name: str
    institution: str
    position: str
    time_zone: str | None = None
    pronouns: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the panel decided, and when; letter and feedback are objects of `review`."""

    decision_id: UUID
    outcome: str
    items: tuple[ItemResult, ...]
    letter: ObjectClaim
    feedback: ObjectClaim
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application, pinned to the credential version of its start. `version` counts its changes and guards the row.

    `decision` is the one that counts, the latest: there may be several.
    """

    application_id: UUID
    person_id: UUID
    credential: str
    credential_version: int
    fee: Money
    attempt: int = 1
    state: State = State.STARTED
    version: int = 1
    basic: BasicInformation | None = None
    agreement_version: str | None = None
    agreement_accepted_at: datetime | None = None
    path: str | None = None
    path_answer: str | None = None
    ratings: Mapping[str, int] | None = None
    carried_forward: tuple[CarriedItem, ...] = ()
    on_hold: str | None = None
    decision: Decision | None = None
    badge_url: str | None = None
    withdrawal_note: ObjectClaim | None = None
    reopened: tuple[Reopened, ...] = ()
    timeline: tuple[Moment, ...] = field(default=())


Change = tuple[Application, tuple[Event, ...]]
"""The application as it will be, and what is to be said about it."""


def basic_kept(application: Application) -> Mapping[str, str | None] | None:
    """The basic information as it is kept."""
    return None if application.basic is None else asdict(application.basic)


def path_kept(application: Application) -> Mapping[str, str | None] | None:
    """The choice of a path as it is kept."""
    return None if application.path is None else {"path": application.path, "answer": application.path_answer}


def unknown(application_id: UUID) -> NotThere:
    """There is no such application, or it is somebody else's: the same answer."""
    return NotThere(Text("You have no application %(application_id)s.", application_id=application_id))


def no_credential(slug: str) -> NotThere:
    """There is no such credential."""
    return NotThere(Text("There is no credential %(slug)r; GET /api/credentials lists them.", slug=slug))


def second_live(definition: CredentialDefinition) -> WrongState:
    """The person has a live application for this credential already."""
    return WrongState(
        Text(
            "You have a live application for %(name)s already. Go on with it, or withdraw it before you start another.",
            name=definition.name,
        ),
        type=SECOND_LIVE,
    )


def start(
    *,
    application_id: UUID,
    person_id: UUID,
    person_version: int,
    definition: CredentialDefinition,
    earlier: "Earlier | None",
    now: datetime,
) -> Change:
    """Begin an application on this version of the credential. `earlier` is the last attempt that was decided not_yet,
    if there is one.

    Refuses a credential that is not open. Does not see other live applications: the database does.
    """
    if definition.state != "open":
        raise WrongState(
            Text(
                "%(name)s is %(state)s; applications can be started only for a credential that is open.",
                name=definition.name,
                state=CLOSED.get(definition.state, definition.state),
            ),
            type="credential_closed",
        )
    application = Application(
        application_id=application_id,
        person_id=person_id,
        credential=definition.slug,
        credential_version=definition.version,
        fee=definition.fee,
        attempt=1 if earlier is None else earlier.attempt + 1,
        carried_forward=() if earlier is None else carry_forward(earlier, definition),
        timeline=(Moment(now, "started"),),
    )
    return application, (
        ApplicationStarted(
            application_id=application_id,
            person_id=person_id,
            person_version=person_version,
            credential=application.credential,
            credential_version=application.credential_version,
            attempt=application.attempt,
        ),
    )


@dataclass(frozen=True, slots=True)
class Earlier:
    """The latest attempt that ended not_yet: how many there were by then, what the panel saw, by which rubric."""

    attempt: int
    rubric_version: str
    items: tuple[ItemResult, ...]


def carry_forward(earlier: Earlier, definition: CredentialDefinition) -> tuple[CarriedItem, ...]:
    """The items that need not be shown again: demonstrated before, by the same rubric version, and still asked for."""
    if earlier.rubric_version != definition.rubric.version:
        return ()
    asked = {item.key for item in definition.items}
    return tuple(
        CarriedItem(item=result.item, level=result.level)
        for result in earlier.items
        if result.demonstrated and result.item in asked
    )


def describe(application: Application, basic: BasicInformation, *, person_version: int, now: datetime) -> Change:
    """Take the basic information. With the agreement given too, the fee is due."""
    changed = replace(application, basic=basic, state=next_state(application.state, Action.DESCRIBE))
    return _complete(changed, person_version, now)


def accept_agreement(
    application: Application, version: str, definition: CredentialDefinition, *, person_version: int, now: datetime
) -> Change:
    """Accept the agreement of the pinned version; accepting it again changes nothing. With the basic information given
    too, the fee is due."""
    state = next_state(application.state, Action.ACCEPT)
    if version != definition.agreement.version:
        right = definition.agreement.version
        raise WrongState(
            Text(
                "This application has version %(version)r of the agreement; read that one and accept it.", version=right
            ),
            type="agreement_changed",
            faults=[Fault("version", Text("accept version %(version)r", version=right))],
        )
    if application.agreement_version == version:
        return application, ()
    return _complete(
        replace(application, agreement_version=version, agreement_accepted_at=now, state=state), person_version, now
    )


def _complete(application: Application, person_version: int, now: datetime) -> Change:
    if application.state is not State.STARTED or application.basic is None or application.agreement_version is None:
        return application, ()
    due = note(replace(application, state=next_state(application.state, Action.COMPLETE)), now, "fee_due")
    return due, (
        ApplicationFeeDue(
            application_id=due.application_id,
            person_id=due.person_id,
            person_version=person_version,
            credential=due.credential,
            credential_version=due.credential_version,
            attempt=due.attempt,
            fee=due.fee,
        ),
    )


def choose_path(
    application: Application, path: str, answer: str | None, definition: CredentialDefinition
) -> Application:
    """Choose one of the paths. Materials of another path stay, and do not count."""
    state = next_state(application.state, Action.CHOOSE_PATH)
    choice = definition.paths
    if choice is None:
        raise NotThere(Text("%(name)s has no paths to choose from.", name=definition.name))
    option = next((option for option in choice.options if option.key == path), None)
    if option is None:
        raise Invalid(
            Fault("path", _one_of([option.key for option in choice.options])), text=Text("There is no such path.")
        )
    answers = [known.key for known in choice.answers]
    if answer is not None and answer not in answers:
        remedy = _one_of(answers) if answers else Text("leave it out")
        raise Invalid(Fault("answer", remedy), text=Text("There is no such answer."))
    if option.answers and answer is None:
        remedy = Text("%(question)s One of %(answers)s", question=choice.question, answers=", ".join(answers))
        raise Invalid(Fault("answer", remedy), text=Text("This path depends on the answer to a question."))
    if option.answers and answer not in option.answers:
        allowed = [other.key for other in choice.options if not other.answers or answer in other.answers]
        raise WrongState(
            Text(
                "The answer %(answer)r does not allow the path %(path)r; it allows %(allowed)s.",
                answer=answer,
                path=path,
                allowed=", ".join(allowed) or Text("none"),
            ),
            type="path_not_open",
        )
    return replace(application, path=path, path_answer=answer, state=state)


def _one_of(keys: Iterable[str]) -> Text:
    return Text("one of %(keys)s", keys=", ".join(keys))


def withdraw(application: Application, reason: ObjectClaim | None, *, now: datetime) -> Change:
    """The applicant gives it up. What they wrote about it is kept and passed on."""
    state = next_state(application.state, Action.WITHDRAW)
    withdrawn = note(replace(application, state=state, withdrawal_note=reason), now, "withdrawn")
    return withdrawn, (withdrawal(withdrawn, "applicant"),)


def withdrawal(application: Application, reason: str) -> ApplicationWithdrawn:
    """The event of an application that ended before a decision."""
    return ApplicationWithdrawn(
        application_id=application.application_id,
        person_id=application.person_id,
        credential=application.credential,
        credential_version=application.credential_version,
        reason=reason,
        note=application.withdrawal_note,
    )


def note(application: Application, at: datetime, what: str) -> Application:
    """Add a line to the timeline, which stands in the order of the moments, whatever the order in which they were heard
    of."""
    return replace(
        application, timeline=tuple(sorted((*application.timeline, Moment(at, what)), key=lambda moment: moment.at))
    )
