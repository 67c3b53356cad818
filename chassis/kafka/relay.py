"""The relay, the only part that publishes to Kafka. It moves outbox rows to their topics in the order of ids and
deletes the rows that Kafka acknowledged.

Each database has one leader. It holds a session advisory lock on the connection that also selects and deletes; if it
loses that connection, its process ends. A row is deleted only after its acknowledgement. So a crash in between sends it
twice, and the inbox of the hearer takes it once; it is never lost. Compacted topics go through a transactional
producer, so that a new leader fences off what an old one still had in its buffer.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis.database.outbox import unpack_headers
from chassis.telemetry import OUTBOX_AGE, RELAYED

log = structlog.get_logger(__name__)

AT_ONCE = 1000
LOOK_SECONDS = 0.3
SEND_SECONDS = 30.0
STOP_SECONDS = 3.0

TRY_LOCK = "SELECT pg_try_advisory_lock(7205759403792793601)"
# One statement for each lane, so that each gets a plan with its index.
NEXT = {
    compacted: f"""
        SELECT id, topic, key, headers, payload FROM outbox
        WHERE {"" if compacted else "NOT"} compacted AND id <> ALL($2::bigint[]) ORDER BY id LIMIT $1
    """
    for compacted in (False, True)
}
DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"
OLDEST = """
    SELECT (SELECT at FROM outbox WHERE NOT compacted ORDER BY id LIMIT 1),
        (SELECT at FROM outbox WHERE compacted ORDER BY id LIMIT 1)
"""


class LostLeadership(Exception):
    """The relay's connection broke. Somebody else may be leader now, so this process must end."""


