"""The consent to research of an application, for its applicant."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.intake.domain.research_consent import text_of
from services.intake.usecases.research_consent import Consents
from services.intake.views import Maybe, View


class Said(View):
    """What was said about which version of the text, and when."""

    consented: bool
    version: str
    at: datetime


class ResearchConsent(View):
    """The text, whether the applicant consents to it now, and what they said before, the latest first.

    `consented_version`: the version of the text to which they consented; it may be an older one.
    """

    application_id: UUID
    version: str
    text: str
    consented: bool
    consented_version: Maybe[str] = None
    history: Sequence[Said]


def research_consent(found: Consents) -> ResearchConsent:
    """A consent to research."""
    text, latest = text_of(found.loaded.definition), found.history[0] if found.history else None
    consented = latest is not None and latest.consented
    return ResearchConsent(
        application_id=found.loaded.application.application_id,
        version=text.version,
        text=text.text,
        consented=consented,
        consented_version=latest.text_version if latest is not None and consented else None,
        history=[Said(consented=one.consented, version=one.text_version, at=one.at) for one in found.history],
    )
