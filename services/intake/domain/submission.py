"""The submission: what an application still lacks for it, the materials that go to the panel, and the submission
itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from contracts.catalog import CredentialDefinition, Requirement
from contracts.events.applications import ApplicationSubmitted, ApplicationSupplemented, Material
from contracts.refusals import Fault, Text, WrongState
from services.intake.domain.applications import Application, Change, note
from services.intake.domain.assessment import unrated
from services.intake.domain.materials import BEFORE, LETTER, Handed, applying, handed_in_here, how_else
from services.intake.domain.states import Action, State, called, next_state

AGREEMENT = "agreement"
"""The key of a missing agreement, after a move to a version with another agreement."""


def submit(
    application: Application,
    definition: CredentialDefinition,
    handed: Sequence[Handed],
    *,
    person_version: int,
    now: datetime,
) -> Change:
    """Hand the application to the panel. Refuses an application that lacks something."""
    state = next_state(application.state, Action.SUBMIT)
    if faults := missing(application, definition, handed):
        raise WrongState(
            Text(
                "This application is %(state)s and not complete; hand in what is missing, then submit.",
                state=called(application.state),
            ),
            type="incomplete",
            faults=faults,
        )
    submitted = note(replace(application, state=state), now, "submitted")
    return submitted, (
        ApplicationSubmitted(
            application_id=submitted.application_id,
            person_id=submitted.person_id,
            person_version=person_version,
            credential=submitted.credential,
            credential_version=submitted.credential_version,
            attempt=submitted.attempt,
            materials=tuple(as_material(one) for one in counting(application, definition, handed)),
            carried_forward=submitted.carried_forward,
            expected=tuple(one.key for one in expected(application, definition, handed)),
        ),
    )


def supplement(application: Application, handed: Handed, *, now: datetime) -> Change:
    """Give the panel a material that is asked for after the submission."""
    return note(application, now, "supplemented"), supplements(application, handed)


def supplements(application: Application, handed: Handed) -> tuple[ApplicationSupplemented, ...]:
    """What the panel is told of what is handed in after the submission. Before it nothing: it goes with the rest."""
    if application.state not in (State.SUBMITTED, State.IN_REVIEW):
        return ()
    return (
        ApplicationSupplemented(
            application_id=application.application_id,
            person_id=application.person_id,
            credential=application.credential,
            credential_version=application.credential_version,
            material=as_material(handed),
        ),
    )


def expected(
    application: Application, definition: CredentialDefinition, handed: Sequence[Handed]
) -> tuple[Requirement, ...]:
    """Requirements that are due after the submission and are not there yet."""
    return tuple(
        one
        for one in applying(application, definition)
        if one.due != BEFORE
        and one.required
        and (handed_in_here(one) or one.kind == LETTER)
        and one.path in (None, application.path)
        and lacking(application, definition, one, handed) is not None
    )


def missing(application: Application, definition: CredentialDefinition, handed: Sequence[Handed]) -> tuple[Fault, ...]:
    """Requirements that are due before the submission and are missing, by key (`path` for a path that is not chosen,
    `agreement` for a new version's agreement that is not accepted)."""
    faults = []
    if application.state is State.OPEN and application.agreement_version is None:
        faults.append(Fault(AGREEMENT, Text("accept version %(version)r", version=definition.agreement.version)))
    if definition.paths is not None and application.path is None:
        paths = ", ".join(option.key for option in definition.paths.options)
        faults.append(Fault("path", Text("choose one of %(paths)s", paths=paths)))
    for requirement in applying(application, definition):
        if requirement.path is not None and application.path is None:
            continue
        text = lacking(application, definition, requirement, handed)
        if requirement.due == BEFORE and text is not None and (requirement.required or _begun(requirement, handed)):
            faults.append(Fault(requirement.key, text))
    return tuple(faults)


def lacking(
    application: Application, definition: CredentialDefinition, requirement: Requirement, handed: Sequence[Handed]
) -> Text | None:
    """What one requirement still needs, in words; None if it is done."""
    count = sum(1 for material in handed if material.requirement == requirement.key)
    if requirement.kind == "self_assessment":
        left = unrated(application, definition)
        if left:
            return Text("rate %(items)s", items=", ".join(left))
        return None if count else Text("rate each item")
    if requirement.kind == "artifacts":
        least = requirement.limits.min_count or 1
        wanting = Text("hand in at least %(least)s (%(count)s so far)", least=least, count=count)
        return None if count >= least else wanting
    if requirement.kind == LETTER:
        least = requirement.limits.min_count or 1
        wanting = Text("at least %(least)s received (%(count)s so far)", least=least, count=count)
        asking = Text("%(what)s; %(how_else)s", what=wanting, how_else=how_else(requirement))
        return None if count >= least else asking
    if not handed_in_here(requirement) and not count:
        return how_else(requirement)
    return None if count else Text("hand in %(name)s", name=requirement.name)


def _begun(requirement: Requirement, handed: Sequence[Handed]) -> bool:
    return any(material.requirement == requirement.key for material in handed)


def counting(
    application: Application, definition: CredentialDefinition, handed: Sequence[Handed]
) -> tuple[Handed, ...]:
    """The materials that go to the panel, in the order of the requirements and then of handing in. Materials of a path
    that was not chosen do not go. The self-assessment does not go either: it is the applicant's alone."""
    asked = [one for one in applying(application, definition) if one.kind != "self_assessment"]
    order = {requirement.key: place for place, requirement in enumerate(asked)}
    return tuple(
        sorted((m for m in handed if m.requirement in order), key=lambda m: (order[m.requirement], m.handed_in_at))
    )


def as_material(handed: Handed) -> Material:
    """A material as the event carries it: claims only."""
    return Material(
        requirement=handed.requirement,
        kind=handed.kind,
        content=handed.content,
        artifact_id=handed.artifact_id,
        annotation=handed.annotation,
        items=handed.items,
    )
