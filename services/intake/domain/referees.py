"""Which state the page behind a referee's link is in, and what they may do there."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from contracts.catalog import Requirement
from contracts.refusals import NotThere, Text, WrongState
from services.intake.domain import letters
from services.intake.domain.applications import Application
from services.intake.domain.letter_requirements import is_awaited
from services.intake.domain.letters import Action, LetterRequest, State


class Standing(StrEnum):
    """What a link allows. `open`: the letter can be handed in. `declined`: it still can. Nothing can be done in the
    other states."""

    OPEN = "open"
    DECLINED = "declined"
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    EXPIRED = "expired"


TAKES = frozenset({Standing.OPEN, Standing.DECLINED})
"""States in which a letter can be handed in."""


def standing(
    request: LetterRequest,
    application: Application,
    requirement: Requirement | None,
    requests: Sequence[LetterRequest],
    now: datetime,
) -> Standing:
    """What the link of this request allows now. `requests`: all of its application. `requirement`: None where a move of
    the application left it behind."""
    if request.state is State.RECEIVED:
        return Standing.RECEIVED
    if request.state is State.WITHDRAWN:
        return Standing.WITHDRAWN
    if request.state is State.CLOSED or requirement is None or not is_awaited(application, requirement):
        return Standing.CLOSED
    if request.expires_at <= now:
        return Standing.EXPIRED
    if request.state is State.DECLINED:
        return Standing.DECLINED if letters.room(requirement, requests) else Standing.WITHDRAWN
    return Standing.OPEN


SAID: dict[Standing, Text] = {
    Standing.RECEIVED: Text("This letter was received already. You have nothing more to do."),
    Standing.DECLINED: Text("You declined to write this letter. You have nothing more to do."),
    Standing.WITHDRAWN: Text("The applicant does not ask for this letter any more. You have nothing more to do."),
    Standing.CLOSED: Text(
        "The application went on without this letter, or it has ended. The letter cannot be handed in any more."
    ),
    Standing.EXPIRED: Text("This link has expired. Ask the applicant to send you a new one."),
}
"""Why a link does not allow what was tried."""


def unknown() -> NotThere:
    """The refusal of a token that does not exist (any more)."""
    return NotThere(
        Text(
            "This link leads to no letter. Check that the address is complete, as it stands in the mail, or ask"
            " the applicant to send you a new link."
        ),
        type="link_not_valid",
        title=Text("This link leads to no letter"),
    )


def check(found: Standing, action: Action) -> None:
    """Refuses to hand a letter in, or to decline, if the link does not allow it."""
    allowed = TAKES if action is Action.RECEIVE else {Standing.OPEN}
    if found not in allowed:
        raise WrongState(SAID[found], type=f"letter_{found.value}", title=Text("Nothing was handed in"))
