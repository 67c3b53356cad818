"""SQL of exports of people's data. A person has one row at most."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from chassis.personal import Export, Table
from contracts.claims import ObjectClaim
from contracts.event import Event
from services.intake.domain.exports import Made, State

FIND = "SELECT * FROM exports WHERE person_id = $1"
# An export that is not finished stays. No erasure can come in between, because the person's row is locked.
ASK = """
    WITH p AS (SELECT person_id FROM people WHERE person_id = $2 AND NOT erased FOR NO KEY UPDATE)
    INSERT INTO exports (export_id, person_id, state, asked_at) SELECT $1, p.person_id, 'asked', $3 FROM p
    ON CONFLICT (person_id) DO UPDATE SET export_id = excluded.export_id, state = 'asked', attempts = 0, done = 0,
        files = NULL, asked_at = excluded.asked_at, made_at = NULL, expires_at = NULL, file = NULL
    WHERE exports.state NOT IN ('asked', 'making')
    RETURNING export_id
"""
TAKE = """
    UPDATE exports SET state = 'making', attempts = attempts + 1, done = 0 WHERE export_id = (
        SELECT export_id FROM exports WHERE state IN ('asked', 'making') ORDER BY asked_at LIMIT 1 FOR UPDATE
    ) RETURNING *
"""
PROGRESS = "UPDATE exports SET done = $2, files = $3 WHERE export_id = $1 AND state = 'making'"
# The person's row is locked, so that this is said in one order with the person's other events.
FINISH = """
    WITH p AS (
        SELECT people.person_id FROM people JOIN exports USING (person_id) WHERE export_id = $1 AND NOT erased
        FOR NO KEY UPDATE OF people
    )
    UPDATE exports e SET state = 'ready', file = $2, made_at = $3, expires_at = $4, done = $5, files = $5 FROM p
    WHERE e.export_id = $1 AND e.state = 'making' AND e.person_id = p.person_id RETURNING e.person_id
"""
PERSON_VERSION = "SELECT version FROM people WHERE person_id = $1"
FAIL = "UPDATE exports SET state = 'failed' WHERE export_id = $1 AND state = 'making'"
EXPIRED = "SELECT * FROM exports WHERE state = 'ready' AND expires_at <= $1 LIMIT 100"
EXPIRE = """
    UPDATE exports SET state = 'expired', file = NULL WHERE export_id = $1 AND state = 'ready' AND expires_at <= $2
"""


async def find(tx: Tx, person_id: UUID) -> Made | None:
    """The person's export, or None if they never asked for one."""
    row = await tx.fetchrow(FIND, person_id)
    return None if row is None else _made(row)


async def ask(tx: Tx, export_id: UUID, person_id: UUID) -> bool:
    """Ask for an export instead of an earlier one. False if one is not finished."""
    return await tx.fetchrow(ASK, export_id, person_id, tx.now) is not None


async def take(tx: Tx) -> Made | None:
    """The export that waited longest, now being made. Also one that was being made when a process ended."""
    row = await tx.fetchrow(TAKE)
    return None if row is None else _made(row)


async def progress(tx: Tx, export_id: UUID, done: int, files: int) -> None:
    """Save how many files are in it."""
    await tx.note(PROGRESS, export_id, done, files)


async def finish(
    tx: Tx, made: Made, file: ObjectClaim, files: int, expires_at: datetime, says: Event, otherwise: Exception
) -> None:
    """Mark it as ready and say so. Raises `otherwise` if it is not wanted any more."""
    await tx.save(
        made.person_id,
        FINISH,
        made.export_id,
        file.model_dump(),
        tx.now,
        expires_at,
        files,
        says=[says],
        otherwise=otherwise,
    )


async def person_version(tx: Tx, person_id: UUID) -> int:
    """The version of a person."""
    return int(await tx.fetchval(PERSON_VERSION, person_id))


async def fail(tx: Tx, export_id: UUID) -> None:
    """Mark it as failed."""
    await tx.note(FAIL, export_id)


async def expired(tx: Tx) -> list[Made]:
    """Some exports whose time is over."""
    return [_made(row) for row in await tx.fetch(EXPIRED, tx.now)]


async def expire(tx: Tx, export_id: UUID) -> None:
    """Mark it as expired."""
    await tx.note(EXPIRE, export_id, tx.now)


async def rows(tx: Tx, table: Table, person_id: UUID) -> list[dict[str, Any]]:
    """The rows of a table that an export takes."""
    if not isinstance(table.export, Export):
        return []
    return [dict(row) for row in await tx.fetch(table.export.sql, person_id)]


def _made(row: asyncpg.Record) -> Made:
    return Made(
        export_id=row["export_id"],
        person_id=row["person_id"],
        state=State(row["state"]),
        attempts=row["attempts"],
        done=row["done"],
        files=row["files"],
        asked_at=row["asked_at"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        file=None if row["file"] is None else ObjectClaim(**row["file"]),
    )
