"""One database transaction as the services see it: the rows they read and lock, and what they say.

Nothing in here commits: the edge does (`chassis.database.pool`). Nothing in here calls the outside world.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from chassis.kafka.outcome import short
from chassis.telemetry import current_traceparent
from contracts.envelope import Envelope, Received, caused_id, encode, header_texts
from contracts.event import Event, without_major
from contracts.topics import INTAKE_PEOPLE

MOST_BYTES = 512 * 1024

_SAID = Envelope[Any]

_OUTBOX = """
    INSERT INTO outbox (topic, key, headers, payload, compacted, at)
    SELECT * FROM unnest(${}::text[], ${}::text[], ${}::bytea[], ${}::bytea[], ${}::boolean[], ${}::timestamptz[])
"""
INSERT_OUTBOX = _OUTBOX.format(*range(1, 7))


LOCKING = re.compile(r"\bFOR\s+(NO\s+KEY\s+)?UPDATE\b", re.IGNORECASE)


class KeyNotLocked(Exception):
    """An event was emitted without the lock on the row of its key: its order on the topic would not be that of the
    commits."""


class NotSingle(Exception):
    """More was asked of a transaction than reads and one write."""


class Overtaken(Exception):
    """Somebody else changed meanwhile what was read; nothing was written."""


class TooLarge(Exception):
    """An event of more than 512 KB: what people wrote travels as a claim."""


@dataclass(slots=True)
class OutboxRow:
    """One message as it will be sent; its headers are packed."""

    topic: str
    key: str
    headers: bytes
    payload: bytes | None
    compacted: bool


def pack_headers(pairs: Iterable[tuple[str, bytes]]) -> bytes:
    """Headers as one column value; any bytes survive."""
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in pairs])


def unpack_headers(packed: bytes) -> list[tuple[str, bytes]]:
    """The inverse of `pack_headers`."""
    return [(name, value.encode("latin-1", "replace")) for name, value in orjson.loads(packed)]


@dataclass(slots=True)
class Tx:
    """A transaction in progress. `now` is the service's clock at its beginning; `cause` the message being handled, None
    over HTTP and in jobs."""

    connection: Any
    service: str
    build: str
    now: datetime
    correlation_id: UUID
    cause: Received | None = None
    single: bool = False
    writes: int = 0
    rows: list[OutboxRow] = field(default_factory=list)
    woken: set[str] = field(default_factory=set)
    things: list[str] = field(default_factory=list)
    changed_people: set[UUID] = field(default_factory=set)
    said: set[bool] = field(default_factory=set)
    _held: set[str] = field(default_factory=set)
    _said: dict[tuple[UUID, str, str], int] = field(default_factory=dict)

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """All rows."""
        self._count(sql)
        return await self.connection.fetch(sql, *args)  # type: ignore[no-any-return]

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        """The first row or None."""
        self._count(sql)
        return await self.connection.fetchrow(sql, *args)  # type: ignore[no-any-return]

    async def fetchval(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        self._count(sql)
        return await self.connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Run one statement; returns PostgreSQL's command tag."""
        self._count(sql)
        return await self.connection.execute(sql, *args)  # type: ignore[no-any-return]

    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for many rows, pipelined."""
        self._count(sql)
        await self.connection.executemany(sql, rows)

    async def lock(self, key: object, sql: str, *args: object) -> asyncpg.Record | None:
        """Run `sql`, a SELECT ... FOR UPDATE or a writing ... RETURNING of the row that owns the Kafka key; the key is
        held if a row came."""
        self._demand_lock(sql)
        row = await self.fetchrow(sql, *args)
        if row is not None:
            self._held.add(str(key))
        return row

    async def lock_many(self, keys: Iterable[object], sql: str, *args: object) -> list[asyncpg.Record]:
        """`lock` for many rows in one statement; `sql` must lock in a fixed order. All `keys` count as held: pass those
        that exist."""
        self._demand_lock(sql)
        rows = await self.fetch(sql, *args)
        self._held.update(str(key) for key in keys)
        return rows

    async def write(self, key: object, sql: str, *args: object, says: Sequence[Event] = ()) -> asyncpg.Record | None:
        """`lock` with a writing ... RETURNING, and if a row came, what follows is said; without a row nothing is.

        In `database.single()` all of it is one statement, so `sql` is a plain INSERT, UPDATE or DELETE. Raises what
        `emit` raises.
        """
        if not self.single:
            row = await self.lock(key, sql, *args)
            for event in says if row is not None else ():
                await self.emit(event)
            return row
        if not says:
            return await self.fetchrow(sql, *args)
        rows = [self._row(event, event.key) for event in says]
        if strangers := sorted({row.key for row in rows} - {str(key)}):
            raise KeyNotLocked(f"only {key} is written, so nothing can be said with the key {strangers[0]}")
        row = await self.fetchrow(_saying(sql, len(args)), *args, *self._columns(rows))
        if row is not None:
            self.said.update(one.compacted for one in rows)
            self.changed_people.update(UUID(one.key) for one in rows if one.topic == INTAKE_PEOPLE.name)
        return row

    async def emit(self, event: Event) -> UUID:
        """Say a fact: an outbox row in this transaction. Returns the message's id.

        Raises KeyNotLocked, TooLarge. A fact caused by a message has an id derived from it, so saying it again is
        harmless.
        """
        if self.single:
            raise NotSingle(
                f"{event.TYPE} cannot be said in database.single() but by tx.write; use database.transaction()"
            )
        key = event.key
        if key not in self._held:
            raise KeyNotLocked(f"{event.TYPE} has key {key}; lock that row with tx.lock first")
        message_id = self._id_for(event, key)
        self.rows.append(self._row(event, key, message_id))
        if event.TOPIC is INTAKE_PEOPLE:
            self.changed_people.add(UUID(key))
        return message_id

    def wake(self, job: str) -> None:
        """After the commit, run this job of this process at once."""
        self.woken.add(job)

    def arrived(self, *things: str) -> None:
        """What records may have waited for is here: they are handled in this transaction."""
        self.things.extend(short(thing) for thing in things)

    @contextmanager
    def caused_by(self, received: Received) -> Iterator[None]:
        """What is emitted inside is caused by this message."""
        before = self.cause, self.correlation_id
        self.cause, self.correlation_id = received, received.correlation_id
        try:
            yield
        finally:
            self.cause, self.correlation_id = before

    async def flush(self) -> None:
        """Write the buffered outbox rows; the edge calls it just before the commit."""
        if not self.rows:
            return
        rows, self.rows = self.rows, []
        await self.connection.execute(INSERT_OUTBOX, *self._columns(rows))
        self.said.update(row.compacted for row in rows)

    def _columns(self, rows: Sequence[OutboxRow]) -> tuple[list[object], ...]:
        return (
            [row.topic for row in rows],
            [row.key for row in rows],
            [row.headers for row in rows],
            [row.payload for row in rows],
            [row.compacted for row in rows],
            [self.now] * len(rows),
        )

    def _row(self, event: Event, key: str, message_id: UUID | None = None) -> OutboxRow:
        envelope = _SAID(
            id=message_id or self._id_for(event, key),
            time=self.now,
            source=self.service,
            type=event.TYPE,
            correlation_id=self.correlation_id,
            causation_id=self.cause.id if self.cause else None,
            data=event,
        )
        payload = encode(envelope)
        if payload is not None and len(payload) > MOST_BYTES:
            raise TooLarge(
                f"{event.TYPE} has {len(payload)} bytes; at most {MOST_BYTES} travel: put texts into the object store"
            )
        packed = orjson.dumps(
            header_texts(envelope, self.build, current_traceparent())
        )  # all of them are ASCII, as `pack_headers` leaves it
        return OutboxRow(event.TOPIC.name, key, packed, payload, event.TOPIC.compacted)

    def _id_for(self, event: Event, key: str) -> UUID:
        if self.cause is None:
            return uuid4()
        said = (self.cause.id, without_major(event.TYPE), key)
        n = self._said.get(said, 0)
        self._said[said] = n + 1
        return caused_id(self.cause.id, event.TYPE, key, n)

    def _count(self, sql: str) -> None:
        kind = _kind(sql)
        if self.single and self.writes:
            raise NotSingle("database.single() ends with its one write; use database.transaction()")
        if kind.writes:
            self.writes += 1
        elif self.single and kind.locks:
            raise NotSingle("a lock in database.single() would end with its statement; use database.transaction()")

    @staticmethod
    def _demand_lock(sql: str) -> None:
        if not _kind(sql).locks:
            raise KeyNotLocked("tx.lock needs SELECT ... FOR UPDATE or a writing statement with RETURNING")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a statement does: whether it writes, and whether it locks the rows that it returns."""

    writes: bool
    locks: bool


@lru_cache(maxsize=4096)
def _kind(sql: str) -> _Kind:
    writes = not sql.lstrip()[:6].upper().startswith("SELECT")
    return _Kind(writes, LOCKING.search(sql) is not None or (writes and "RETURNING" in sql.upper()))


@lru_cache(maxsize=1024)
def _saying(sql: str, parameters: int) -> str:
    """`sql`, and in the same statement the outbox rows if it wrote. They are numbered after it holds its row, for they
    ask what it returned."""
    outbox = _OUTBOX.format(*range(parameters + 1, parameters + 7))
    return f"WITH it AS ({sql}), said AS ({outbox} WHERE EXISTS (SELECT FROM it)) SELECT * FROM it"
