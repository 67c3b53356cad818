"""Consent to the use of an application's answers for research. It is free, separate from everything else, and can be
taken back at any time. No rule of an application depends on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.catalog import Agreement, CredentialDefinition
from contracts.event import Event
from contracts.events.research_consents import ResearchConsentGiven, ResearchConsentRevoked
from contracts.refusals import Fault, NotThere, Text, WrongState
from services.intake.domain.applications import Application


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """What an applicant said about which version of the text, and when."""

    consented: bool
    text_version: str
    at: datetime


def text_of(definition: CredentialDefinition) -> Agreement:
    """The text for the consent. Raises NotThere."""
    if definition.research_consent is None:
        raise NotThere(Text("%(name)s has no text for a consent to research.", name=definition.name))
    return definition.research_consent


def say(
    application: Application,
    history: Sequence[ConsentAnswer],
    consented: bool,
    version: str | None,
    definition: CredentialDefinition,
    *,
    now: datetime,
) -> tuple[ConsentAnswer, Event] | None:
    """Give or take back a consent; None if that is the state already. `history`: the latest first.

    Refuses a consent to another version of the text than the one that is shown.
    """
    text, latest = text_of(definition), history[0] if history else None
    if not consented:
        if latest is None or not latest.consented:
            return None
        return ConsentAnswer(False, latest.text_version, now), ResearchConsentRevoked(
            application_id=application.application_id,
            person_id=application.person_id,
            credential=application.credential,
            credential_version=application.credential_version,
        )
    if version != text.version:
        raise WrongState(
            Text(
                "The text about research has version %(version)r now; read that version before you consent.",
                version=text.version,
            ),
            type="agreement_changed",
            faults=[Fault("version", Text("consent to version %(version)r", version=text.version))],
        )
    if latest is not None and latest.consented and latest.text_version == version:
        return None
    return ConsentAnswer(True, version, now), ResearchConsentGiven(
        application_id=application.application_id,
        person_id=application.person_id,
        credential=application.credential,
        credential_version=application.credential_version,
        text_version=version,
    )
