"""People whose texts are to go."""

from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx

MARK = "INSERT INTO erasures (person_id, marked_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"


async def mark(tx: Tx, person_id: UUID) -> None:
    """Note that this person's texts are to be deleted; twice is once."""
    await tx.execute(MARK, person_id, tx.now)


FIND_UNFINISHED = "SELECT person_id FROM erasures WHERE NOT finished ORDER BY person_id"


async def unfinished(tx: Tx) -> list[UUID]:
    """Everybody whose texts may still be there."""
    return [row["person_id"] for row in await tx.fetch(FIND_UNFINISHED)]


FIND = "SELECT empty_since FROM erasures WHERE person_id = $1"


async def empty_since(tx: Tx, person_id: UUID) -> datetime | None:
    """Since when nothing has been found about this person."""
    found: datetime | None = await tx.fetchval(FIND, person_id)
    return found


NOTE = "UPDATE erasures SET empty_since = $2, finished = $3 WHERE person_id = $1"


async def note(tx: Tx, person_id: UUID, empty_since: datetime | None, finished: bool) -> None:
    """Keep since when nothing has been found, and whether that is enough."""
    await tx.note(NOTE, person_id, empty_since, finished)
