"""A service's own PostgreSQL: the pool, and the only two functions that commit. `write` does one piece of work;
`transaction` is for the consumer and the redrives."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import orjson

from chassis.database.transaction import Overtaken, Tx, Way
from chassis.telemetry import build_id, correlation

T = TypeVar("T")

Clock = Callable[[], datetime]
Loaded = dict[tuple[object, ...], asyncpg.Record | None]

AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    TimeoutError,
)
"""The exceptions raised while the database cannot be reached. They are never the fault of a message."""
RERUN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""A race between two transactions was lost. Trying again usually works."""
SLOW_SECONDS, SILENT_SECONDS = 2, 10
"""A check that takes longer than the first (seconds) means that the database is slow. If it answered nobody for the
second (seconds), it is away."""


def real_clock() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def shifted_clock(file: Path) -> Clock:
    """The devstack's clock: the real time plus the seconds in `file` (0 if the file is missing). A deployment never has
    such a file."""
    seen: tuple[int, timedelta] = (-1, timedelta())

    def clock() -> datetime:
        nonlocal seen
        try:
            changed = file.stat().st_mtime_ns
            if changed != seen[0]:
                seen = (changed, timedelta(seconds=float(file.read_text() or 0)))
        except FileNotFoundError:
            seen = (-1, timedelta())
        return datetime.now(UTC) + seen[1]

    return clock


class Database:
    """The pool of one service, its clock, and the functions to call after a commit."""

    def __init__(self, service: str, pool: Any, clock: Clock = real_clock) -> None:
        self.service = service
        self.pool = pool
        self.clock = clock
        self.after_commit: list[Callable[[Tx], None]] = []
        """Called after each commit. `tx.said` has the lanes of the outbox that were written to (True: compacted
        topics)."""
        self._heard = time.monotonic()

    @classmethod
    async def connect(cls, service: str, dsn: str, clock: Clock = real_clock, size: int = 10) -> "Database":
        """Open the pool. Raises what is in AWAY when the server cannot be reached."""
        pool = await asyncpg.create_pool(
            dsn,
            min_size=2,
            max_size=size,
            command_timeout=30,
            init=_set_up,
            reset=_nothing,
            server_settings={
                "idle_in_transaction_session_timeout": "60000",
                "application_name": f"microcred-{service}",
            },
        )
        return cls(service, pool, clock)

    async def write(self, work: Callable[[Tx], Awaitable[T]], after: Tx | None = None) -> T:
        """Run `work`, which loads, decides, saves and says events, and commit it. If it raises, nothing is committed.

        The first run reads without locks. A single `tx.save` is one statement that commits by itself; more than that
        begins a transaction. If a save finds its row changed (Overtaken), `work` runs a second time, in a transaction
        that locks what it loads. So `work` may run twice, and must not call the outside world.

        `after`: an earlier `reading` that loaded the same rows. It is for work in three steps: check, put something
        into the object store, write. Its rows are not read again, because a save finds out whether they are still
        current.
        """
        with suppress(Overtaken):
            return await self._try(work, {} if after is None else after.loaded)
        async with self.transaction() as tx:
            return await work(tx)

    async def _try(self, work: Callable[[Tx], Awaitable[T]], loaded: Loaded) -> T:
        async with self.pool.acquire() as connection, AsyncExitStack() as transaction:

            async def begin() -> None:
                await transaction.enter_async_context(connection.transaction())

            tx = self._tx(connection, None, Way.TRIES)
            tx.begin, tx.loaded = begin, loaded
            done = await work(tx)
            await tx.finish()
        self._tell(tx)
        return done

    @asynccontextmanager
    async def transaction(self, correlation_id: UUID | None = None) -> AsyncIterator[Tx]:
        """One transaction that locks what it loads. The consumer and the redrives need it as an object; use `write`
        everywhere else.

        It writes the outbox rows at the end, commits, and then wakes the relay and jobs. Any exception rolls it back.
        """
        async with self.pool.acquire() as connection:
            tx = self._tx(connection, correlation_id)
            async with connection.transaction():
                yield tx
                await tx.finish()
        self._tell(tx)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """For reading only. Each statement runs by itself, which saves the two round trips of a transaction. A write or
        a lock raises OnlyReading."""
        async with self.pool.acquire() as connection:
            yield self._tx(connection, None, Way.READS)
        self._heard = time.monotonic()

    def _tx(self, connection: Any, correlation_id: UUID | None, way: Way = Way.LOCKS) -> Tx:
        return Tx(
            connection=connection,
            service=self.service,
            build=build_id(),
            now=self.clock(),
            correlation_id=correlation_id or correlation.get() or uuid4(),
            way=way,
        )

    def _tell(self, tx: Tx) -> None:
        self._heard = time.monotonic()
        for tell in self.after_commit:
            tell(tx)

    async def state(self) -> tuple[str, str]:
        """For `readyz`: ok, degraded or stopped, and why. If all connections are in use or the machine is busy, the
        database is slow, not away."""
        for last in (False, True):
            try:
                async with asyncio.timeout(SLOW_SECONDS):
                    await self.pool.fetchval("SELECT 1")
            except TimeoutError as error:
                if time.monotonic() - self._heard < SILENT_SECONDS:
                    return "degraded", f"the database did not answer within {SLOW_SECONDS} s"
                if last:
                    return "stopped", f"the database is away: {error!r}"
                # This process may have stood still itself, with the answer waiting for it. So it asks once more.
            except AWAY as error:
                return "stopped", f"the database is away: {error!r}"
            else:
                break
        self._heard = time.monotonic()
        return "ok", ""

    async def answers(self) -> bool:
        """Whether the database can be reached now. If it can, an error has another cause."""
        for _ in range(3):  # the pool may still hold connections that broke
            try:
                async with asyncio.timeout(3):
                    await self.pool.fetchval("SELECT 1")
                return True
            except Exception:  # any error means no, and the caller reports that
                await self.pool.expire_connections()
        return False

    async def close(self) -> None:
        """Close the pool. Connections still in use after five seconds are cut."""
        try:
            async with asyncio.timeout(5):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()


async def _nothing(_: object) -> None:
    """Nothing is reset when a connection returns to the pool, because no session state is ever set on it. This saves
    one round trip a transaction."""


async def _set_up(connection: Any) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, encoder=_to_json, decoder=orjson.loads, schema="pg_catalog", format="text"
        )


def _to_json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
