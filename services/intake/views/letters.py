"""Letters by third parties: for the applicant, the requests and their states; for the referee, what is asked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition
from services.intake.domain import left_behind, letters
from services.intake.domain.letter_requirements import wanted
from services.intake.domain.letters import State
from services.intake.domain.referees import TAKES, Standing
from services.intake.usecases.referees import Found
from services.intake.views import Maybe, View
from services.intake.views.catalog import Limits


class Undelivered(View):
    """A mail that could not be delivered. `because`: refused (their mail server takes no mail for the address),
    too_late (nobody took it within a day), no_address, unreadable (it may grow)."""

    at: datetime
    because: str


class LetterRequest(View):
    """A request for a letter. The referee is known only while the letter is waited for.

    `expired`: the link in the last mail has expired; a reminder sends a new one. `may_remind_at`: from then on they can
    be reminded. `url`: the address of the letter, if the credential lets the applicant read it. `undelivered`: the last
    mail could not be delivered. `left_behind`: the application was moved to a version of its credential that does not
    ask for it; `requirement` is the key in the version before.
    """

    request_id: UUID
    requirement: str
    state: str
    referee_name: Maybe[str] = None
    referee_email: Maybe[str] = None
    asked_at: datetime
    reminded_at: Sequence[datetime]
    expires_at: datetime
    expired: bool
    may_remind_at: Maybe[datetime] = None
    settled_at: Maybe[datetime] = None
    url: Maybe[str] = None
    undelivered: Maybe[Undelivered] = None
    left_behind: Maybe[bool] = None


class Letter(View):
    """The letter behind a link. The applicant's name and details of the request are there only while a letter can be
    handed in."""

    standing: str
    credential: str
    requirement: str
    applicant: Maybe[str] = None
    description: Maybe[str] = None
    questions: Maybe[Sequence[str]] = None
    limits: Maybe[Limits] = None
    applicant_reads: Maybe[bool] = None
    expires_at: Maybe[datetime] = None
    settled_at: Maybe[datetime] = None


def request(found: letters.LetterRequest, definition: CredentialDefinition, now: datetime) -> LetterRequest:
    """A request, for its applicant."""
    left = left_behind.is_left(found.requirement)
    asked = found.state is State.ASKED
    requirement = wanted(definition, found.requirement)
    reads = found.state is State.RECEIVED and requirement is not None and requirement.applicant_reads
    undelivered = found.undelivered if asked else None
    address = f"/api/applications/{found.application_id}/materials/{found.requirement}/{found.request_id}"
    return LetterRequest(
        request_id=found.request_id,
        requirement=left_behind.former(found.requirement)[1] if left else found.requirement,
        state=found.state.value,
        referee_name=found.name or None,
        referee_email=found.email or None,
        asked_at=found.asked_at,
        reminded_at=found.reminded_at,
        expires_at=found.expires_at,
        expired=asked and found.expires_at <= now,
        may_remind_at=letters.may_remind_at(found, definition.letters) if asked and not left else None,
        settled_at=found.settled_at,
        url=address if reads else None,
        undelivered=None if undelivered is None else Undelivered(at=undelivered.at, because=undelivered.because),
        left_behind=left or None,
    )


def unnamed(found: LetterRequest) -> LetterRequest:
    """The same without the referee, as it is stored under the key of a request, because stored answers may be kept
    longer than people."""
    return found.model_copy(update={"referee_name": None, "referee_email": None})


def letter(found: Found) -> Letter:
    """The letter behind a link."""
    needed = found.standing in TAKES or found.standing is Standing.EXPIRED
    requirement = found.requirement
    return Letter(
        standing=found.standing.value,
        credential=found.definition.name,
        requirement=requirement.name,
        applicant=(found.applicant or None) if needed else None,
        description=(requirement.description or None) if needed else None,
        questions=(requirement.questions or None) if needed else None,
        limits=Limits(**requirement.limits.model_dump()) if needed else None,
        applicant_reads=requirement.applicant_reads if needed else None,
        expires_at=found.request.expires_at if needed else None,
        settled_at=found.settled_at,
    )
