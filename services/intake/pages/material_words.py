"""The words of a requirement's page: what is taken, what is there, and why nothing can be handed in now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts import media as media_types
from contracts.catalog import Requirement
from contracts.refusals import Text
from services.intake.domain import materials as rules
from services.intake.domain import media
from services.intake.domain.applications import Application
from services.intake.domain.materials import Handed
from services.intake.domain.states import State

_CLOSED = {
    State.STARTED: Text("This opens when the fee is paid."),
    State.FEE_DUE: Text("This opens when the fee is paid."),
    State.SUBMITTED: Text(
        "Your application is submitted. You can read what you handed in, and nothing can be changed any more."
    ),
    State.IN_REVIEW: Text(
        "The panel judges your application. You can read what you handed in, and nothing can be changed any more."
    ),
    State.AWARDED: Text("Your application is decided. You can read what you handed in."),
    State.NOT_YET: Text("Your application is decided. You can read what you handed in, and apply again."),
    State.WITHDRAWN: Text("Your application is withdrawn. You can read what you handed in, and apply again."),
    State.LAPSED: Text("The time of your application is over. You can read what you handed in, and apply again."),
}


@dataclass(frozen=True, slots=True)
class Barred:
    """Why nothing can be handed in for a requirement now: a title, and a remedy."""

    title: Text
    text: Text


def barred(
    application: Application, requirement: Requirement, handed: Sequence[Handed] = (), now: datetime | None = None
) -> Barred | None:
    """Why nothing can be handed in here now, or None. It checks in the same order as `domain.materials.to_hand_in`."""
    if now is not None and rules.is_reopened(application, requirement.key, now):
        return None
    after = requirement.due != rules.BEFORE
    if after and application.state in (State.SUBMITTED, State.IN_REVIEW):
        if requirement.kind != "artifacts" and any(one.requirement == requirement.key for one in handed):
            return Barred(Text("The panel has it"), Text("You handed it in after the submission. You can read it."))
    elif application.state is not State.OPEN:
        waits = application.state in (State.STARTED, State.FEE_DUE)
        return Barred(
            Text("Not yet") if waits else Text("Nothing can be handed in any more"), _CLOSED[application.state]
        )
    elsewhere = Text("This is not handed in here")
    if requirement.kind == "self_assessment":
        return Barred(elsewhere, Text("You rate yourself on the page of your self-assessment."))
    if requirement.kind == "letter":
        return Barred(
            elsewhere,
            Text("Somebody else writes this letter. They are asked by e-mail, and write it on a page of their own."),
        )
    if not rules.handed_in_here(requirement):
        return Barred(elsewhere, Text("This cannot be handed in on these pages yet. Write to the program's staff."))
    if after and application.state is State.OPEN:
        return Barred(Text("Not yet"), Text("This is asked for after the submission, and cannot be handed in yet."))
    if requirement.path is not None and requirement.path != application.path:
        if application.path is None:
            return Barred(
                Text("Choose your path first"),
                Text("Only one of the paths needs this. Choose your path, then come back."),
            )
        return Barred(
            Text("This belongs to the other path"),
            Text("Your application took another path, which does not ask for this."),
        )
    return None


def kind(media_type: str) -> Text:
    """The words for the kind of a file."""
    return media.words(media_type)


def takes(requirement: Requirement) -> Text:
    """The words for the kinds of files that are taken."""
    return media.listed(requirement.limits.media_types)


def accepted(requirement: Requirement) -> str:
    """The value of the attribute `accept`, by which the browser filters files; empty for all kinds."""
    found: Sequence[str] = requirement.limits.media_types or ()
    endings = [
        f".{ending}" for one in found if one in media_types.KINDS for ending in media_types.KINDS[one].endings[:4]
    ]
    return ",".join([*found, *endings])
