"""Topics follow the contracts: they are made once, their settings are kept up, and partitions never change."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from chassis.kafka.provision import TopicsRefused, provision
from contracts.topics import TOPICS, Topic
from tests.waiting import until

FEES = TOPICS["payments.fees"]


async def _settings(bootstrap: str, topic: Topic) -> dict[str, str]:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    answer = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    await client.close()
    entries = answer[0].resources[0][4]
    return {entry[0]: entry[1] for entry in entries if entry[0] in topic.settings}


async def test_topics_have_the_settings_of_the_contracts_and_doing_it_again_does_nothing(kafka: str) -> None:
    assert await provision(kafka) == []
    for topic in TOPICS.values():
        assert await _settings(kafka, topic) == topic.settings


async def test_a_new_topic_is_added_and_a_changed_setting_is_applied(kafka: str) -> None:
    shorter = replace(FEES, keep=timedelta(days=3))
    added = Topic("payments.novelties", ("payments",), "application_id")
    assert await provision(kafka, {FEES.name: shorter, added.name: added}) == ["payments.novelties"]

    async def applied() -> bool:
        return await _settings(kafka, shorter) == shorter.settings

    await until(applied)  # the broker hears of it a moment after the controller has answered
    assert shorter.settings["retention.ms"] == str(3 * 24 * 3600 * 1000)


async def test_another_number_of_partitions_is_refused(kafka: str) -> None:
    with pytest.raises(TopicsRefused, match=r"payments\.fees has 4 partitions, the contracts say 8"):
        await provision(kafka, {FEES.name: replace(FEES, partitions=8)})
