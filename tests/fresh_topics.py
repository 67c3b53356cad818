"""Topics for tests: those of the contracts, empty, before each test that asks for Kafka; what it left is deleted afterwards."""

import asyncio
import time

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from contracts.topics import TOPICS


async def create(bootstrap: str) -> None:
    """Creates every topic of the contracts and returns when each has its leaders."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        wanted = [NewTopic(t.name, num_partitions=t.partitions, replication_factor=1, topic_configs=t.settings) for t in TOPICS.values()]
        answer = await client.create_topics(wanted)
        if refused := [error for error in answer.topic_errors if error[1] != 0]:
            raise RuntimeError(f"Kafka refused topics: {refused}")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            described = await client.describe_topics(list(TOPICS))
            if all(t["error_code"] == 0 and all(p["leader"] >= 0 for p in t["partitions"]) for t in described):
                return
            await asyncio.sleep(0.02)
        raise RuntimeError("Kafka did not elect leaders for the topics within 20 s")
    finally:
        await client.close()


async def delete_all(bootstrap: str) -> None:
    """Deletes every topic but Kafka's own; the offsets that groups committed for them go with them."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        left = [name for name in await client.list_topics() if not name.startswith("__")]
        if left:
            await client.delete_topics(left)
    finally:
        await client.close()
