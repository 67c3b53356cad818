"""Handling records inside a transaction: calling the handlers, holding records that must wait, releasing records that
waited."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import structlog

from chassis.database.pool import RERUN, Database
from chassis.database.transaction import Tx
from chassis.kafka import letters
from chassis.kafka.outcome import Broken, Heard, NotYet, Record, blame
from chassis.kafka.reading import identity, read
from chassis.telemetry import counted, hop
from contracts.envelope import Received
from contracts.event import Event

log = structlog.get_logger(__name__)

T = TypeVar("T")

LOCK_THING = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))"

Handler = Callable[[Tx, Any], Awaitable[None]]
ManyHandler = Callable[[Tx, Sequence[Received]], Awaitable[None]]
RawHandler = Callable[[Tx, Sequence[Record]], Awaitable[None]]


@dataclass(frozen=True)
class Handlers:
    """Which function handles what. `on`: topic -> function of one event. `many`: event class -> function of several
    events at once, for busy topics. If one function handles several classes, it gets their records together and in
    order.

    `raw` takes every record of `raw_topics` as it came, in order, once. It works by positions alone, without inbox and
    contract, and is for a journal. `patience_ms`: for how many milliseconds records may be delayed to come in larger
    batches, which cost less for each record.
    """

    on: Mapping[str, Handler]
    many: Mapping[type[Event], ManyHandler] = field(default_factory=dict)
    raw: RawHandler | None = None
    raw_topics: Sequence[str] = ()
    patience_ms: int = 0

    @property
    def topics(self) -> list[str]:
        """All topics to subscribe to."""
        return sorted({*self.on, *self.raw_topics})


class HeldFailed(Exception):
    """A record that had been waiting failed in the transaction that brought what it waited for. That record is at
    fault, not the new one."""

    def __init__(self, letter: letters.Letter, error: Exception) -> None:
        super().__init__(str(error))
        self.letter, self.error = letter, error


class WroteBeforeWaiting(Exception):
    """A handler raised NotYet after a write, so its transaction must not be committed."""

    def __init__(self, heard: Heard, thing: str) -> None:
        super().__init__(f"{heard.received.type} wrote before it found that {thing} is missing")
        self.thing = thing


@dataclass
class Tally:
    """What became of the records of one transaction."""

    handled: int = 0
    dead: int = 0


class Handling:
    """How one consumer handles records in a transaction that somebody else opens and commits."""

    def __init__(self, consumer: str, service: str, handlers: Handlers) -> None:
        self.consumer = consumer
        self.service = service
        self.handlers = handlers
        self.tally = Tally()

    async def handle_all(self, tx: Tx, heard: Sequence[Heard | Broken]) -> None:
        stopped: dict[tuple[str, str], letters.State] = {}
        position = 0
        while position < len(heard):
            one = heard[position]
            place = (one.record.topic, one.record.key_text)
            if place in stopped and letters.holds(one.record.topic):
                await self.file(tx, one, stopped[place], behind=True)
            elif isinstance(one, Broken):
                await self.file(tx, one, letters.State.DEAD, error=one.reason, attempts=1)
                stopped[place] = letters.State.DEAD
            elif not stopped and (many := self.handlers.many.get(type(one.received.event))) is not None:
                run = _run_for(many, self.handlers, heard, position)
                if len(run) == 1:
                    await self._handle_or_wait(tx, one, stopped)
                    position += 1
                    continue
                await many(tx, [each.received for each in run])
                counted(self.consumer, one.record.topic, "handled").inc(len(run))
                self.tally.handled += len(run)
                position += len(run)
                continue
            else:
                await self._handle_or_wait(tx, one, stopped)
            position += 1

    async def _handle_or_wait(self, tx: Tx, one: Heard, stopped: dict[tuple[str, str], letters.State]) -> None:
        thing = await self._handle(tx, one)
        if thing is not None:
            await self.file(tx, one, letters.State.WAITING, waits_for=thing)
            stopped[one.record.topic, one.record.key_text] = letters.State.WAITING

    async def _handle(self, tx: Tx, one: Heard) -> str | None:
        """Run the handler; returns what the record waits for, if anything. It checks twice, so that a thing that
        arrives at the same moment is not missed."""
        for attempt in (1, 2):
            writes, said, things = tx.writes, len(tx.rows), len(tx.things)
            try:
                await _run(tx, self.handlers, one)
            except NotYet as missing:
                if tx.writes != writes or len(tx.rows) != said or len(tx.things) != things:
                    raise WroteBeforeWaiting(one, missing.thing) from None
                if attempt == 2:
                    return missing.thing
                await tx.connection.execute(LOCK_THING, missing.thing)
            else:
                counted(self.consumer, one.record.topic, "handled").inc()
                self.tally.handled += 1
                return None
        return None

    async def release(self, tx: Tx) -> None:
        """Handle the records that waited for what this transaction brought, in the order of each key. Raises HeldFailed
        if one of them fails."""
        while tx.things:
            things, tx.things = sorted(set(tx.things)), []
            for head in await letters.waiting_for(tx, things):
                await letters.lock_position(tx, head)
                letter: letters.Letter | None = head
                while letter is not None and await self.handle_held(tx, letter):
                    letter = await letters.next_behind(tx, letter)

    async def handle_held(self, tx: Tx, letter: letters.Letter) -> bool:
        """Handle one held record, claimed by its inbox row. True if it is settled; False if it is held again, or
        somebody else has claimed it.

        Raises HeldFailed when its handler fails; then nothing of this transaction may be committed.
        """
        if not await letters.claim(tx, letter):
            return False
        if letter.asked == "discard":
            await letters.settle(tx, self.service, letter, "discarded")
            return True
        if self.handlers.raw is not None and letter.record.topic not in self.handlers.on:
            await self._try(letter, self.handlers.raw(tx, [letter.record]))
            await letters.settle(tx, self.service, letter, "redriven")
            return True
        one = read(letter.record, self.service)
        if isinstance(one, Broken) and letters.forgotten(letter):
            await letters.settle(tx, self.service, letter, "redriven")
            return True
        if isinstance(one, Broken):
            await letters.bury(tx, self.service, letter, one.reason, attempts=letter.attempts + 1)
            return False
        if isinstance(one, Heard) and (
            one.received.id == letter.message_id or await letters.claim_own_id(tx, one.received.id)
        ):
            thing = await self._try(letter, self._handle(tx, one))
            if thing is not None:
                await letters.wait_again(tx, self.service, letter, thing)
                return False
        await letters.settle(tx, self.service, letter, "redriven")
        return True

    async def _try(self, letter: letters.Letter, work: Awaitable[T]) -> T:
        try:
            return await work
        except RERUN:
            raise
        except Exception as error:
            raise HeldFailed(letter, error) from error

    async def bury_held(self, database: Database, failed: HeldFailed) -> None:
        """After HeldFailed: make that record a dead letter, in a transaction of its own."""
        log.warning("a held record becomes a dead letter", topic=failed.letter.record.topic, error=blame(failed.error))
        async with database.transaction() as tx:
            await letters.bury(
                tx, self.service, failed.letter, blame(failed.error), attempts=failed.letter.attempts + 1
            )

    async def file(
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
        self.tally.dead += state is letters.State.DEAD and not behind
        outcome = "behind" if behind else state.value
        counted(self.consumer, one.record.topic, outcome).inc()
        letter = letters.Letter(identity(one), state, one.record, waits_for, behind, error, attempts, tx.now)
        await letters.file(tx, self.service, letter)


async def _run(tx: Tx, handlers: Handlers, one: Heard) -> None:
    """Call the function that handles this event, with the event's correlation id and trace."""
    received = one.received
    with hop(received.type, received.correlation_id, _traceparent(one.record), "consumer"), tx.caused_by(received):
        many = handlers.many.get(type(received.event))
        if many is not None:
            await many(tx, [received])
        else:
            await handlers.on[received.event.TOPIC.name](tx, received.event)


def _traceparent(record: Record) -> str | None:
    return next(
        (
            value.decode("ascii", "replace")
            for name, value in record.headers
            if name == "traceparent" and value is not None
        ),
        None,
    )


def _run_for(many: ManyHandler, handlers: Handlers, heard: Sequence[Heard | Broken], start: int) -> list[Heard]:
    """The records from `start` up to the first one that this function does not handle."""
    run: list[Heard] = []
    for one in islice(heard, start, None):
        if not isinstance(one, Heard) or handlers.many.get(type(one.received.event)) is not many:
            break
        run.append(one)
    return run
