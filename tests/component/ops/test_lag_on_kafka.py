"""The lag of consumers, asked of a real Kafka."""

import asyncio
import time
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.topics import CONSUMERS, TOPICS
from services.ops.clients import FRESH, Cluster
from tests.component.conftest import StartService
from tests.component.ops.conftest import Console


async def produce(
    bootstrap: str, topic: str, count: int, *, partition: int = 0, ago: float = 0, transactional: bool = False
) -> None:
    settings: dict[str, Any] = {"transactional_id": f"test-{uuid4()}"} if transactional else {}
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, **settings)
    await producer.start()
    try:
        for _ in range(count):
            if transactional:
                await producer.begin_transaction()
            written_at = int((time.time() - ago) * 1000)
            await producer.send_and_wait(topic, b"{}", key=b"k", partition=partition, timestamp_ms=written_at)
            if transactional:
                await producer.commit_transaction()
    finally:
        await producer.stop()


async def commit(bootstrap: str, group: str, topic: str, offset: int, partition: int = 0) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(topic, partition)
        consumer.assign([place])
        await consumer.commit({place: offset})
    finally:
        await consumer.stop()


async def read_all_and_commit(bootstrap: str, group: str, topic: str) -> None:
    """Read committed records until all were handed out, then commit the position after the last of them, like our
    consumers."""
    place = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, isolation_level="read_committed"
    )
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        record = await asyncio.wait_for(consumer.getone(place), 10)
        await consumer.commit({place: record.offset + 1})
    finally:
        await consumer.stop()


async def test_everything_at_once(kafka: str, service: StartService) -> None:
    ops = await service("ops", kafka_bootstrap=kafka)
    console = Console(ops, await ops.add_person(roles=("operator",)))
    await produce(kafka, "payments.fees", 5, ago=120)
    await produce(kafka, "payments.fees", 3, partition=2, ago=30)
    await produce(kafka, "intake.catalog", 1, transactional=True)
    await produce(kafka, "ops.redrives", 2)
    await commit(kafka, "intake", "payments.fees", 5)
    await commit(kafka, "notify", "payments.fees", 2)
    await commit(kafka, "review.control", "ops.redrives", 2)
    await read_all_and_commit(kafka, "badging", "intake.catalog")

    began = time.monotonic()
    items = await console.items("consumers")
    elapsed = time.monotonic() - began
    assert elapsed < 5
    rows = {(one["consumer"], one["topic"], one["partition"]): one for one in items}
    assert len(rows) == len(items)

    # Caught up; a little behind; never committed.
    assert rows["intake", "payments.fees", 0] == {
        "consumer": "intake",
        "topic": "payments.fees",
        "partition": 0,
        "committed": 5,
        "end": 5,
        "lag_records": 0,
        "lag_seconds": 0.0,
    }
    behind = rows["notify", "payments.fees", 0]
    assert (behind["committed"], behind["lag_records"]) == (2, 3)
    assert 119 < behind["lag_seconds"] < 150
    never = rows["notify", "payments.fees", 2]
    assert (never["committed"], never["end"], never["lag_records"]) == (None, 3, 3)
    assert 29 < never["lag_seconds"] < 60
    assert (rows["ops", "payments.fees", 0]["lag_records"], rows["intake", "payments.fees", 1]["lag_records"]) == (5, 0)

    # Behind the only record of a transaction lies its mark, which is nobody's work.
    marked = rows["badging", "intake.catalog", 0]
    assert (marked["committed"], marked["end"], marked["lag_records"], marked["lag_seconds"]) == (1, 2, 0, 0.0)
    assert rows["review", "intake.catalog", 0]["lag_records"] == 2

    # What operators ask is heard by a group of its own.
    assert (rows["review", "ops.redrives", 0]["lag_records"], rows["badging", "ops.redrives", 0]["lag_records"]) == (
        0,
        2,
    )

    only = await console.items("consumers", consumer="notify", topic="payments.fees")
    assert [(one["partition"], one["lag_records"]) for one in only] == [(0, 3), (1, 0), (2, 3), (3, 0)]
    page = (await console.get("consumers", limit=7)).json()
    assert (page["items"], page["next"] is not None) == (items[:7], True)

    topics = {one["topic"]: one for one in await console.items("topics")}
    assert list(topics) == list(TOPICS)
    assert topics["payments.fees"]["records"] == 8
    assert topics["payments.fees"]["consumers"] == ["intake", "notify", "ops"]
    assert topics["payments.fees"]["partitions"][2] == {"partition": 2, "beginning": 0, "end": 3}
    assert [topics[name]["kept"] for name in ("payments.fees", "intake.people", "intake.links")] == [
        "for ever",
        "compacted",
        "7 days",
    ]
    assert topics["intake.people"]["consumers"] == ["badging", "notify", "ops", "payments", "review"]
    assert set(topics["ops.redrives"]["consumers"]) == set(CONSUMERS)


async def test_an_answer_is_given_again_for_a_moment_only(kafka: str) -> None:
    moments = [1000.0]
    cluster = Cluster(kafka, now=lambda: moments[0])
    first, again = await asyncio.gather(cluster.snapshot(), cluster.snapshot())
    await produce(kafka, "payments.fees", 1)
    moments[0] += FRESH
    assert first is again is await cluster.snapshot()
    moments[0] += 0.1
    assert (await cluster.snapshot()).offsets.ends["payments.fees", 0] == 1


async def test_without_kafka_the_console_says_so(console: Console) -> None:
    for path in ("consumers", "topics"):
        response = await console.get(path)
        assert (response.status_code, response.json()["type"], response.headers["Retry-After"]) == (
            503,
            "kafka_away",
            "2",
        )
    assert (await console.get("dead-letters")).status_code == 200
