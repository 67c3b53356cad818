"""Between the poll and our batch function nothing reads a record."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import ConsumerRecord

from chassis.kafka.brake import Brake
from chassis.kafka.consumer import Consumer, Handlers
from chassis.kafka.inbox import Inbox
from chassis.kafka.outcome import Record
from tests.component.chassis.conftest import MakeToy

TOPIC = "intake.applications"


class Watched:
    """A record that notes which function looks at what in it."""

    def __init__(self, record: ConsumerRecord) -> None:
        self._record, self.seen = record, set[tuple[str, str]]()

    def __getattr__(self, name: str) -> Any:
        caller = sys._getframe(1).f_code
        self.seen.add((name, caller.co_filename.rpartition("/")[2]))
        return getattr(self._record, name)


class Keeping(Inbox):
    """Keeps what it is given."""

    taken: Sequence[Record] = ()

    async def take(self, records: Sequence[Record], waiting: Callable[[], Awaitable[None]] | None = None) -> None:
        self.taken = records


class Settled:
    """Takes the place of the Kafka client, which is told when all records have an outcome."""

    times = 0

    def settled(self) -> None:
        self.times += 1


async def test_no_header_key_or_value_is_looked_at_before_our_batch_function(make_toy: MakeToy) -> None:
    toy = await make_toy()
    inbox = Keeping("payments", toy.database, Handlers({TOPIC: toy.on_applications}), Brake("payments", toy.database))
    ended: list[BaseException] = []
    consumer = Consumer(
        "payments",
        "127.0.0.1:1",
        inbox,
        Inbox("none", toy.database, Handlers({}), Brake("none", toy.database)),
        ended.append,
    )
    subscriber = consumer._subscribers["payments"]
    subscriber.consumer, subscriber.running = Settled(), True
    consumer.broker._setup_logger()
    subscriber._build_fastdepends_model()
    headers = (
        ("reply_to", b"dlq.payments"),
        ("content-type", b"application/json"),
        ("correlation_id", None),
        ("\u00e9", b"\xff"),
    )
    records = tuple(
        Watched(ConsumerRecord(TOPIC, 2, n, -1, 0, b"\xff", b"{" * n, None, 1, n, headers)) for n in range(3)
    )
    await subscriber.process_message(records)
    assert (ended, subscriber.consumer.times) == ([], 1)
    text = (
        ("reply_to", b"dlq.payments"),
        ("content-type", b"application/json"),
        ("correlation_id", b""),
        ("\u00e9", b"\xff"),
    )
    assert inbox.taken == [Record(TOPIC, 2, n, -1, b"\xff", b"{" * n, text) for n in range(3)]
    looked = {(name, file) for record in records for name, file in record.seen if name in ("headers", "key", "value")}
    assert looked == {("headers", "consumer.py"), ("key", "consumer.py"), ("value", "consumer.py")}
