"""A mail to a referee that could not be delivered: the request stays, and its applicant is told.

What counts is the last mail of a request that is still open. The applicant can ask again at once, correct the address
(which is asking another person), or give the request up.
"""

from dataclasses import replace
from datetime import datetime

from contracts.catalog import Requirement
from contracts.events.letters import LetterUndelivered
from services.intake.domain.applications import Application, Change, note
from services.intake.domain.letters import Action, LetterRequest, State, Undelivered, next_in

REFUSED = "refused"
"""The referee's mail server takes no mail for the address, so we send no reminders to it."""
MOMENT = "letter_undelivered"


def come_back(request: LetterRequest, because: str, at: datetime) -> LetterRequest:
    """The last mail to the referee could not be delivered. Returns the same object for a settled request, and if this
    is said again."""
    if next_in(request, Action.COME_BACK) is not State.ASKED or request.undelivered is not None:
        return request
    next_reminder_at = None if because == REFUSED else request.next_reminder_at
    return replace(request, undelivered=Undelivered(at, because), next_reminder_at=next_reminder_at)


def told(application: Application, request: LetterRequest, requirement: Requirement, at: datetime) -> Change:
    """The application with its line in the timeline, and the events to say."""
    assert request.undelivered is not None, "only what came back is told"
    return note(application, at, MOMENT), (
        LetterUndelivered(
            application_id=application.application_id,
            person_id=application.person_id,
            credential=application.credential,
            credential_version=application.credential_version,
            request_id=request.request_id,
            requirement=requirement.key,
            requirement_name=requirement.name,
            reason=request.undelivered.because,
        ),
    )
