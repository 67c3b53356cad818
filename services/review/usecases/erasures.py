"""What remains to be done when a person was erased."""

from uuid import UUID

from chassis.database.transaction import Tx
from services.review.domain import erasures
from services.review.store import erasures as store
from services.review.store import profiles

ERASE = "erase"
"""The job that deletes the texts about people who were erased."""


async def mark(tx: Tx, person_id: UUID) -> None:
    """Forget what they said of themselves; the job deletes the texts about them."""
    await profiles.forget(tx, person_id)
    await store.mark(tx, person_id)
    tx.wake(ERASE)


async def note(tx: Tx, person_id: UUID, found: int) -> None:
    """So many texts about the person were found and deleted: done when there have been none for a day."""
    since = erasures.empty_since(await store.empty_since(tx, person_id), found, tx.now)
    await store.note(tx, person_id, since, erasures.finished(since, tx.now))
