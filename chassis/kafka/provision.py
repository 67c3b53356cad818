"""`python -m chassis.kafka.provision --bootstrap HOST:PORT`: Kafka's topics as contracts/topics.py declares them.

It may be run again, also by several processes at once. Existing topics are kept, and their settings follow the
contracts.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from contracts.topics import TOPICS, Topic

ALREADY_THERE = 36


class TopicsRefused(Exception):
    """Kafka's topics differ from the contracts. The message names them and says what to do."""


async def provision(bootstrap: str, topics: Mapping[str, Topic] = TOPICS) -> list[str]:
    """Create missing topics and set the settings of the others. Returns the created names as soon as every partition
    has a leader.

    It never changes a number of partitions, because later records of a key would go to another partition. Raises
    TopicsRefused.
    """
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        there = set(await client.list_topics())
        missing = [topic for name, topic in topics.items() if name not in there]
        if missing:
            copies = min(3, len((await client.describe_cluster())["brokers"]))
            wanted = [
                NewTopic(t.name, num_partitions=t.partitions, replication_factor=copies, topic_configs=t.settings)
                for t in missing
            ]
            answer = await client.create_topics(wanted)
            if refused := [
                f"{error[0]}: {error[2]}" for error in answer.topic_errors if error[1] not in (0, ALREADY_THERE)
            ]:
                raise TopicsRefused(f"Kafka refused topics: {'; '.join(refused)}")
        if kept := [topic for name, topic in topics.items() if name in there]:
            answers = await client.alter_configs(
                [ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=topic.settings) for topic in kept]
            )
            if refused := [
                f"{error[3]}: {error[1]}" for answer in answers for error in answer.resources if error[0] != 0
            ]:
                raise TopicsRefused(f"Kafka refused settings of topics: {'; '.join(refused)}")
        await _until_led(client, topics)
        return [topic.name for topic in missing]
    finally:
        await client.close()


async def _until_led(client: AIOKafkaAdminClient, topics: Mapping[str, Topic]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        described = {
            found["topic"]: found for found in await client.describe_topics(list(topics)) if found["error_code"] == 0
        }
        for name, found in described.items():
            if len(found["partitions"]) != topics[name].partitions:
                raise TopicsRefused(
                    f"{name} has {len(found['partitions'])} partitions, the contracts say {topics[name].partitions}."
                    " Put the number in contracts/topics.py back, or move to a topic of another name."
                )
        if len(described) == len(topics) and all(
            part["leader"] >= 0 for found in described.values() for part in found["partitions"]
        ):
            return
        await asyncio.sleep(0.02)
    raise TopicsRefused("Kafka elected no leaders for its topics within 20 s; see its log")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m chassis.kafka.provision",
        description="Create the Kafka topics that contracts/topics.py declares.",
    )
    parser.add_argument("--bootstrap", required=True, help="host:port of Kafka")
    given = parser.parse_args()
    try:
        made = asyncio.run(provision(given.bootstrap))
    except (TopicsRefused, KafkaError, OSError) as error:
        raise SystemExit(f"topics: {error}") from None
    sys.stdout.write(f"topics: {len(made)} made, {len(TOPICS) - len(made)} were there\n")


if __name__ == "__main__":
    main()
