"""One transaction as the services see it: the rows that they load and save, and the events that they say.

Nothing in here commits; `chassis.database.pool` does. Nothing in here calls the outside world.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from chassis.database.outbox import OutboxRow, columns, row_of
from chassis.database.statements import AS_READ, INSERT_OUTBOX, kind_of, saying
from chassis.kafka.outcome import short
from contracts.envelope import Envelope, Received, caused_id
from contracts.event import Event, without_major
from contracts.topics import INTAKE_PEOPLE

_SAID = Envelope[Any]


class KeyNotLocked(Exception):
    """An event was emitted without a lock on the row of its key. Its order on the topic could differ from the order of
    the commits."""


class Overtaken(Exception):
    """Somebody else changed the row after it was read. Nothing was written."""


class OnlyReading(Exception):
    """`Database.reading` was used for a write or a lock. Use `Database.write`."""


class Way(Enum):
    """How a transaction works."""

    READS = "reads"
    """Each statement runs by itself; nothing is written."""
    TRIES = "tries"
    """It reads without locks, and each save checks that its row did not change. A transaction begins only when one is
    needed."""
    LOCKS = "locks"
    """A transaction from beginning to end, which locks what it loads."""


@dataclass(frozen=True, slots=True)
class _Save:
    """A write that will be run later, with the events that it says."""

    key: str
    sql: str
    args: tuple[object, ...]
    rows: list[OutboxRow]
    otherwise: Exception | None
    may_be_nothing: bool


@dataclass(slots=True)
class Tx:
    """A transaction in progress. `now` is the service's clock at its beginning; `cause` the message being handled, None
    over HTTP and in jobs."""

    connection: Any
    service: str
    build: str
    now: datetime
    correlation_id: UUID
    way: Way = Way.LOCKS
    begin: Callable[[], Awaitable[None]] | None = None
    """Begins the transaction. None if it has begun, or if there will be none."""
    cause: Received | None = None
    writes: int = 0
    rows: list[OutboxRow] = field(default_factory=list)
    woken: set[str] = field(default_factory=set)
    things: list[str] = field(default_factory=list)
    changed_people: set[UUID] = field(default_factory=set)
    said: set[bool] = field(default_factory=set)
    loaded: dict[tuple[object, ...], asyncpg.Record | None] = field(default_factory=dict)  # for `write(after=...)`
    _held: set[str] = field(default_factory=set)
    _said: dict[tuple[UUID, str, str], int] = field(default_factory=dict)
    _put_off: _Save | None = None

    @property
    def happened(self) -> datetime:
        """The time of the message being handled; `now` if there is none."""
        return self.now if self.cause is None else self.cause.time

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """All rows."""
        await self._ready(sql)
        return await self.connection.fetch(sql, *args)  # type: ignore[no-any-return]

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        """The first row or None."""
        await self._ready(sql)
        return await self.connection.fetchrow(sql, *args)  # type: ignore[no-any-return]

    async def fetchval(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        await self._ready(sql)
        return await self.connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Run one statement and return PostgreSQL's command tag. If the tag is not needed, `note` costs less."""
        await self._ready(sql)
        return await self.connection.execute(sql, *args)  # type: ignore[no-any-return]

    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for many rows, pipelined."""
        await self._ready(sql)
        await self.connection.executemany(sql, rows)

    async def lock(self, key: object, sql: str, *args: object) -> asyncpg.Record | None:
        """Run `sql`: a SELECT ... FOR UPDATE, or a write with RETURNING, of the row that owns the Kafka key. If a row
        comes back, the key is locked."""
        self._demand_lock(sql)
        row = await self.fetchrow(sql, *args)
        if row is not None:
            self._held.add(str(key))
        return row

    async def lock_many(self, keys: Iterable[object], sql: str, *args: object) -> list[asyncpg.Record]:
        """`lock` for many rows in one statement; `sql` must lock in a fixed order. All `keys` count as locked, so pass
        only those that exist."""
        self._demand_lock(sql)
        rows = await self.fetch(sql, *args)
        self._held.update(str(key) for key in keys)
        return rows

    async def load(self, key: object, sql: str, *args: object, lock: str) -> asyncpg.Record | None:
        """The row that owns the Kafka key, for a decision and a `save`. `sql` is a plain SELECT; `lock` is the name of
        the row's table in it.

        If the transaction locks, it locks the row and with it the key. A statement that waited for the lock shows that
        row as it is now, but its subqueries and joins show the state before the wait. So it runs again, unless its
        columns `version` and `version_as_read` are equal.
        """
        if self.way is not Way.LOCKS:
            row = self.loaded.get((sql, *args)) or await self.fetchrow(sql, *args)
            return self.loaded.setdefault((sql, *args), row) if self.way is Way.READS else row
        row = await self.lock(key, f"{sql} FOR NO KEY UPDATE OF {lock}", *args)
        if row is not None and kind_of(sql).reads_more and row.get(AS_READ, row) != row.get("version"):
            row = await self.fetchrow(sql, *args)
        return row

    async def save(
        self, key: object, sql: str, *args: object, says: Sequence[Event] = (), otherwise: Exception | None = None
    ) -> tuple[UUID, ...]:
        """Write the row that owns the Kafka key, if it did not change since it was loaded, and say the events. `sql` is
        a write with RETURNING and that condition. Returns the ids of the messages, in the order of `says`.

        If it writes nothing, it raises `otherwise`, or else Overtaken; then `Database.write` runs the whole work again
        with locks. A save is run late: when a lock or a dependent statement needs it, or at the end. So these
        exceptions may come after the use case has ended. Raises what `emit` raises.
        """
        self._demand_lock(sql)
        ids = tuple(self._id_for(event, event.key) for event in says)
        rows = [self._row(event, event.key, message_id) for event, message_id in zip(says, ids, strict=True)]
        if strangers := sorted({row.key for row in rows} - {str(key)} - self._held):
            raise KeyNotLocked(f"only {key} is written, so nothing can be said with the key {strangers[0]}")
        await self._put(_Save(str(key), sql, args, rows, otherwise, may_be_nothing=False))
        return ids

    async def note(self, sql: str, *args: object) -> None:
        """Write something on which nothing else in this work depends. It may change no row. It is run late, like a
        save."""
        await self._put(_Save("", sql, args, [], None, may_be_nothing=True))

    async def emit(self, event: Event) -> UUID:
        """Say an event: add an outbox row in this transaction. Returns the message's id.

        Raises KeyNotLocked, TooLarge. The id of an event that a message caused is derived from that message, so saying
        it again is harmless.
        """
        key = event.key
        saved = self._put_off is not None and self._put_off.key == key
        if key not in self._held and not saved:
            raise KeyNotLocked(f"{event.TYPE} has key {key}; lock that row with tx.lock first")
        message_id = self._id_for(event, key)
        row = self._row(event, key, message_id)
        if self._put_off is not None and saved:
            self._put_off.rows.append(row)
        else:
            self.rows.append(row)
            self._note_people([row])
        return message_id

    def wake(self, job: str) -> None:
        """Run this job of this process right after the commit."""
        self.woken.add(job)

    def arrived(self, *things: str) -> None:
        """The thing that some records wait for is here now. They are handled in this transaction."""
        self.things.extend(short(thing) for thing in things)

    @contextmanager
    def caused_by(self, received: Received) -> Iterator[None]:
        """Events emitted inside have this message as their cause."""
        before = self.cause, self.correlation_id
        self.cause, self.correlation_id = received, received.correlation_id
        try:
            yield
        finally:
            self.cause, self.correlation_id = before

    async def finish(self) -> None:
        """Run the late writes and insert the outbox rows. The pool calls this at the end of the work, before the
        commit."""
        alone = self._put_off
        if alone is not None and (kind_of(alone.sql).carries or not alone.rows):
            self._put_off = None
            await self._carry_out(alone, alone=True)
            return
        if self._put_off is not None:
            await self._begin()
        if self.rows:
            rows, self.rows = self.rows, []
            await self.connection.execute(INSERT_OUTBOX, *columns(rows, self.now))
            self.said.update(row.compacted for row in rows)

    async def _ready(self, sql: str) -> None:
        """Before each statement: begin the transaction if the statement needs one."""
        kind = kind_of(sql)
        if self.way is Way.READS and kind.lasts:
            raise OnlyReading("database.reading() was used to write or to lock; use database.write()")
        if kind.lasts or self._put_off is not None:
            await self._begin()
        self.writes += kind.writes

    async def _begin(self) -> None:
        """Begin the transaction, unless it has begun, and run the late writes first."""
        if self.begin is not None:
            begin, self.begin = self.begin, None
            await begin()
        if self._put_off is not None:
            save, self._put_off = self._put_off, None
            await self._carry_out(save)

    async def _put(self, save: _Save) -> None:
        if self.way is Way.READS:
            raise OnlyReading(f"tx.save and tx.note are for database.write(), not for one that {self.way.value}")
        if self.begin is not None and self._put_off is None:
            self._put_off = save
            self.writes += 1
            return
        await self._begin()
        self.writes += 1
        await self._carry_out(save)

    async def _carry_out(self, save: _Save, *, alone: bool = False) -> None:
        """Run it. `alone`: as one statement that commits by itself, events included."""
        if save.may_be_nothing:
            await self.connection.execute(save.sql, *save.args)
            return
        at_once = alone and save.rows
        sql = saying(save.sql, len(save.args)) if at_once else save.sql
        its_rows = columns(save.rows, self.now) if at_once else ()
        if await self.connection.fetchrow(sql, *save.args, *its_rows) is None:
            raise save.otherwise or Overtaken(save.key)
        self._note_people(save.rows)
        if alone:
            self.said.update(row.compacted for row in save.rows)
        else:
            self._held.add(save.key)
            self.rows.extend(save.rows)

    def _note_people(self, rows: Sequence[OutboxRow]) -> None:
        self.changed_people.update(UUID(row.key) for row in rows if row.topic == INTAKE_PEOPLE.name)

    def _row(self, event: Event, key: str, message_id: UUID) -> OutboxRow:
        envelope = _SAID(
            id=message_id,
            time=self.now,
            source=self.service,
            type=event.TYPE,
            correlation_id=self.correlation_id,
            causation_id=self.cause.id if self.cause else None,
            data=event,
        )
        return row_of(envelope, event.TOPIC, key, self.build)

    def _id_for(self, event: Event, key: str) -> UUID:
        if self.cause is None:
            return uuid4()
        said = (self.cause.id, without_major(event.TYPE), key)
        n = self._said.get(said, 0)
        self._said[said] = n + 1
        return caused_id(self.cause.id, event.TYPE, key, n)

    @staticmethod
    def _demand_lock(sql: str) -> None:
        if not kind_of(sql).locks:
            raise KeyNotLocked("this needs SELECT ... FOR UPDATE, or a writing statement with RETURNING")
