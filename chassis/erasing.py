"""Erases a person from one service. The tables of its registry (`chassis.personal`) are done at once, then the objects.
Both are repeated until nothing was found for a day.

A tombstone may come twice, late, and before other records of its person. In each case the person stays erased.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from chassis import personal
from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.jobs import Job
from chassis.objects import ObjectStore, StoreFailed
from chassis.personal import Table

log = structlog.get_logger(__name__)

ERASE = "erase"
"""The job that deletes objects about people who were erased."""

QUIET = timedelta(days=1)
"""A request that was under way at the erasure may have put an object after it. After this time without a find there is
none."""

FIRST_LOOK, LONGEST = timedelta(seconds=5), timedelta(hours=1)

MARK = "INSERT INTO erased_people (person_id, marked_at, look_at) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING"
DUE = "SELECT person_id FROM erased_people WHERE NOT finished AND look_at <= $1 ORDER BY look_at, person_id"
FIND = "SELECT looks, empty_since FROM erased_people WHERE person_id = $1"
NOTE = """
    UPDATE erased_people SET looks = $2, look_at = $3, empty_since = $4, finished = $5 WHERE person_id = $1
"""


async def forget(tx: Tx, tables: Mapping[str, Table], person_id: UUID) -> None:
    """Take a person out of all tables of this service, and have their objects deleted right after the commit. Releases
    records that wait for `person/<id>`."""
    await tx.execute(MARK, person_id, tx.now)
    await personal.erase(tx, tables, person_id)
    tx.arrived(f"person/{person_id}")
    tx.changed_people.add(person_id)
    tx.wake(ERASE)


def job(tables: Mapping[str, Table], objects: ObjectStore) -> Job:
    """The job that deletes data about erased people: the objects, and once more the rows."""

    async def run(database: Database) -> None:
        async with database.reading() as tx:
            due = [row["person_id"] for row in await tx.fetch(DUE, tx.now)]
        for person_id in due:
            try:
                names = [name async for name in objects.names(person_id)]
                for name in names:
                    await objects.delete(name)
            except StoreFailed as error:
                log.error("objects about an erased person cannot be deleted now", error=str(error))
                continue
            await database.write(partial(_look, tables=tables, person_id=person_id, found=len(names)))

    return Job(ERASE, timedelta(seconds=5), run)


async def _look(tx: Tx, tables: Mapping[str, Table], person_id: UUID, found: int) -> None:
    """Delete the rows about a person again, and note a look that found and deleted `found` objects."""
    row = await tx.fetchrow(FIND, person_id)
    if row is None:
        return
    await personal.erase(tx, tables, person_id)
    since = empty_since(row["empty_since"], found, tx.now)
    looks = row["looks"] + 1
    await tx.execute(NOTE, person_id, looks, tx.now + wait(looks), since, finished(since, tx.now))


def empty_since(before: datetime | None, found: int, now: datetime) -> datetime | None:
    """Since when nothing about the person has been found. `found`: the objects of the last look, which were deleted."""
    return None if found else before or now


def finished(since: datetime | None, now: datetime) -> bool:
    """Whether nothing has been found for long enough."""
    return since is not None and now - since >= QUIET


def wait(looks: int) -> timedelta:
    """How long after this look (counted from 1) the next one is due: 5 s, 10 s, ... up to an hour."""
    doubled: int = 2 ** min(looks - 1, 20)
    return min(FIRST_LOOK * doubled, LONGEST)
