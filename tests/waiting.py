"""Waiting for what a database says, in tests."""

import asyncio

from chassis.database.pool import Database

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
"""Of this database alone: others of the same server belong to tests of other workers, which wait for locks too."""


async def until_one_waits(database: Database) -> None:
    """Return once a statement waits for a lock in this database. Raises TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while not await database.pool.fetchval(WAITING):  # noqa: ASYNC110  (PostgreSQL tells nobody)
            await asyncio.sleep(0.01)
