"""The fixtures of all these tests: new databases and topics, without anything from the test before."""

import asyncio
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.topics import TOPICS
from tests.conftest import NewDatabase

TOPIC = "payments.fees"


async def test_a_new_database_has_the_tables_of_the_chassis_and_belongs_to_the_service(
    new_database: NewDatabase,
) -> None:
    connection = await asyncpg.connect(await new_database("chassis"))
    assert await connection.fetchval("SELECT current_user") == "microcred_chassis"
    assert await connection.fetchval("SELECT count(*) FROM migrations") > 0
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
    await connection.close()


async def test_two_databases_of_a_test_are_apart(new_database: NewDatabase) -> None:
    first, second = await new_database("chassis"), await new_database("chassis")
    connection = await asyncpg.connect(first)
    await connection.execute("CREATE TABLE only_here (n int)")
    await connection.close()
    connection = await asyncpg.connect(second)
    assert await connection.fetchval("SELECT to_regclass('only_here')") is None
    await connection.close()


async def _leave_something_behind(bootstrap: str) -> list[int]:
    """Sends, reads and commits in a group; returns what the group had committed and the topics held before."""
    partition = TopicPartition(TOPIC, 0)
    settings: dict[str, Any] = {"group_id": "payments", "enable_auto_commit": False, "auto_offset_reset": "earliest"}
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, **settings) as consumer:
        consumer.assign([partition])
        before = [await consumer.committed(partition) or 0, (await consumer.end_offsets([partition]))[partition]]
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            await producer.send_and_wait(TOPIC, b"left over", partition=0)
        async with asyncio.timeout(20):
            while not (await consumer.getmany(timeout_ms=100)).get(partition):
                pass
        await consumer.commit({partition: 1})
    return before


@pytest.mark.parametrize("round_", [1, 2, 3])
async def test_each_test_finds_the_topics_of_the_contracts_empty_and_nothing_committed(kafka: str, round_: int) -> None:
    async with AIOKafkaConsumer(bootstrap_servers=kafka, group_id=None) as consumer:
        assert {name for name in await consumer.topics() if not name.startswith("__")} == set(TOPICS)
    assert await _leave_something_behind(kafka) == [0, 0]
