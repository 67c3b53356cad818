"""SQL of study plans. The application's row is the lock of its plan."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.intake.domain.study_plan import Entry

LIST = """
    SELECT entry_id, title, resource, item, by, done, added_at FROM study_plan
    WHERE application_id = $1 ORDER BY place
"""
PUT = """
    INSERT INTO study_plan (entry_id, application_id, title, resource, item, by, done, added_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (entry_id) DO UPDATE SET title = excluded.title, resource = excluded.resource, item = excluded.item,
        by = excluded.by, done = excluded.done
"""
REMOVE = "DELETE FROM study_plan WHERE entry_id = $1 AND application_id = $2"


async def list_of(tx: Tx, application_id: UUID) -> Sequence[Entry]:
    """The plan, in the order in which its entries were added."""
    return [entry_from(row) for row in await tx.fetch(LIST, application_id)]


async def put(tx: Tx, application_id: UUID, entry: Entry) -> None:
    """Save an entry, in its own place. Lock the application first."""
    await tx.note(
        PUT,
        entry.entry_id,
        application_id,
        entry.title,
        entry.resource,
        entry.item,
        entry.by,
        entry.done,
        entry.added_at,
    )


async def remove(tx: Tx, application_id: UUID, entry_id: UUID) -> None:
    """Remove an entry. Lock the application first."""
    await tx.note(REMOVE, entry_id, application_id)


def entry_from(row: asyncpg.Record) -> Entry:
    """An entry as PostgreSQL gives it."""
    return Entry(
        entry_id=row["entry_id"],
        title=row["title"],
        resource=row["resource"],
        item=row["item"],
        by=row["by"],
        done=row["done"],
        added_at=row["added_at"],
    )
