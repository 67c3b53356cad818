"""Requirements of kind `letter`: when a letter can be asked for, until when it can come, and who may read it."""

from contracts.catalog import CredentialDefinition, Requirement
from contracts.refusals import Fault, Invalid, NotYours, Text, WrongState
from services.intake.domain import materials, paths
from services.intake.domain.applications import Application
from services.intake.domain.left_behind import is_left
from services.intake.domain.materials import LETTER
from services.intake.domain.states import UNSUBMITTED, Action, State, next_state

_SUBMITTED = frozenset({State.SUBMITTED, State.IN_REVIEW})


def wanted(definition: CredentialDefinition, key: str) -> Requirement | None:
    """The requirement with this key; None if a move of the application left it behind."""
    return next((one for one in definition.requirements if one.key == key), None)


def to_ask(application: Application, definition: CredentialDefinition, key: str) -> Requirement:
    """The requirement, if the applicant may ask for a letter for it now."""
    if is_left(key):
        raise WrongState(
            Text(
                "Your application was moved to another version of the credential."
                " That version does not ask for this letter."
            ),
            type="left_behind",
        )
    requirement = wanted(definition, key)
    if requirement is None or requirement.kind != LETTER:
        raise Invalid(Fault("requirement", Text("one of %(keys)s", keys=_letters(definition))))
    if requirement.due == materials.BEFORE:
        next_state(application.state, Action.HAND_IN)
    elif application.state in UNSUBMITTED:
        raise WrongState(
            Text("%(name)s is asked for after the submission.", name=requirement.name), type="after_submission"
        )
    else:
        next_state(application.state, Action.SUPPLEMENT)
    paths.check(application, requirement)
    return requirement


def to_ask_now(application: Application, definition: CredentialDefinition) -> frozenset[str]:
    """The requirements, by key, for which the applicant may ask for a letter now."""
    return frozenset(
        one.key
        for one in definition.requirements
        if one.kind == LETTER
        and one.path in (None, application.path)
        and (application.state in _SUBMITTED or one.due == materials.BEFORE)
        and is_awaited(application, one)
    )


def is_awaited(application: Application, requirement: Requirement | None) -> bool:
    """Whether a letter for the requirement can still come: until the submission, or until the decision if it is due
    after the submission. No letter is awaited for a requirement that was left behind (None)."""
    if requirement is None:
        return False
    after = requirement.due != materials.BEFORE and application.state in _SUBMITTED
    return application.state is State.OPEN or after


def check_shown(requirement: Requirement) -> None:
    """Refuses to show an applicant a letter that is only for the panel."""
    if not shown_to_applicant(requirement):
        raise NotYours(Text("Only the panel can read %(name)s.", name=requirement.name))


def shown_to_applicant(requirement: Requirement) -> bool:
    """Whether the applicant may read a material: everything except letters, and letters only if the credential allows
    it."""
    return requirement.kind != LETTER or requirement.applicant_reads


def _letters(definition: CredentialDefinition) -> str | Text:
    keys = [one.key for one in definition.requirements if one.kind == LETTER]
    return ", ".join(keys) or Text("none: this credential asks for no letters")
