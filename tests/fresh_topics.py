"""Topics for tests: a test's records are deleted, so that the next test finds empty topics of the contracts."""

import asyncio
import time

from aiokafka.admin import AIOKafkaAdminClient


async def delete_all(bootstrap: str) -> None:
    """Deletes every topic but Kafka's own; the offsets that groups committed for them go with them."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        if left := await _left(client):
            await client.delete_topics(left)
        deadline = time.monotonic() + 20
        while await _left(client):  # the broker hears of it a moment after the controller has answered
            if time.monotonic() > deadline:
                raise RuntimeError("Kafka did not delete its topics within 20 s")
            await asyncio.sleep(0.01)
    finally:
        await client.close()


async def _left(client: AIOKafkaAdminClient) -> list[str]:
    return [name for name in await client.list_topics() if not name.startswith("__")]
