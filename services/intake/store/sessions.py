"""SQL of sessions. `links.use` begins them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain.sessions import Client, Session

LIST = """
    SELECT began_at, browser, system FROM sessions
    WHERE person_id = $1 AND began_at > $2 AND began_at >= (SELECT sessions_valid_from FROM people WHERE person_id = $1)
    ORDER BY began_at DESC, session_id DESC LIMIT $3
"""
VOID = "DELETE FROM sessions WHERE person_id = $1"
FORGET = "DELETE FROM sessions WHERE began_at <= $1"


async def list_of(tx: Tx, person_id: UUID, since: datetime, limit: int) -> Sequence[Session]:
    """The person's sessions that began after `since` and are not void, the newest first."""
    rows = await tx.fetch(LIST, person_id, since, limit)
    return [Session(row["began_at"], Client(row["browser"], row["system"])) for row in rows]


async def void(tx: Tx, person_id: UUID) -> None:
    """Delete all sessions of a person. Save the person first."""
    await tx.note(VOID, person_id)


async def forget(tx: Tx, until: datetime) -> None:
    """Delete sessions that began until then."""
    await tx.note(FORGET, until)
