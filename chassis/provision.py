"""`python -m chassis.provision --bootstrap HOST:PORT`: make the topics of contracts/topics.py, and refuse a topic that is not as declared."""

import argparse
import asyncio
import sys
import time

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from contracts.topics import TOPICS

ALREADY_THERE = 36


class NotAsDeclared(Exception):
    """A topic exists with another number of partitions: keys would change their partition and lose their order."""


async def provision(bootstrap: str, replication_factor: int = 1, seconds: float = 30.0) -> list[str]:
    """Create what is missing, wait for leaders; the names created. Raises NotAsDeclared, KafkaError, TimeoutError. It deletes nothing."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        there = await client.list_topics()
        missing = [topic for topic in TOPICS.values() if topic.name not in there]
        if missing:
            wanted = [
                NewTopic(topic.name, num_partitions=topic.partitions, replication_factor=replication_factor, topic_configs=topic.settings)
                for topic in missing
            ]
            answer = await client.create_topics(wanted)
            refused = [error for error in answer.topic_errors if error[1] not in (0, ALREADY_THERE)]
            if refused:
                raise KafkaError(f"Kafka refused to create topics: {refused}")
        await _until_led(client, seconds)
        return [topic.name for topic in missing]
    finally:
        await client.close()


async def _until_led(client: AIOKafkaAdminClient, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        described = await client.describe_topics(list(TOPICS))
        if all(found["error_code"] == 0 and all(partition["leader"] >= 0 for partition in found["partitions"]) for found in described):
            break
        if time.monotonic() > deadline:
            raise TimeoutError(f"Kafka elected no leaders for the topics within {seconds:.0f} s")
        await asyncio.sleep(0.02)
    for found in described:
        declared = TOPICS[found["topic"]].partitions
        if len(found["partitions"]) != declared:
            raise NotAsDeclared(f"{found['topic']} has {len(found['partitions'])} partitions, contracts/topics.py declares {declared}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m chassis.provision", description="Create the Kafka topics that contracts/topics.py declares.")
    parser.add_argument("--bootstrap", required=True, help="host:port of Kafka")
    parser.add_argument("--replication-factor", type=int, default=1)
    given = parser.parse_args()
    try:
        made = asyncio.run(provision(given.bootstrap, given.replication_factor))
    except (NotAsDeclared, KafkaError, TimeoutError, OSError) as error:
        raise SystemExit(f"topics: {error}") from None
    sys.stdout.write(f"topics: {len(made)} made, {len(TOPICS) - len(made)} were there\n")


if __name__ == "__main__":
    main()
