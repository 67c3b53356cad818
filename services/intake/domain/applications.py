"""An application from its start to its end: the applicant's commands. Materials, the self-assessment and the submission
have modules of their own.

Each function takes the present state and returns the new application and the events to say. It refuses by raising a
kind of `contracts.refusals`. `facts` has what other services say about an application.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition
from contracts.claims import Money, ObjectClaim
from contracts.event import Event
from contracts.events.applications import ApplicationFeeDue, ApplicationWithdrawn, CarriedItem
from contracts.events.review import ItemResult
from contracts.refusals import Fault, Invalid, NotThere, Text, WrongState
from services.intake.domain.reopened import Reopened
from services.intake.domain.states import Action, State, next_state


@dataclass(frozen=True, slots=True)
class BasicInformation:
    """The applicant's information about themselves at the start, as they gave it."""

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
    """The panel's decision and its time. Letter and feedback are objects of `review`."""

    decision_id: UUID
    outcome: str
    items: tuple[ItemResult, ...]
    letter: ObjectClaim
    feedback: ObjectClaim
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application, which stays on the credential version of its start. `version` counts its changes and guards the
    row.

    `decision` is the latest; there may be several. `eligibility` is the applicant's answer to the question of who may
    apply.
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
    eligibility: str | None = None
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
"""The application after a change, and the events to say."""


def basic_kept(application: Application) -> Mapping[str, str | None] | None:
    """The basic information as it is stored."""
    return None if application.basic is None else asdict(application.basic)


def path_kept(application: Application) -> Mapping[str, str | None] | None:
    """The choice of a path as it is stored."""
    return None if application.path is None else {"path": application.path, "answer": application.path_answer}


def unknown(application_id: UUID) -> NotThere:
    """The refusal for an application that does not exist or is somebody else's. Both get the same answer."""
    return NotThere(Text("You have no application %(application_id)s.", application_id=application_id))


def describe(
    application: Application,
    basic: BasicInformation,
    definition: CredentialDefinition,
    *,
    person_version: int,
    now: datetime,
) -> Change:
    """Take the basic information. If the agreement is accepted too, the fee becomes due."""
    changed = replace(application, basic=basic, state=next_state(application.state, Action.DESCRIBE))
    return complete(changed, definition, person_version=person_version, now=now)


def accept_agreement(
    application: Application, version: str, definition: CredentialDefinition, *, person_version: int, now: datetime
) -> Change:
    """Accept the agreement of the application's version. A second time changes nothing. If the basic information is
    given too, the fee becomes due."""
    state = next_state(application.state, Action.ACCEPT)
    if version != definition.agreement.version:
        right = definition.agreement.version
        raise WrongState(
            Text(
                "This application has version %(version)r of the agreement; read that version and accept it.",
                version=right,
            ),
            type="agreement_changed",
            faults=[Fault("version", Text("accept version %(version)r", version=right))],
        )
    if application.agreement_version == version:
        return application, ()
    accepted = replace(application, agreement_version=version, agreement_accepted_at=now, state=state)
    return complete(accepted, definition, person_version=person_version, now=now)


def eligible(application: Application, definition: CredentialDefinition) -> bool:
    """Whether the applicant may apply, by their own answer. Everybody may if the credential asks nothing."""
    rule = definition.eligibility_rule
    return rule is None or any(one.eligible and one.key == application.eligibility for one in rule.answers)


def complete(
    application: Application, definition: CredentialDefinition, *, person_version: int, now: datetime
) -> Change:
    """Makes the fee due if the applicant may apply, gave the basic information and accepted the agreement."""
    if application.state is not State.STARTED or application.basic is None or application.agreement_version is None:
        return application, ()
    if not eligible(application, definition):
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
    """Choose one of the paths. Materials of another path stay, but do not count."""
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
    """The applicant withdraws the application. Their reason is kept and passed on."""
    state = next_state(application.state, Action.WITHDRAW)
    withdrawn = note(replace(application, state=state, withdrawal_note=reason), now, "withdrawn")
    return withdrawn, (withdrawal(withdrawn, "applicant"),)


def withdrawal(application: Application, reason: str) -> ApplicationWithdrawn:
    """The event of an application that was withdrawn before a decision."""
    return ApplicationWithdrawn(
        application_id=application.application_id,
        person_id=application.person_id,
        credential=application.credential,
        credential_version=application.credential_version,
        reason=reason,
        note=application.withdrawal_note,
    )


def note(application: Application, at: datetime, what: str) -> Application:
    """Add a line to the timeline, which is in the order of the moments, whatever the order in which they were heard."""
    return replace(
        application, timeline=tuple(sorted((*application.timeline, Moment(at, what)), key=lambda moment: moment.at))
    )
