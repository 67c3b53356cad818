"""An application, for its applicant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.objects import ObjectStore
from contracts.catalog import CredentialDefinition, PathAnswer, PathOption
from contracts.catalog import Requirement as Asked
from contracts.claims import Money
from contracts.events.applications import CarriedItem
from services.intake.domain import applications, letter_requirements, letters, materials, submission
from services.intake.domain.states import State
from services.intake.store.applications import Loaded
from services.intake.views import Maybe, View, catalog, decisions, terms
from services.intake.views.assessment import SelfAssessment, self_assessment
from services.intake.views.cohorts import Cohort, own_cohort
from services.intake.views.materials import Material, material


class BasicInformation(View):
    """The basic information about the applicant."""

    name: str
    institution: str
    position: str
    time_zone: str | None
    pronouns: str | None
    phone: str | None


class Agreement(View):
    """The agreement of the application's version."""

    version: str
    text: str
    accepted_at: Maybe[datetime] = None


class Answer(View):
    """An answer to the question of who may apply."""

    key: str
    name: str
    eligible: bool


class Eligibility(View):
    """The question of who may apply, and the applicant's own answer. `eligible` is None before the answer. `refused`
    tells people who may not apply why, and what they can do."""

    question: str
    answers: Sequence[Answer]
    answer: Maybe[str] = None
    eligible: bool | None
    refused: Maybe[str] = None


class Paths(View):
    """The choice of a path."""

    question: str
    answers: tuple[PathAnswer, ...]
    options: tuple[PathOption, ...]
    chosen: Maybe[str] = None
    answer: Maybe[str] = None


class ChosenPath(View):
    """The chosen path, with the answer to its question."""

    path: str
    answer: str | None


class Requirement(catalog.Requirement):
    """One thing that is asked for: whether it is done, what is missing, what was handed in. `evidence`: by item, the
    artifacts that evidence it.

    Of letters by third parties the applicant sees how many were received, and the materials only if they may read them.
    """

    done: bool
    missing: Maybe[str] = None
    materials: Maybe[Sequence[Material]] = None
    letters_received: Maybe[int] = None
    evidence: Maybe[Mapping[str, Sequence[UUID]]] = None


class Moment(View):
    """One line of the timeline."""

    at: datetime
    what: str


class OnHold(View):
    """Why an application is on hold."""

    reason: str


class Reopened(View):
    """Requirements that may be handed in anew after the submission, until a time; the staff's reason."""

    reopening_id: UUID
    requirements: Sequence[str]
    until: datetime
    reason: str


class Application(View):
    """An application. `earlier` is left out of lists."""

    application_id: UUID
    credential: str
    version: int
    attempt: int
    state: str
    fee: Money
    started_at: datetime
    basic_information: Maybe[BasicInformation] = None
    agreement: Agreement
    eligibility: Maybe[Eligibility] = None
    paths: Maybe[Paths] = None
    requirements: Sequence[Requirement]
    carried_forward: Sequence[CarriedItem]
    self_assessment: Maybe[SelfAssessment] = None
    timeline: Sequence[Moment]
    on_hold: Maybe[OnHold] = None
    deadline: Maybe[terms.Deadline] = None
    decision: Maybe[decisions.Decision] = None
    decided_at: Maybe[datetime] = None
    earlier: Maybe[decisions.Earlier] = None
    badge_url: Maybe[str] = None
    reopened: Maybe[Sequence[Reopened]] = None
    cohort: Maybe[Cohort] = None


