"""Waiting in tests: until a condition holds, never for a fixed time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from chassis.database.pool import Database

T = TypeVar("T")

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
"""Of this database alone: others of the same server belong to tests of other workers, which wait for locks too."""


async def until(
    condition: Callable[[], T | Awaitable[T]], seconds: float = 10.0, why: Callable[[], str] = lambda: ""
) -> T:
    """The value of the condition, as soon as it is true. The condition is tried a hundred times a second. After
    `seconds` it fails with the last value and `why`. An exception of the condition ends the wait.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        given: Any = await found if isinstance(found, Awaitable) else found
        if given:
            return given  # type: ignore[no-any-return]
        if time.monotonic() > deadline:
            raise AssertionError(f"not so after {seconds} s; last: {given!r}. {why()}")
        await asyncio.sleep(0.01)


async def until_one_waits(database: Database) -> None:
    """Return once a statement waits for a lock in this database. Fails after ten seconds."""
    await until(lambda: database.pool.fetchval(WAITING))
