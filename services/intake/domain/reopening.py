"""Reopening: the program's staff let an applicant hand in chosen requirements anew, after the submission.

The state of the application stays: its panel goes on with what it has until something new comes.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from contracts.catalog import CredentialDefinition, Requirement
from contracts.events.applications import ApplicationAmended, ApplicationReopened
from contracts.refusals import Fault, Invalid, NotThere, Text, WrongState
from services.intake.domain.applications import Application, Change, note
from services.intake.domain.materials import Handed, applying, handed_in_here
from services.intake.domain.reopened import Reopened
from services.intake.domain.states import Action, State, next_state
from services.intake.domain.submission import as_material

LONGEST = timedelta(days=60)
"""The longest time for a reopening."""


def reopenable(application: Application, definition: CredentialDefinition) -> tuple[Requirement, ...]:
    """The requirements that can be reopened: those that this applicant handed in here before the submission."""
    return tuple(
        one
        for one in applying(application, definition)
        if handed_in_here(one) and one.due == "before_submission" and one.path in (None, application.path)
    )


def reopen(application: Application, definition: CredentialDefinition, opened: Reopened, now: datetime) -> Change:
    """Open requirements again. Refuses it before the submission and after the decision. Refuses requirements that are
    not handed in here, and a time that has passed or is too far ahead."""
    next_state(application.state, Action.REOPEN)
    known = [one.key for one in reopenable(application, definition)]
    keys = ", ".join(known)
    faults = [
        Fault("requirements", Text("%(key)r cannot be reopened; choose some of %(keys)s", key=key, keys=keys))
        for key in opened.requirements
        if key not in known
    ]
    if not opened.requirements:
        faults.append(Fault("requirements", Text("choose at least one")))
    if opened.until <= now:
        faults.append(Fault("until", Text("must lie ahead")))
    elif opened.until > now + LONGEST:
        faults.append(Fault("until", Text("lies too far ahead: at most %(days)s days", days=LONGEST.days)))
    if faults:
        raise Invalid(*faults)
    reopened = note(replace(application, reopened=(*application.reopened, opened)), now, "reopened")
    return reopened, (
        ApplicationReopened(
            application_id=application.application_id,
            person_id=application.person_id,
            credential=application.credential,
            credential_version=application.credential_version,
            requirements=opened.requirements,
            until=opened.until,
        ),
    )


def end(application: Application, found: Sequence[Reopened], now: datetime) -> Application:
    """End reopenings now. A reopening that is over stays as it is."""
    if not found:
        raise NotThere(Text("There is no such reopening."))
    if all(one.until <= now for one in found):
        return application
    ended = tuple(replace(one, until=now) if one in found and one.until > now else one for one in application.reopened)
    return note(replace(application, reopened=ended), now, "reopening_ended")


def check_still_whole(requirement: Requirement, left: Sequence[Handed]) -> None:
    """Refuses to take back, after the submission, a material that is required."""
    least = requirement.limits.min_count or 1
    if sum(1 for one in left if one.requirement == requirement.key) < least:
        raise WrongState(
            Text(
                "%(name)s is submitted. Hand in something in its place; it cannot be taken back.", name=requirement.name
            ),
            type="submitted",
        )


def amended(
    application: Application, requirement: Requirement, handed: Sequence[Handed]
) -> tuple[ApplicationAmended, ...]:
    """The event for the panel when a reopened requirement is handed in anew: all materials that count for it. None
    before the submission."""
    if application.state not in (State.SUBMITTED, State.IN_REVIEW):
        return ()
    return (
        ApplicationAmended(
            application_id=application.application_id,
            person_id=application.person_id,
            credential=application.credential,
            credential_version=application.credential_version,
            requirement=requirement.key,
            materials=tuple(as_material(one) for one in handed if one.requirement == requirement.key),
        ),
    )