async def application(loaded: Loaded, objects: ObjectStore) -> Application:
    """An application. The letter and the feedback of a decision are read from the object store."""
    found, definition = loaded.application, loaded.definition
    basic, decision = found.basic, found.decision
    return Application(
        application_id=found.application_id,
        credential=found.credential,
        version=found.credential_version,
        attempt=found.attempt,
        state=found.state.value,
        fee=found.fee,
        started_at=loaded.started_at,
        basic_information=None
        if basic is None
        else BasicInformation(
            name=basic.name,
            institution=basic.institution,
            position=basic.position,
            time_zone=basic.time_zone,
            pronouns=basic.pronouns,
            phone=basic.phone,
        ),
        agreement=Agreement(
            version=definition.agreement.version,
            text=definition.agreement.text,
            accepted_at=found.agreement_accepted_at,
        ),
        eligibility=_eligibility(found, definition),
        paths=_paths(found, definition),
        requirements=[_required(loaded, requirement) for requirement in materials.applying(found, definition)],
        carried_forward=found.carried_forward,
        self_assessment=self_assessment(found, definition),
        timeline=[Moment(at=moment.at, what=moment.what) for moment in found.timeline],
        on_hold=None if found.on_hold is None else OnHold(reason=found.on_hold),
        deadline=terms.deadline(loaded),
        decision=None if decision is None else await decisions.decision(found, decision, objects),
        decided_at=None if decision is None else decision.decided_at,
        earlier=None if loaded.earlier is None else await decisions.earlier(loaded.earlier, objects),
        badge_url=found.badge_url,
        reopened=[
            Reopened(reopening_id=one.reopening_id, requirements=one.requirements, until=one.until, reason=one.reason)
            for one in found.reopened
        ]
        or None,
        cohort=None if loaded.cohort is None else own_cohort(loaded.cohort, found.application_id),
    )


def _eligibility(found: applications.Application, definition: CredentialDefinition) -> Eligibility | None:
    rule = definition.eligibility_rule
    if rule is None:
        return None
    eligible = None if found.eligibility is None else applications.eligible(found, definition)
    return Eligibility(
        question=rule.question,
        answers=[Answer(key=one.key, name=one.name, eligible=one.eligible) for one in rule.answers],
        answer=found.eligibility,
        eligible=eligible,
        refused=rule.refused if eligible is False else None,
    )


def _paths(found: applications.Application, definition: CredentialDefinition) -> Paths | None:
    choice = definition.paths
    if choice is None:
        return None
    return Paths(
        question=choice.question,
        answers=choice.answers,
        options=choice.options,
        chosen=found.path,
        answer=found.path_answer,
    )


def _required(loaded: Loaded, requirement: Asked) -> Requirement:
    lacking = submission.lacking(loaded.application, loaded.definition, requirement, loaded.handed)
    handed = [material(one) for one in loaded.handed if one.requirement == requirement.key]
    missing = None if lacking is None else str(lacking)
    evidence = None
    if requirement.kind == "artifacts":
        evidence = {
            item.key: [one.artifact_id for one in handed if one.artifact_id and item.key in (one.items or ())]
            for item in loaded.definition.items
        }
    return Requirement(
        **catalog.asked(requirement),
        done=lacking is None,
        missing=missing,
        materials=handed if handed and letter_requirements.shown_to_applicant(requirement) else None,
        letters_received=len(handed) if requirement.kind == letters.LETTER else None,
        evidence=evidence,
    )


def expected(loaded: Loaded) -> Mapping[str, str]:
    """Requirements that are due after the submission: key to name."""
    if loaded.application.state not in (State.SUBMITTED, State.IN_REVIEW):
        return {}
    found = submission.expected(loaded.application, loaded.definition, loaded.handed)
    return {one.key: one.name for one in found}


class Listed(View):
    """An application in a list: its state, and how many of the requirements before the submission are done."""

    application_id: UUID
    credential: str
    name: str
    groups: Sequence[int]
    state: str
    attempt: int
    started_at: datetime
    on_hold: bool
    assessed: bool
    done: int
    asked: int
    deadline: Maybe[terms.Deadline] = None


def listed(loaded: Loaded) -> Listed:
    """An application among others."""
    found, definition = loaded.application, loaded.definition
    missing = {fault.field for fault in submission.missing(found, definition, loaded.handed)}
    asked = {
        one.key
        for one in definition.requirements
        if one.required and one.due == "before_submission" and one.path in (None, found.path)
    }
    asked |= missing | ({"path"} if definition.paths is not None else set())
    assessments = {one.key for one in definition.requirements if one.kind == "self_assessment"}
    return Listed(
        application_id=found.application_id,
        credential=found.credential,
        name=definition.name,
        groups=[len(group.items) for group in definition.groups],
        state=found.state.value,
        attempt=found.attempt,
        started_at=loaded.started_at,
        on_hold=found.on_hold is not None,
        assessed=not assessments & missing,
        done=len(asked - missing),
        asked=len(asked),
        deadline=terms.deadline(loaded),
    )
