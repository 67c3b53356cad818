"""What remains to be done when a person was erased."""

from datetime import timedelta
from uuid import UUID

from chassis.database.transaction import Tx
from services.review.store import erasures, profiles

QUIET = timedelta(days=1)


async def mark(tx: Tx, person_id: UUID) -> None:
    """Forget what they said of themselves; the job `erase` deletes the texts about them."""
    await profiles.forget(tx, person_id)
    await erasures.mark(tx, person_id)
    tx.wake("erase")


async def swept(tx: Tx, person_id: UUID, found: int) -> None:
    """A sweep found so many objects: done when there have been none for a day."""
    since = {row["person_id"]: row["empty_since"] for row in await erasures.unsettled(tx)}.get(person_id)
    empty_since = None if found else since or tx.now
    await erasures.note(tx, person_id, empty_since, empty_since is not None and tx.now - empty_since >= QUIET)


async def due(tx: Tx) -> list[UUID]:
    """Whose texts are to be swept."""
    return [row["person_id"] for row in await erasures.unsettled(tx)]
