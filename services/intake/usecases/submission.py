"""The submission of an application to the panel."""

from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain import submission
from services.intake.domain.terms import check_in_time
from services.intake.store import applications as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.terms import end_renewal


async def submit(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    """Submit the application, with claims of all materials that count."""
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    after, events = submission.submit(
        loaded.application, loaded.definition, loaded.handed, person_version=loaded.person_version, now=tx.now
    )
    await store.save(tx, loaded.application, after, events)
    return await end_renewal(tx, loaded, after)
