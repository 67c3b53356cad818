"""From a batch of records to the outcome of each. A batch is one transaction; if anything in it fails, each record gets
a transaction of its own.

`Inbox.take` returns only when every record has a committed outcome; then its caller may advance the offsets. Only this
module decides the outcome of a record.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import structlog

from chassis.database.pool import RERUN, Database
from chassis.database.transaction import Tx
from chassis.kafka import letters
from chassis.kafka.brake import Brake
from chassis.kafka.handling import Handlers, Handling, HeldFailed, Tally, WroteBeforeWaiting
from chassis.kafka.outcome import Broken, Heard, Record, Unknown, blame, refuses_data
from chassis.kafka.reading import identity, read
from chassis.telemetry import BATCH_SECONDS, counted, hop_seconds

log = structlog.get_logger(__name__)

MOST_RECORDS = 500
MOST_SECONDS = 0.2
RERUNS = 5
PATIENCE = 10.0
"""For so many seconds a record that fails unexpectedly is tried again. Then it becomes a dead letter."""

TAKE = "SELECT * FROM take_records($1, $2, $3, $4, $5, $6, $7, $8, $9)"
NOTE_UNKNOWN = "INSERT INTO unknown_records VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"


class Inbox:
    """Takes the records of one consumer."""

    def __init__(
        self, consumer: str, database: Database, handlers: Handlers, brake: Brake, patience: float = PATIENCE
    ) -> None:
        self.consumer = consumer
        self.service = database.service
        self.database = database
        self.handlers = handlers
        self.brake = brake
        self.patience = patience
        self.size = MOST_RECORDS
        self.handled: dict[tuple[str, int], int] = {}
        """Topic and partition -> the offset after the last record with an outcome in this process."""
        self.handling = Handling(consumer, database.service, handlers)

    async def take(self, records: Sequence[Record], waiting: Callable[[], Awaitable[None]] | None = None) -> None:
        """Give every record its outcome. `waiting` is called now and then while the database is away or the brake is
        on."""
        done = 0
        while done < len(records):
            await self.brake.released(waiting)
            chunk = records[done : done + self.size]
            began = time.monotonic()
            await self._take_chunk(chunk, waiting)
            elapsed = time.monotonic() - began
            BATCH_SECONDS.labels(self.consumer).observe(elapsed)
            self.size = max(1, self.size // 2) if elapsed > MOST_SECONDS else min(MOST_RECORDS, self.size * 2)
            done += len(chunk)

    async def _take_chunk(self, chunk: Sequence[Record], waiting: Callable[[], Awaitable[None]] | None) -> None:
        reruns = 0
        while True:
            try:
                await self._once(chunk)
                return
            except RERUN as error:
                reruns += 1
                if reruns > RERUNS:
                    break
                log.info("the batch lost a race and runs again", error=str(error), records=len(chunk))
                await asyncio.sleep(0.01 * 2**reruns)
            except Exception as error:
                if not await self.database.answers():
                    await self._wait_for_database(error, waiting)
                    continue
                log.warning("the batch failed and is taken record by record", error=blame(error), records=len(chunk))
                break
        for record in chunk:
            await self.brake.released(waiting)
            await self._take_alone(record, waiting)

    async def _take_alone(self, record: Record, waiting: Callable[[], Awaitable[None]] | None) -> None:
        began, attempts, waits_for = time.monotonic(), 0, None
        while True:
            attempts += 1
            try:
                await self._once([record], waits_for=waits_for)
                return
            except WroteBeforeWaiting as error:
                waits_for = error.thing
            except HeldFailed as error:
                if not refuses_data(error.error) and time.monotonic() - began < self.patience:
                    await self._pause(min(2.0, 0.05 * 2**attempts), waiting)
                    continue
                await self._until_database(partial(self.handling.bury_held, self.database, error), waiting)
            except Exception as error:
                if not await self.database.answers():
                    attempts -= 1
                    await self._wait_for_database(error, waiting)
                    began = time.monotonic()
                    continue
                if not refuses_data(error) and time.monotonic() - began < self.patience:
                    await self._pause(min(2.0, 0.05 * 2**attempts), waiting)
                    continue
                trace = None if refuses_data(error) else error  # its text quotes the refused data
                place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
                log.error("the record becomes a dead letter", **place, error=blame(error), exc_info=trace)
                await self._until_database(partial(self._once, [record], error=error, attempts=attempts), waiting)
                return

    async def _once(
        self,
        chunk: Sequence[Record],
        *,
        waits_for: str | None = None,
        error: Exception | None = None,
        attempts: int = 0,
    ) -> None:
        """One transaction over these records. With `error` or `waits_for` (one record) it is filed instead of
        handled."""
        tally = self.handling.tally = Tally()
        ends: dict[tuple[str, int], int] = {}
        for record in chunk:
            place = (record.topic, record.partition)
            ends[place] = max(ends.get(place, 0), record.offset + 1)
        async with self.database.transaction() as tx:
            fresh, heard = await self._claim(tx, chunk, ends)
            if self.handlers.raw is not None and fresh and error is None:
                await self.handlers.raw(tx, fresh)
            if error is not None:
                for one in heard:
                    await self.handling.file(tx, one, letters.State.DEAD, error=blame(error), attempts=attempts)
                if fresh and fresh[0].topic not in self.handlers.on:
                    await self.handling.file(
                        tx, Broken(fresh[0], blame(error)), letters.State.DEAD, error=blame(error), attempts=attempts
                    )
            elif waits_for is not None:
                for one in heard:
                    await self.handling.file(tx, one, letters.State.WAITING, waits_for=waits_for)
            else:
                await self.handling.handle_all(tx, heard)
                await self.handling.release(tx)
        self.handled |= {place: max(end, self.handled.get(place, 0)) for place, end in ends.items()}
        await self._until_database(lambda: self.brake.count(tally.handled, tally.dead), None)
        now = self.database.clock()
        for one in heard:
            if isinstance(one, Heard):
                hop_seconds(self.consumer, one.record.topic).observe(
                    max(0.0, (now - one.received.time).total_seconds())
                )

    async def _claim(
        self, tx: Tx, chunk: Sequence[Record], ends: Mapping[tuple[str, int], int]
    ) -> tuple[list[Record], list[Heard | Broken]]:
        """Advance the positions and add inbox rows. Returns the records that are not before the positions, and those of
        them that are to be handled.

        Records of a held key are filed behind it here, and are not among those to be handled.
        """
        places = sorted(ends)
        number = {place: n for n, place in enumerate(places, 1)}
        seen = [self._heard(record) for record in chunk]
        heard = [one for one in seen if isinstance(one, Heard | Broken)]
        ids = [identity(one) for one in heard]
        rows = await tx.connection.fetch(
            TAKE,
            self.consumer,
            tx.now,
            [topic for topic, _ in places],
            [partition for _, partition in places],
            [ends[place] for place in places],
            ids,
            [number[one.record.topic, one.record.partition] for one in heard],
            [one.record.offset for one in heard],
            [one.record.key_text for one in heard],
        )
        before = {(row["topic"], row["partition"]): row["before"] for row in rows if row["what"] == "position"}
        known = {row["id"] for row in rows if row["what"] == "known"}
        held = {(row["topic"], row["key"]): row["state"] for row in rows if row["what"] == "held"}
        fresh = [record for record in chunk if record.offset >= before[record.topic, record.partition]]
        if len(fresh) < len(chunk):
            counted(self.consumer, chunk[0].topic, "behind_position").inc(len(chunk) - len(fresh))
        mine: list[Heard | Broken] = []
        for one, message_id in zip(heard, ids, strict=True):
            record = one.record
            if record.offset < before[record.topic, record.partition]:
                continue
            if message_id in known:
                counted(self.consumer, record.topic, "duplicate").inc()
                continue
            known.add(message_id)
            state = held.get((record.topic, record.key_text))
            if state is not None and letters.holds(record.topic):
                await self.handling.file(tx, one, letters.State(state), behind=True)
            else:
                mine.append(one)
        for record, other in zip(chunk, seen, strict=True):
            if record.offset < before[record.topic, record.partition]:
                continue
            if isinstance(other, Unknown):
                await self._note_unknown(tx, other)
            elif other is None and record.topic in self.handlers.on:
                counted(self.consumer, record.topic, "not_heard").inc()
        return fresh, mine

    def _heard(self, record: Record) -> Heard | Broken | Unknown | None:
        if record.topic not in self.handlers.on:
            return None
        return read(record, self.service)

    async def _note_unknown(self, tx: Tx, one: Unknown) -> None:
        log.error(
            "unknown event type: this build is older than a producer", type=one.event_type, topic=one.record.topic
        )
        counted(self.consumer, one.record.topic, "unknown_type").inc()
        await tx.connection.execute(
            NOTE_UNKNOWN, one.record.topic, one.record.partition, one.record.offset, one.event_type, tx.now
        )

    async def _wait_for_database(self, error: BaseException, waiting: Callable[[], Awaitable[None]] | None) -> None:
        log.warning("the database is away; the batch waits", error=repr(error))
        await self._pause(0.5, waiting)

    async def _pause(self, seconds: float, waiting: Callable[[], Awaitable[None]] | None) -> None:
        if waiting is not None:
            await waiting()
        await asyncio.sleep(seconds)

    async def _until_database(
        self, work: Callable[[], Awaitable[None]], waiting: Callable[[], Awaitable[None]] | None
    ) -> None:
        while True:
            try:
                return await work()
            except RERUN:
                await asyncio.sleep(0.05)
            except Exception as error:
                if await self.database.answers():
                    raise
                await self._wait_for_database(error, waiting)
