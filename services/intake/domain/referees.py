"""What whoever was asked for a letter finds behind their link, and may do there."""

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
    """What a link is good for. `open`: the letter can be handed in. `declined`: it still can. The rest is over."""

    OPEN = "open"
    DECLINED = "declined"
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    EXPIRED = "expired"


TAKES = frozenset({Standing.OPEN, Standing.DECLINED})
"""Where a letter can be handed in."""


def standing(
    request: LetterRequest,
    application: Application,
    requirement: Requirement | None,
    requests: Sequence[LetterRequest],
    now: datetime,
) -> Standing:
    """What the link of this request is good for now. `requests`: all of its application. `requirement`: None where a
    move of the application left it behind."""
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
    Standing.RECEIVED: Text("This letter was received already. Nothing more is to be done."),
    Standing.DECLINED: Text("You declined to write this letter. Nothing more is to be done."),
    Standing.WITHDRAWN: Text("The applicant does not ask for this letter any more. Nothing more is to be done."),
    Standing.CLOSED: Text(
        "The application went on without this letter, or has ended: a letter cannot be taken any more."
    ),
    Standing.EXPIRED: Text("This link has run out. Ask the applicant to have it sent again; then it works for longer."),
}
"""Why a link is not good for what was tried."""


def unknown() -> NotThere:
    """The refusal of a token that there is not (any more)."""
    return NotThere(
        Text(
            "There is no letter to be written behind this link. Look whether the address is whole, as it stands in the"
            " mail; or ask the applicant to have the link sent again."
        ),
        type="link_not_valid",
        title=Text("This link leads to no letter"),
    )


def check(found: Standing, action: Action) -> None:
    """Refuses to hand a letter in, or to decline, where the link is not good for it."""
    allowed = TAKES if action is Action.RECEIVE else {Standing.OPEN}
    if found not in allowed:
        raise WrongState(SAID[found], type=f"letter_{found.value}", title=Text("Nothing was handed in"))
