"""Topics for tests: a test's records are deleted, so that the next test finds empty topics of the contracts."""

from aiokafka.admin import AIOKafkaAdminClient

from tests.waiting import until


async def delete_all(bootstrap: str) -> None:
    """Deletes every topic but Kafka's own; the offsets that groups committed for them go with them."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        if left := await _left(client):
            await client.delete_topics(left)

        async def gone() -> bool:  # the broker hears of it a moment after the controller has answered
            return not await _left(client)

        await until(gone, 20, lambda: "Kafka did not delete its topics")
    finally:
        await client.close()


async def _left(client: AIOKafkaAdminClient) -> list[str]:
    return [name for name in await client.list_topics() if not name.startswith("__")]
