"""Consent to research: read, given, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain import research_consent
from services.intake.domain.research_consent import ConsentAnswer
from services.intake.store import applications as applications_store
from services.intake.store import research_consents as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.store.terms import end_silence


@dataclass(frozen=True, slots=True)
class Consents:
    """An application with what was said about research, the latest first."""

    loaded: Loaded
    history: Sequence[ConsentAnswer]


async def load(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Consents:
    """This person's application with what they said. Raises NotThere."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    research_consent.text_of(loaded.definition)
    return Consents(loaded, await store.list_of(tx, application_id))


async def say(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, consented: bool, version: str | None
) -> Consents:
    """Give or take back a consent, and say so. Nothing changes if that is the state already."""
    await load(tx, definitions, application_id, person_id)
    await applications_store.lock(tx, application_id)
    found = await load(tx, definitions, application_id, person_id)
    application, definition = found.loaded.application, found.loaded.definition
    said = research_consent.say(application, found.history, consented, version, definition, now=tx.now)
    if said is None:
        return found
    await store.add(tx, application_id, said[0])
    await tx.emit(said[1])
    await end_silence(tx, application_id, found.loaded.term)
    return Consents(found.loaded, (said[0], *found.history))
