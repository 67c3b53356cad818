"""No record is skipped, although the framework may forget one, the client drains, or a wait is long. `readyz` says what
is not handled."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from fastapi import FastAPI
from faststream import BaseMiddleware
from faststream.kafka import KafkaBroker

from chassis.database.pool import Database
from chassis.http import health
from chassis.kafka.consumer import Consumer
from chassis.kafka.lag import Lag
from chassis.kafka.polling import LongPoll, PassedOver, Records
from chassis.kafka.relay import Relay
from tests.conftest import NewDatabase
from tests.system.hearing import TOPIC, Hearing, all_have_outcomes, good
from tests.system.odd_batches import ZSTD, Odd, OddWriter
from tests.system.toy import TABLES
from tests.waiting import until

Client = TypeVar("Client", bound=LongPoll)


@pytest.fixture
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    database = await Database.connect("payments", await new_database("chassis"))
    await database.pool.execute(TABLES)
    yield database
    await database.close()


class PassesOver(BaseMiddleware):
    """A framework that raises before the batch function is called, and ignores its own exception."""

    async def on_receive(self) -> None:
        raise RuntimeError("something in between")


class Careless(Consumer):
    def _build(self) -> tuple[KafkaBroker, dict[str, Any]]:
        broker, subscribers = super()._build()
        broker.add_middleware(PassesOver)
        return broker, subscribers


async def test_when_the_framework_passes_over_a_batch_the_process_ends_and_no_position_moves(
    database: Database, kafka: str
) -> None:
    ids = [uuid4() for _ in range(3)]
    async with OddWriter(kafka) as writer:
        await writer.write(TOPIC, 0, [good(one) for one in ids])
        careless = Hearing(database, kafka, Careless)
        careless.consumer.start()

        async def ended() -> bool:
            return careless.ended != []

        try:
            await until(ended, 20, careless.well)
        finally:
            await careless.consumer.stop()
        assert {type(error) for error in careless.ended} == {PassedOver}
        assert "intake.applications/0 from offset 0 on" in str(careless.ended[0])
        assert (await careless.positions(), await careless.outcomes()) == ({}, (0, 0, 0))
        hearing = Hearing(database, kafka)  # what the supervisor starts next
        hearing.consumer.start()
        try:
            await all_have_outcomes(hearing, {0: 3})
        finally:
            await hearing.consumer.stop()
    assert await hearing.seen() == dict.fromkeys(ids, 1)


class Unlucky(LongPoll):
    """Kafka is away just when a partition is to be read carefully."""

    unlucky = 0

    async def _read_carefully(self, places: Mapping[TopicPartition, int]) -> Records:
        self.unlucky += 1
        return {} if self.unlucky == 1 else await super()._read_carefully(places)


@asynccontextmanager
async def polling(
    kafka: str, kind: type[Client], topic: str = TOPIC
) -> AsyncIterator[tuple[Client, list[BaseException]]]:
    """A client in a group of its own, and what it was ended by."""
    ended: list[BaseException] = []
    settings = {"isolation_level": "read_committed", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    client = kind(topic, passed_over=ended.append, bootstrap_servers=kafka, group_id=str(uuid4()), **settings)
    await client.start()
    try:
        yield client, ended
    finally:
        await client.stop()


async def polled(client: LongPoll, count: int) -> dict[tuple[int, int], bytes | None]:
    """This number of records, by partition and offset. Each poll is settled."""
    found: dict[tuple[int, int], bytes | None] = {}
    async with asyncio.timeout(30):
        while len(found) < count:
            for records in (await client.getmany(timeout_ms=5, max_records=500)).values():
                found |= {(one.partition, one.offset): one.value for one in records}
            client.settled()
    return found


async def test_what_was_drained_beside_a_record_that_cannot_be_read_is_not_lost(kafka: str) -> None:
    async with OddWriter(kafka) as writer:
        for partition in (0, 2, 3):
            await writer.write(TOPIC, partition, [Odd(b"k", b"good")])
        await writer.write(
            TOPIC, 1, [Odd(b"k", b"good"), Odd(b"k", b"odd", ((b"\xff", b""),)), Odd(b"k", b"good")], ZSTD
        )
    async with polling(kafka, Unlucky) as (client, ended):
        found = await polled(client, 6)
        assert client.unlucky > 0
    assert found == {
        (0, 0): b"good",
        (1, 0): b"good",
        (1, 1): b"odd",
        (1, 2): b"good",
        (2, 0): b"good",
        (3, 0): b"good",
    }
    assert ended == []


async def test_a_long_wait_with_a_batch_in_hand_puts_back_what_comes_and_ends_nothing(kafka: str) -> None:
    async with OddWriter(kafka) as writer, polling(kafka, LongPoll) as (client, ended):
        await writer.write(TOPIC, 0, [Odd(b"k", b"1")])
        async with asyncio.timeout(20):
            while not client.in_hand:
                await client.getmany(timeout_ms=5)
        for n in range(3):
            await writer.write(TOPIC, n, [Odd(b"k", b"2")])
            await client.stay()
        assert (ended, client.paused()) == ([], client.assignment())
        client.settled()
        assert client.paused() == set()
        assert await polled(client, 3) == {(0, 1): b"2", (1, 0): b"2", (2, 0): b"2"}
        assert ended == []


async def test_the_next_records_are_refused_while_those_before_have_no_outcome(kafka: str) -> None:
    async with OddWriter(kafka) as writer, polling(kafka, LongPoll) as (client, ended):
        await writer.write(TOPIC, 2, [Odd(b"k", b"1")])
        async with asyncio.timeout(20):
            while not client.in_hand:
                await client.getmany(timeout_ms=5)
        with pytest.raises(PassedOver, match=r"intake\.applications/2 from offset 0 on"):
            await client.getmany(timeout_ms=5)
        assert [type(error) for error in ended] == [PassedOver]


async def test_marks_of_transactions_are_nobodys_work(kafka: str) -> None:
    for n in range(3):
        await say_in_a_transaction(kafka, b"%d" % n)
    async with polling(kafka, LongPoll, "intake.people") as (client, ended):
        assert await polled(client, 3) == {(0, 0): b"0", (0, 2): b"1", (0, 4): b"2"}

        async def the_last_mark_is_read() -> bool:
            await client.getmany(timeout_ms=5)
            return client.unread({})["intake.people", 0] == (6, 6)

        await until(the_last_mark_is_read, 20)
        assert ended == []


async def test_readyz_says_which_records_stand_unhandled_and_for_how_long(database: Database, kafka: str) -> None:
    hearing = Hearing(database, kafka, lag=Lag(seconds=0.3))
    api = FastAPI()
    api.include_router(
        health.router("payments", database, hearing.consumer, Relay("payments", "", kafka, hearing.ended.append))
    )
    http = httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://127.0.0.1")

    async def consumer() -> dict[str, str]:
        answer = await http.get("/readyz")
        assert (answer.status_code, set(answer.json())) == (200, {"http", "consumer", "outbox"})
        return dict(answer.json()["consumer"])

    async def is_ok() -> bool:
        return await consumer() == {"status": "ok"}

    async def is_degraded() -> bool:
        return (await consumer())["status"] == "degraded"

    hearing.consumer.start()
    try:
        async with OddWriter(kafka) as writer:
            await writer.write(TOPIC, 1, [good(uuid4())])
            await all_have_outcomes(hearing, {1: 1})
            await until(is_ok, 10)
            hearing.gate.clear()
            await writer.write(TOPIC, 1, [good(uuid4()) for _ in range(3)])
            await until(is_degraded, 10)
            reason = (await consumer())["reason"]
            assert re.fullmatch(
                r"records are not handled: 3 on intake\.applications/1 from offset 1 on, for \d+ s", reason
            )
            assert (await http.get("/readyz", params={"all": 1})).status_code == 503
            hearing.gate.set()
            await until(is_ok, 10)
            await all_have_outcomes(hearing, {1: 4})
    finally:
        hearing.gate.set()
        await hearing.consumer.stop()
        await http.aclose()


async def say_in_a_transaction(kafka: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id="a-test")
    await producer.start()
    async with producer.transaction():
        await producer.send("intake.people", value, key=b"k", partition=0)
    await producer.stop()
