"""The question of who may apply."""

from dataclasses import replace
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain import eligibility
from services.intake.domain.terms import check_in_time
from services.intake.store import applications as applications_store
from services.intake.store import eligibility as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions


async def answer(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, answer: str) -> Loaded:
    """Take the answer to the question of who may apply."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    after, events = eligibility.answer(
        loaded.application, answer, loaded.definition, person_version=loaded.person_version, now=tx.now
    )
    if after != loaded.application:
        await applications_store.save(tx, loaded.application, after, events)
        await store.put(tx, application_id, answer)
    return replace(loaded, application=after)
