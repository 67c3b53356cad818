"""SQL of enrollment periods. There are few, so all are always read at once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.intake.domain.periods import Period

CLOCK = "clock"
"""The name of the job that looks at what is due."""

ALL = "SELECT period_id, key, name, first_day, last_day, from_data FROM periods ORDER BY first_day"
# Only one transaction at a time changes periods, because it reads all of them first.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('periods', 50))"
INSERT = """
    INSERT INTO periods (period_id, key, name, first_day, last_day, from_data, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
UPDATE = """
    UPDATE periods SET name = $2, first_day = $3, last_day = $4, from_data = coalesce($5, from_data), changed_at = $6
    WHERE period_id = $1
"""
DELETE = "DELETE FROM periods WHERE period_id = $1"
IN_USE = """
    SELECT EXISTS (SELECT FROM terms WHERE period_id = $1) OR EXISTS (SELECT FROM terms WHERE renewal_period_id = $1)
"""
NUMBERS = """
    SELECT t.period_id, count(*) AS number, count(*) FILTER (WHERE a.state IN ('started', 'fee_due', 'open')) AS waiting
    FROM terms t JOIN applications a USING (application_id) WHERE t.period_id IS NOT NULL GROUP BY t.period_id
"""
# The clock looks at each again, because its deadline may have changed.
LOOK_AGAIN = """
    UPDATE terms SET next_at = $2, due_at = CASE WHEN extended_to IS NULL THEN $3 ELSE due_at END
    WHERE period_id = $1 AND next_at IS NOT NULL AND lapsed_at IS NULL
"""


async def all_of_them(tx: Tx) -> tuple[Period, ...]:
    """All periods, by their days."""
    return tuple(_period(row) for row in await tx.fetch(ALL))


async def to_change(tx: Tx) -> tuple[Period, ...]:
    """All periods, locked until the end of this transaction."""
    await tx.fetch(ONE_AT_A_TIME)
    return await all_of_them(tx)


async def said_by_data(tx: Tx) -> dict[str, tuple[Period, Any]]:
    """The periods that the program's data made, by key, with what the data said about each when it was last read."""
    rows = [row for row in await tx.fetch(ALL) if row["key"] is not None]
    return {row["key"]: (_period(row), row["from_data"]) for row in rows}


async def insert(tx: Tx, period: Period, from_data: object | None = None) -> None:
    """Add a new period."""
    days = (period.first_day, period.last_day)
    await tx.execute(INSERT, period.period_id, period.key, period.name, *days, from_data, tx.now)


async def update(tx: Tx, period: Period, ends_at: datetime, from_data: object | None = None) -> None:
    """Save a changed period. Its applications are due when it ends, and the clock looks at each again."""
    await tx.execute(UPDATE, period.period_id, period.name, period.first_day, period.last_day, from_data, tx.now)
    await tx.execute(LOOK_AGAIN, period.period_id, tx.now, ends_at)
    tx.wake(CLOCK)


async def delete(tx: Tx, period: Period) -> None:
    """Delete a period to which nothing refers."""
    await tx.execute(DELETE, period.period_id)


async def is_in_use(tx: Tx, period: Period) -> bool:
    """Whether applications are due in this period, or ask to be carried over to it."""
    return bool(await tx.fetchval(IN_USE, period.period_id))


async def numbers(tx: Tx) -> dict[UUID, tuple[int, int]]:
    """How many applications each period has, and how many of them are not submitted and still can be."""
    return {row["period_id"]: (row["number"], row["waiting"]) for row in await tx.fetch(NUMBERS)}


def kept(found: dict[str, Any]) -> Period:
    """A period as PostgreSQL gives it inside of JSON."""
    days = {name: date.fromisoformat(found[name]) for name in ("first_day", "last_day")}
    return Period(period_id=UUID(found["period_id"]), key=found["key"], name=found["name"], **days)


def _period(row: asyncpg.Record) -> Period:
    days: Sequence[date] = (row["first_day"], row["last_day"])
    return Period(period_id=row["period_id"], key=row["key"], name=row["name"], first_day=days[0], last_day=days[1])