class Relay:
    """Moves the rows of one database. `lost` is called (once) when the process must end."""

    def __init__(self, service: str, dsn: str, bootstrap: str, lost: Callable[[BaseException], None]) -> None:
        self.service = service
        self.dsn = dsn
        self.bootstrap = bootstrap
        self.lost = lost
        self.state: tuple[str, str] = ("degraded", "the relay is starting")
        self._rows = asyncio.Event(), asyncio.Event()
        self._connection: Any = None
        self._mutex = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._draining = asyncio.Event()

    def start(self) -> None:
        """Begin to publish, until `stop`."""
        self._task = asyncio.create_task(self._run(), name="relay")

    def wake(self, lanes: Iterable[bool] = (False, True)) -> None:
        """New rows were committed in these lanes (True: rows for compacted topics)."""
        for compacted in lanes:
            self._rows[compacted].set()

    async def stop(self) -> None:
        """Send what is there if Kafka answers at once, then end. Other rows are sent after the next start."""
        if self._task is not None:
            self._draining.set()
            self.wake()
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            self._connection.terminate()

    async def _run(self) -> None:
        try:
            await self._lead()
            self.state = ("ok", "")
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._lane(compacted=False))
                lanes.create_task(self._lane(compacted=True))
                lanes.create_task(self._look())
        except Exception as error:
            self.state = ("stopped", repr(error))
            self.lost(error)

    async def _lead(self) -> None:
        """Wait until this process is the leader."""
        while True:
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(
                        self.dsn,
                        server_settings={"application_name": f"microcred-{self.service}-relay"},
                        command_timeout=30,
                    )
                if await self._connection.fetchval(TRY_LOCK):
                    return
                self.state = ("ok", "another replica relays")
                await asyncio.sleep(1.0)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                self.state = ("degraded", f"the database is away: {error!r}")
                await asyncio.sleep(0.5)

    async def _look(self) -> None:
        """Wake the lanes for rows that they were not woken for: those of another replica, or from a time when Kafka was
        away. Measure the age of the oldest."""
        while not self._draining.is_set():
            oldest = list(await self._query(self._connection.fetchrow, OLDEST))
            self.wake(compacted for compacted, at in zip((False, True), oldest, strict=True) if at is not None)
            ages = [(datetime.now(UTC) - at).total_seconds() for at in oldest if at is not None]
            OUTBOX_AGE.labels(self.service).set(max([0.0, *ages]))
            await _either(self._draining, LOOK_SECONDS)

    async def _lane(self, *, compacted: bool) -> None:
        """Move the rows of one kind of topic, without end. While Kafka works on a full batch, the next one is fetched
        and the one before is deleted."""
        rows_came = self._rows[compacted]
        producer: AIOKafkaProducer | None = None
        deleting: asyncio.Task[None] | None = None
        rows: list[asyncpg.Record] = []
        sent: list[int] = []
        try:
            while True:
                if not rows:
                    if not self._draining.is_set():
                        await rows_came.wait()
                    rows_came.clear()
                    rows = await self._next(compacted, sent)
                    if not rows and self._draining.is_set():
                        return
                    continue
                ids = [row[0] for row in rows]
                ahead = asyncio.create_task(self._next(compacted, [*sent, *ids])) if len(rows) == AT_ONCE else None
                try:
                    if producer is None:
                        producer = await self._producer(compacted)
                    await self._send(producer, rows, compacted)
                except (KafkaError, OSError, TimeoutError) as error:
                    log.warning(
                        "Kafka did not take the outbox; a new producer tries again", error=repr(error), rows=len(rows)
                    )
                    self.state = ("degraded", f"Kafka is away: {error!r}")
                    if producer is not None:
                        await _close(producer)
                    producer = None
                    if ahead is not None:
                        await ahead
                    rows = []
                    rows_came.set()
                    await asyncio.sleep(0.5)
                    continue
                if deleting is not None:
                    await deleting
                deleting, sent = asyncio.create_task(self._delete(ids)), ids
                if ahead is None:
                    await deleting
                    deleting, sent = None, []
                rows = [] if ahead is None else await ahead
                self.state = ("ok", "")
        finally:
            if producer is not None:
                await _close(producer)

    async def _next(self, compacted: bool, but: list[int]) -> list[asyncpg.Record]:
        """The first rows of a lane by id, without those that are sent and not yet deleted."""
        found: list[asyncpg.Record] = await self._query(self._connection.fetch, NEXT[compacted], AT_ONCE, but)
        return found

    async def _delete(self, ids: list[int]) -> None:
        await self._query(self._connection.execute, DELETE, ids)
        RELAYED.labels(self.service).inc(len(ids))

    async def _query(self, method: Callable[..., Any], *args: object) -> Any:
        try:
            async with self._mutex:
                return await method(*args)
        except (OSError, asyncpg.InterfaceError, asyncpg.PostgresError, TimeoutError) as error:
            raise LostLeadership(f"the relay's connection broke: {error!r}") from error

    async def _producer(self, compacted: bool) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            client_id=f"{self.service}-relay",
            enable_idempotence=True,
            transactional_id=f"{self.service}-compacted" if compacted else None,
            max_batch_size=262144,
            max_request_size=1048576,
            compression_type="lz4",
            request_timeout_ms=10_000,
        )
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await producer.start()
        except AssertionError as error:  # raised by aiokafka while the only broker is fenced
            await _close(producer)
            raise KafkaError(f"no broker answers for the cluster: {error}") from error
        except BaseException:
            await _close(producer)
            raise
        return producer

    async def _send(self, producer: AIOKafkaProducer, rows: list[asyncpg.Record], compacted: bool) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            if compacted:
                async with producer.transaction():
                    await self._send_all(producer, rows)
            else:
                await self._send_all(producer, rows)

    async def _send_all(self, producer: AIOKafkaProducer, rows: list[asyncpg.Record]) -> None:
        send = producer.send
        futures = [
            await send(topic, payload, key=key.encode(), headers=unpack_headers(packed))
            for _, topic, key, packed, payload in rows
        ]
        await asyncio.gather(*futures)


async def _close(producer: AIOKafkaProducer) -> None:
    """End a producer completely before its successor begins. Idempotent batches never expire, so `stop` gets little
    time and is then cancelled."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await producer.stop()
    except (TimeoutError, KafkaError, OSError):
        await producer._sender.close()
        await producer.client.close()


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
