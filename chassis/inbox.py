"""From a batch of records to the outcome of each: one transaction on the happy path, one a record when anything in it fails.

`Inbox.take` returns only when every record has an outcome that is committed; whoever calls it may then advance the offsets.
What became of a record is decided here and nowhere else.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import structlog

from chassis import letters
from chassis.brake import Brake
from chassis.database import AWAY, RERUN, Database
from chassis.outcome import Broken, Heard, NotYet, Record, Unknown, storable
from chassis.telemetry import BATCH_SECONDS, HOP_SECONDS, RECORDS, correlation, new_traceparent, trace
from chassis.transaction import Tx
from contracts.envelope import BrokenContract, Received, UnknownType, decode
from contracts.event import Event

log = structlog.get_logger(__name__)

MOST_RECORDS = 500
MOST_SECONDS = 0.2
RERUNS = 5
PATIENCE = 10.0
"""Seconds in which a record that fails unexpectedly is tried again before it becomes a dead letter."""

NO_ID = UUID("4ad3f3a2-64a2-5c0e-9f0b-6b7c9c1c8a57")
"""Namespace of the ids of records that have none of their own."""

ENSURE_POSITIONS = "INSERT INTO positions SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[]) ON CONFLICT DO NOTHING"
LOCK_POSITIONS = """
    SELECT topic, partition, next_offset FROM positions
    WHERE consumer = $1 AND (topic, partition) IN (SELECT * FROM unnest($2::text[], $3::int[])) ORDER BY topic, partition FOR UPDATE
"""
ADVANCE = """
    UPDATE positions p SET next_offset = n.next_offset FROM unnest($2::text[], $3::int[], $4::bigint[]) AS n (topic, partition, next_offset)
    WHERE p.consumer = $1 AND p.topic = n.topic AND p.partition = n.partition
"""
CLAIM = """
    WITH fresh AS (
        INSERT INTO inbox (message_id, status, at) SELECT id, 'done', $2 FROM unnest($1::uuid[]) AS t (id) ORDER BY id
        ON CONFLICT DO NOTHING RETURNING message_id
    )
    SELECT message_id, NULL AS topic, NULL AS key, NULL AS state FROM fresh
    UNION ALL
    SELECT NULL, h.topic, h.key, h.state FROM held h
    WHERE (h.topic, h.key) IN (SELECT * FROM unnest($3::text[], $4::text[])) AND NOT h.behind
