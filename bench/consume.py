"""`python -m bench.consume`: events consumed with inbox, one state write and one outbox row each.

It is compared with a FastStream subscriber that takes one record at a time with ACK and does the same writes in one
transaction. Each consumer is a process of its own. The rate is measured from its first record to its last commit; its
CPU comes from the operating system.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from bench.ground import Ground, Size, fee_due, ground, say, size, wire
from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.kafka.brake import Brake
from chassis.kafka.consumer import Consumer, Handlers
from chassis.kafka.inbox import Inbox
from chassis.service import calm_collector
from contracts.envelope import Received, decode
from contracts.events.applications import ApplicationFeeDue
from contracts.events.intake import IntakeApplicationsEvent
from contracts.events.payments import FeePaid

ONE_BY_ONE, MANY_EVENTS = 3_000, 30_000
TABLE = "CREATE TABLE fees (application_id uuid PRIMARY KEY, state text NOT NULL, version bigint NOT NULL)"
OPEN = "INSERT INTO fees VALUES ($1, 'due', 1) RETURNING application_id"
OPEN_MANY = (
    "INSERT INTO fees SELECT id, 'due', 1 FROM unnest($1::uuid[]) AS t (id) ORDER BY id RETURNING application_id"
)
CLAIM = "INSERT INTO inbox (message_id, status, at) VALUES ($1, 'done', $2) ON CONFLICT DO NOTHING RETURNING message_id"


async def on_applications(tx: Tx, event: IntakeApplicationsEvent) -> None:
    """One state write and one outbox row."""
    assert isinstance(event, ApplicationFeeDue)
    await tx.lock(event.application_id, OPEN, event.application_id)
    await tx.emit(FeePaid(application_id=event.application_id, person_id=event.person_id, amount=event.fee))


async def on_many(tx: Tx, received: Sequence[Received]) -> None:
    """The same for a batch: one statement."""
    events: list[Any] = [one.event for one in received]
    ids = [event.application_id for event in events]
    await tx.lock_many(ids, OPEN_MANY, ids)
    for one, event in zip(received, events, strict=True):
        with tx.caused_by(one):
            await tx.emit(FeePaid(application_id=event.application_id, person_id=event.person_id, amount=event.fee))


class Meter:
    """Counts records. When all are there it prints the seconds since the first, and the process's CPU seconds since
    then."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.done = wanted, 0
        self.began = self.cpu = 0.0
        self.all = asyncio.Event()

    def begin(self) -> None:
        if not self.began:
            self.began, self.cpu = time.monotonic(), time.process_time()

    def add(self, count: int) -> None:
        self.done += count
        if self.done >= self.wanted:
            sys.stdout.write(f"{time.monotonic() - self.began} {time.process_time() - self.cpu}\n")
            sys.stdout.flush()
            self.all.set()


class MeteredInbox(Inbox):
    """The chassis' inbox with a meter around each batch."""

    meter: Meter

    async def take(self, records: Any, waiting: Any = None) -> None:
        self.meter.begin()
        await super().take(records, waiting)
        self.meter.add(len(records))


async def child(mode: str, dsn: str, bootstrap: str, wanted: int, group: str) -> None:
    """One consumer process."""
    database = await Database.connect("payments", dsn)
    meter = Meter(wanted)
    if mode == "one-by-one":
        await _one_by_one(database, bootstrap, group, meter)
        return
    handlers = Handlers(
        {"intake.applications": on_applications}, {ApplicationFeeDue: on_many} if mode == "batch-store" else {}
    )
    inbox = MeteredInbox("payments", database, handlers, Brake("payments", database))
    inbox.meter = meter
    control = Inbox("none", database, Handlers({}), Brake("none", database))
    consumer = Consumer(group, bootstrap, inbox, control, lambda error: os._exit(1))
    consumer.start()
    await meter.all.wait()
    await consumer.stop()


async def _one_by_one(database: Database, bootstrap: str, group: str, meter: Meter) -> None:
    broker = KafkaBroker(bootstrap, logger=None)

    @broker.subscriber("intake.applications", group_id=group, ack_policy=AckPolicy.ACK, auto_offset_reset="earliest")
    async def take(body: Any, message: KafkaMessage) -> None:
        meter.begin()
        record: Any = message.raw_message
        received = decode(record.topic, record.key, record.value, record.headers)
        async with database.transaction() as tx:
            tx.cause = received
            if await tx.fetchrow(CLAIM, received.id, tx.now) is not None:
                await on_applications(tx, received.event)  # type: ignore[arg-type]
        meter.add(1)

    await broker.start()
    await meter.all.wait()
    await broker.stop()


def measure(mode: str, dsn: str, bootstrap: str, wanted: int, group: str) -> tuple[float, float]:
    """Events per second, and per second of the process's CPU."""
    command = [sys.executable, "-m", "bench.consume", "child", mode, dsn, bootstrap, str(wanted), group]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    elapsed, cpu = (float(part) for part in found.stdout.split()[:2])
    return wanted / elapsed, wanted / cpu


async def produce(place: Ground, count: int) -> None:
    """Put this many events on the topic, a thousand at a time."""
    producer = AIOKafkaProducer(
        bootstrap_servers=place.bootstrap, enable_idempotence=True, max_batch_size=262144, compression_type="lz4"
    )
    await producer.start()
    for start in range(0, count, 1000):
        records = [wire(fee_due()) for _ in range(min(1000, count - start))]
        sent = [await producer.send(topic, value, key=key, headers=found) for topic, key, value, found in records]
        await asyncio.gather(*sent)
    await producer.stop()


async def main(how: Size) -> None:
    """The benchmark."""
    async with ground() as place:
        await produce(place, how.of(MANY_EVENTS))
        found: dict[str, list[tuple[float, float]]] = {"one-by-one": [], "batch": [], "batch-store": []}
        for run in range(how.runs):
            for mode, rates in found.items():
                wanted = how.of(ONE_BY_ONE if mode == "one-by-one" else MANY_EVENTS)
                rates.append(measure(mode, await place.database(TABLE), place.bootstrap, wanted, f"{mode}-{run}"))
    for mode, rates in found.items():
        say(f"{mode}: events per second", [rate for rate, _ in rates], "/s")
        say(f"{mode}: events per second of its CPU", [rate for _, rate in rates], "/s")
    single = found["one-by-one"]
    say(
        "ratio batch / one-by-one (wanted: at least 8)",
        [many[0] / one[0] for one, many in zip(single, found["batch"], strict=True)],
        "",
    )
    say(
        "ratio batch-store / one-by-one",
        [many[0] / one[0] for one, many in zip(single, found["batch-store"], strict=True)],
        "",
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        calm_collector()
        uvloop.run(child(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]), sys.argv[6]))
    else:
        uvloop.run(main(size("consume")[0]))
