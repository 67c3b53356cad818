"""What `intake` says about letters of third parties."""

from uuid import UUID

from contracts.event import Event
from contracts.events.applications import ApplicationEvent
from contracts.topics import INTAKE_APPLICATIONS


class LetterAnswered(
    ApplicationEvent, Event, type="intake.letter.answered.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """Somebody whom the applicant had asked for a letter answered. `outcome`: received, declined (it may grow)."""

    credential: str
    credential_version: int
    request_id: UUID
    requirement: str
    requirement_name: str = ""
    outcome: str


class LetterUndelivered(
    ApplicationEvent, Event, type="intake.letter.undelivered.v1", topic=INTAKE_APPLICATIONS, heard_by=("notify",)
):
    """The last mail to somebody whom the applicant had asked for a letter could not be delivered. `reason`: as of
    `notify.mail.failed.v1`."""

    credential: str
    credential_version: int
    request_id: UUID
    requirement: str
    requirement_name: str = ""
    reason: str