"""
NOTE_UNKNOWN = "INSERT INTO unknown_records VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
LOCK_THING = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))"

Handler = Callable[[Tx, Any], Awaitable[None]]
ManyHandler = Callable[[Tx, Sequence[Received]], Awaitable[None]]
RawHandler = Callable[[Tx, Sequence[Record]], Awaitable[None]]


@dataclass(frozen=True)
class Handlers:
    """Which function takes what. `on`: topic -> function of one event. `many`: event class -> function of several at once, for hot topics.

    `raw` takes every record of `raw_topics` as it came, in order, once by positions (no inbox, no contract): for a journal.
    """

    on: Mapping[str, Handler]
    many: Mapping[type[Event], ManyHandler] = field(default_factory=dict)
    raw: RawHandler | None = None
    raw_topics: Sequence[str] = ()

    @property
    def topics(self) -> list[str]:
        """All topics to subscribe to."""
        return sorted({*self.on, *self.raw_topics})


class HeldFailed(Exception):
    """A record that had been waiting failed in the transaction that brought its thing: the fault is its own."""

    def __init__(self, letter: letters.Letter, error: Exception) -> None:
        super().__init__(str(error))
        self.letter, self.error = letter, error


class WroteBeforeWaiting(Exception):
    """A handler raised NotYet after a write: its transaction must not be kept."""

    def __init__(self, heard: Heard, thing: str) -> None:
        super().__init__(f"{heard.received.type} wrote before it found that {thing} is missing")
        self.thing = thing


class Inbox:
    """One consumer's way of taking records."""

    def __init__(self, consumer: str, database: Database, handlers: Handlers, brake: Brake, patience: float = PATIENCE) -> None:
        self.consumer = consumer
        self.service = database.service
        self.database = database
        self.handlers = handlers
        self.brake = brake
        self.patience = patience
        self.size = MOST_RECORDS
        self._handled = self._dead = 0

    async def take(self, records: Sequence[Record], waiting: Callable[[], Awaitable[None]] | None = None) -> None:
        """Give every record its outcome. `waiting` is awaited now and then while the database is away or the brake is on."""
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
            except AWAY as error:
                await self._wait_for_database(error, waiting)
            except RERUN as error:
                reruns += 1
                if reruns > RERUNS:
                    break
                log.info("batch lost a race and runs again", error=str(error), records=len(chunk))
                await asyncio.sleep(0.01 * 2**reruns)
            except Exception as error:
                log.warning("batch failed and is taken record by record", error=repr(error), records=len(chunk))
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
            except AWAY as error:
                attempts -= 1
                await self._wait_for_database(error, waiting)
            except WroteBeforeWaiting as error:
                waits_for = error.thing
            except HeldFailed as error:
                if time.monotonic() - began < self.patience:
                    await asyncio.sleep(min(2.0, 0.05 * 2**attempts))
                    continue
                await self._until_database(partial(self.bury_held, error), waiting)
            except Exception as error:
                if time.monotonic() - began < self.patience:
                    await asyncio.sleep(min(2.0, 0.05 * 2**attempts))
                    continue
                log.exception("record becomes a dead letter", topic=record.topic, partition=record.partition, offset=record.offset)
                await self._until_database(partial(self._once, [record], error=error, attempts=attempts), waiting)
                return

    async def _once(self, chunk: Sequence[Record], *, waits_for: str | None = None, error: Exception | None = None, attempts: int = 0) -> None:
        """One transaction over these records. With `error` or `waits_for` (one record) it is filed instead of handled."""
        self._handled = self._dead = 0
        async with self.database.transaction() as tx:
            fresh = await self._advance(tx, chunk)
            if self.handlers.raw is not None and fresh and error is None:
                await self.handlers.raw(tx, fresh)
            heard = await self._claim(tx, [self._read(record) for record in fresh])
            if error is not None:
                for one in heard:
                    await self._file(tx, one, letters.State.DEAD, error=f"{type(error).__name__}: {error}", attempts=attempts)
                if fresh and fresh[0].topic not in self.handlers.on:
                    await self._file(tx, Broken(fresh[0], repr(error)), letters.State.DEAD, error=repr(error), attempts=attempts)
            elif waits_for is not None:
                for one in heard:
                    await self._file(tx, one, letters.State.WAITING, waits_for=waits_for)
            else:
                await self._handle_all(tx, heard)
                await self.release(tx)
        await self._until_database(lambda: self.brake.count(self._handled, self._dead), None)
        now = self.database.clock()
        for one in heard:
            if isinstance(one, Heard):
                HOP_SECONDS.labels(self.consumer, one.record.topic).observe(max(0.0, (now - one.received.time).total_seconds()))

    async def _advance(self, tx: Tx, chunk: Sequence[Record]) -> list[Record]:
        """Lock and advance the positions; the records that are not behind them."""
        ends: dict[tuple[str, int], int] = {}
        for record in chunk:
            place = (record.topic, record.partition)
            ends[place] = max(ends.get(place, 0), record.offset + 1)
        places = sorted(ends)
        topics, partitions = [topic for topic, _ in places], [partition for _, partition in places]
        rows = await tx.connection.fetch(LOCK_POSITIONS, self.consumer, topics, partitions)
        if len(rows) < len(places):
            await tx.connection.execute(ENSURE_POSITIONS, self.consumer, topics, partitions, [0] * len(places))
            rows = await tx.connection.fetch(LOCK_POSITIONS, self.consumer, topics, partitions)
        before = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        await tx.connection.execute(ADVANCE, self.consumer, topics, partitions, [max(ends[place], before[place]) for place in places])
        fresh = [record for record in chunk if record.offset >= before[record.topic, record.partition]]
        if len(fresh) < len(chunk):
            RECORDS.labels(self.consumer, chunk[0].topic, "behind_position").inc(len(chunk) - len(fresh))
        return fresh

    def _read(self, record: Record) -> Heard | Broken | Unknown | None:
        """What the contracts make of a record; None where this service does not hear it."""
        if record.topic not in self.handlers.on:
            return None
        try:
            received = decode(record.topic, record.key, record.value, record.headers)
        except UnknownType as error:
            return Unknown(record, error.event_type)
        except BrokenContract as error:
            return Broken(record, str(error))
        except Exception as error:  # whatever a hostile body does to a parser: it is the record's fault, not the batch's
            return Broken(record, f"unreadable: {type(error).__name__}: {error}")
        if self.service not in received.event.HEARD_BY and self.service != "ops":
            RECORDS.labels(self.consumer, record.topic, "not_heard").inc()
            return None
        return Heard(record, received)

    async def _claim(self, tx: Tx, read: Sequence[Heard | Broken | Unknown | None]) -> list[Heard | Broken]:
        """Enter the records into the inbox; those that are new, with the ones of a held key filed behind it already."""
        heard: list[Heard | Broken] = []
        for one in read:
            if isinstance(one, Unknown):
                log.error("unknown event type: this build is older than a producer", type=one.event_type, topic=one.record.topic)
                RECORDS.labels(self.consumer, one.record.topic, "unknown_type").inc()
                await tx.connection.execute(NOTE_UNKNOWN, one.record.topic, one.record.partition, one.record.offset, storable(one.event_type), tx.now)
            elif one is not None:
                heard.append(one)
        if not heard:
            return []
        ordered = [(one.record.topic, one.record.key_text) for one in heard]
        rows = await tx.connection.fetch(
            CLAIM, sorted({identity(one) for one in heard}), tx.now, [topic for topic, _ in ordered], [key for _, key in ordered]
        )
        fresh = {row["message_id"] for row in rows if row["message_id"] is not None}
        held = {(row["topic"], row["key"]): row["state"] for row in rows if row["message_id"] is None}
        mine: list[Heard | Broken] = []
        for one in heard:
            if (message_id := identity(one)) not in fresh:
                RECORDS.labels(self.consumer, one.record.topic, "duplicate").inc()
                continue
            fresh.discard(message_id)
            state = held.get((one.record.topic, one.record.key_text))
            if state is not None and letters.holds(one.record.topic):
                await self._file(tx, one, letters.State(state), behind=True)
            else:
                mine.append(one)
        return mine

    async def _handle_all(self, tx: Tx, heard: Sequence[Heard | Broken]) -> None:
        stopped: dict[tuple[str, str], letters.State] = {}
        position = 0
        while position < len(heard):
            one = heard[position]
            place = (one.record.topic, one.record.key_text)
            if place in stopped and letters.holds(one.record.topic):
                await self._file(tx, one, stopped[place], behind=True)
            elif isinstance(one, Broken):
                await self._file(tx, one, letters.State.DEAD, error=one.reason, attempts=1)
                stopped[place] = letters.State.DEAD
            elif not stopped and (many := self.handlers.many.get(type(one.received.event))) is not None:
                run = _run_of_one_type(heard, position)
                await many(tx, [each.received for each in run])
                RECORDS.labels(self.consumer, one.record.topic, "handled").inc(len(run))
                self._handled += len(run)
                position += len(run)
                continue
            else:
                thing = await self._handle(tx, one)
                if thing is not None:
                    await self._file(tx, one, letters.State.WAITING, waits_for=thing)
                    stopped[place] = letters.State.WAITING
            position += 1

    async def _handle(self, tx: Tx, one: Heard) -> str | None:
        """Run the handler; returns what it waits for, if it does. Looks twice, so that what comes at the same moment is not missed."""
        for attempt in (1, 2):
            writes, said, things = tx.writes, len(tx.rows), len(tx.things)
            try:
                await run_handler(tx, self.handlers, one.received)
            except NotYet as missing:
                if tx.writes != writes or len(tx.rows) != said or len(tx.things) != things:
                    raise WroteBeforeWaiting(one, missing.thing) from None
                if attempt == 2:
                    return missing.thing
                await tx.connection.execute(LOCK_THING, missing.thing)
            else:
                RECORDS.labels(self.consumer, one.record.topic, "handled").inc()
                self._handled += 1
                return None
        return None

    async def release(self, tx: Tx) -> None:
        """Handle the records that waited for what this transaction brought, key by key in order. Raises HeldFailed for one whose fault it is."""
        while tx.things:
            things, tx.things = sorted(set(tx.things)), []
            for head in await letters.waiting_for(tx, things):
                await letters.lock_position(tx, head)
                letter: letters.Letter | None = head
                while letter is not None and await self.handle_held(tx, letter):
                    letter = await letters.next_behind(tx, letter)

    async def handle_held(self, tx: Tx, letter: letters.Letter) -> bool:
        """Handle one held record; True if it is settled, False if it is held again or not ours to take: it is claimed by its inbox row.

        Raises HeldFailed when its handler fails: nothing of this transaction may be kept then.
        """
        if not await letters.claim(tx, letter):
            return False
        if letter.asked == "discard":
            await letters.settle(tx, self.service, letter, "discarded")
            return True
        one = self._read(letter.record)
        if isinstance(one, Broken):
            await letters.bury(tx, self.service, letter, one.reason, attempts=letter.attempts + 1)
            return False
        if isinstance(one, Heard) and (one.received.id == letter.message_id or await letters.claim_own_id(tx, one.received.id)):
            try:
                thing = await self._handle(tx, one)
            except (*RERUN, *AWAY):
                raise
            except Exception as error:
                raise HeldFailed(letter, error) from error
            if thing is not None:
                await letters.wait_again(tx, self.service, letter, thing)
                return False
        await letters.settle(tx, self.service, letter, "redriven")
        return True

    async def bury_held(self, failed: HeldFailed) -> None:
        """After HeldFailed: that record is a dead letter, in a transaction of its own."""
        log.warning("a held record becomes a dead letter", topic=failed.letter.record.topic, error=repr(failed.error))
        async with self.database.transaction() as tx:
            await letters.bury(tx, self.service, failed.letter, f"{type(failed.error).__name__}: {failed.error}", attempts=failed.letter.attempts + 1)

    async def _file(
        self,
        tx: Tx,
        one: Heard | Broken,
        state: letters.State,
        *,
        waits_for: str | None = None,
        behind: bool = False,
        error: str = "",
        attempts: int = 0,
    ) -> None:
        self._dead += state is letters.State.DEAD and not behind
        outcome = "behind" if behind else state.value
        RECORDS.labels(self.consumer, one.record.topic, outcome).inc()
        letter = letters.Letter(identity(one), state, one.record, waits_for, behind, error, attempts, tx.now)
        await letters.file(tx, self.service, letter)

    async def _wait_for_database(self, error: BaseException, waiting: Callable[[], Awaitable[None]] | None) -> None:
        log.warning("the database is away; the batch waits", error=repr(error))
        if waiting is not None:
            await waiting()
        await asyncio.sleep(0.5)

    async def _until_database(self, work: Callable[[], Awaitable[None]], waiting: Callable[[], Awaitable[None]] | None) -> None:
        while True:
            try:
                return await work()
            except (*AWAY, *RERUN) as error:
                await self._wait_for_database(error, waiting)


async def run_handler(tx: Tx, handlers: Handlers, received: Received) -> None:
    """Call the function that takes this event, in the story of the event."""
    story = correlation.set(received.correlation_id)
    span = trace.set(new_traceparent(trace.get()))
    try:
        with tx.caused_by(received):
            many = handlers.many.get(type(received.event))
            if many is not None:
                await many(tx, [received])
            else:
                await handlers.on[received.event.TOPIC.name](tx, received.event)
    finally:
        correlation.reset(story)
        trace.reset(span)


def identity(one: Heard | Broken) -> UUID:
    """The message's id; a broken record, whose own id cannot be trusted, has one made of where it lies."""
    if isinstance(one, Heard):
        return one.received.id
    return uuid5(NO_ID, f"{one.record.topic}/{one.record.partition}/{one.record.offset}")


def _run_of_one_type(heard: Sequence[Heard | Broken], start: int) -> list[Heard]:
    first = heard[start]
    assert isinstance(first, Heard)
    run = [first]
    for one in heard[start + 1 :]:
        if not isinstance(one, Heard) or type(one.received.event) is not type(first.received.event):
            break
        run.append(one)
    return run
