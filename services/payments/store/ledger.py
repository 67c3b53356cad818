"""The books in PostgreSQL. An entry is written in the statement of the change that it is about."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.database.transaction import Tx
from services.payments.domain.ledger import Entry

# Part of the statement that makes the booked change. An existing entry stays as it is.
BOOKED = """
    booked AS (
        INSERT INTO ledger (entry_id, at, application_id, kind, currency, lines) SELECT e.entry_id, $1,
            e.application_id, e.kind, e.currency, e.lines
        FROM jsonb_to_recordset($2) AS e (entry_id uuid, application_id uuid, kind text, currency text, lines jsonb)
        ON CONFLICT DO NOTHING
    )
"""
FIND_LEDGER = """
    SELECT at, entry_id, application_id, kind, currency, lines FROM ledger
    WHERE at >= coalesce($1::timestamptz, '-infinity') AND at < coalesce($2::timestamptz, 'infinity')
        AND ($3::timestamptz IS NULL OR (at, entry_id) > ($3, $4::uuid))
    ORDER BY at, entry_id LIMIT $5
"""


async def ledger(
    tx: Tx, start: datetime | None, end: datetime | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Record]:
    """Entries from `start` (included) to `end` (not included), oldest first, after the one that `after` names."""
    at, entry_id = after if after is not None else (None, None)
    return await tx.fetch(FIND_LEDGER, start, end, at, entry_id, limit)


def rows_of(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Entries, for BOOKED."""
    return [asdict(entry) for entry in entries]
