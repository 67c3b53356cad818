"""People whose texts are to go."""

from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx

MARK = "INSERT INTO erasures (person_id, marked_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"


async def mark(tx: Tx, person_id: UUID) -> None:
    """Note that this person's texts are to be deleted; twice is once."""
    await tx.execute(MARK, person_id, tx.now)


OPEN = "SELECT person_id, empty_since FROM erasures WHERE NOT settled ORDER BY person_id"


async def unsettled(tx: Tx) -> list[asyncpg.Record]:
    """Everybody whose texts may still be there."""
    return await tx.fetch(OPEN)


NOTE = "UPDATE erasures SET empty_since = $2, settled = $3 WHERE person_id = $1"


async def note(tx: Tx, person_id: UUID, empty_since: datetime | None, settled: bool) -> None:
    """Keep since when nothing has been found, and whether that is enough."""
    await tx.execute(NOTE, person_id, empty_since, settled)
