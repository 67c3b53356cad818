"""What `intake` says about consents to research."""

from contracts.event import Event
from contracts.events.applications import ApplicationEvent
from contracts.topics import INTAKE_APPLICATIONS


class ResearchConsentGiven(
    ApplicationEvent, Event, type="intake.research_consent.given.v1", topic=INTAKE_APPLICATIONS, heard_by=()
):
    """The applicant consents to the use of this application's answers for research. `text_version`: of the text that
    they read."""

    credential: str
    credential_version: int
    text_version: str


class ResearchConsentRevoked(
    ApplicationEvent, Event, type="intake.research_consent.revoked.v1", topic=INTAKE_APPLICATIONS, heard_by=()
):
    """The applicant takes their consent to research back. What was given before does not count any more."""

    credential: str
    credential_version: int
