"""All events of the topic `intake.applications`."""

from contracts.events.applications import (
    ApplicationAmended,
    ApplicationFeeDue,
    ApplicationLapsed,
    ApplicationMoved,
    ApplicationOpened,
    ApplicationReopened,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
)
from contracts.events.deadlines import (
    ApplicationDeadlineMoved,
    ApplicationDeadlineNear,
    ApplicationRenewalCancelled,
    ApplicationRenewalDue,
)
from contracts.events.letters import LetterAnswered, LetterUndelivered
from contracts.events.research_consents import ResearchConsentGiven, ResearchConsentRevoked

IntakeApplicationsEvent = (
    ApplicationStarted
    | ApplicationFeeDue
    | ApplicationOpened
    | ApplicationSubmitted
    | ApplicationSupplemented
    | ApplicationWithdrawn
    | ApplicationReopened
    | ApplicationAmended
    | ApplicationMoved
    | ApplicationLapsed
    | ResearchConsentGiven
    | ResearchConsentRevoked
    | LetterAnswered
    | LetterUndelivered
    | ApplicationDeadlineNear
    | ApplicationDeadlineMoved
    | ApplicationRenewalDue
    | ApplicationRenewalCancelled
)
