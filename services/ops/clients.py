"""Kafka's own knowledge of topics and consumers. It is only read, and no group is joined."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    CorruptRecordException,
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
)

from contracts.refusals import NotNow, Text
from contracts.topics import TOPICS
from services.ops.domain.lag import Lag, Offsets, Place, Spot, all_groups, lags, unread

FRESH = 1.5
"""For how many seconds an answer is used again."""
PATIENCE = 8.0
"""Seconds after which Kafka counts as away."""
LOOKING = 2.0
"""The seconds for finding the ages of unread records. Ages that are not found by then stay unknown."""

MOVING = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
"""Errors while Kafka chooses the coordinator of a group: on a broker that never had a group, and after a restart. They
pass."""


class KafkaAway(NotNow):
    """Kafka did not answer in time."""

    usual_type = "kafka_away"

    def __init__(self, address: str, error: Exception) -> None:
        super().__init__(
            Text("Kafka at %(address)s does not answer: %(error)s", address=address, error=type(error).__name__),
            title=Text("Kafka does not answer"),
            retry_after_seconds=2,
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The offsets and lags at one moment, `at` in seconds since 1970."""

    at: float
    offsets: Offsets
    lags: list[Lag]


class Cluster:
    """Asks Kafka, at most once at a time. Calls within 1.5 s get the same answer."""

    def __init__(self, bootstrap: str, now: Callable[[], float] = time.time) -> None:
        self._bootstrap = bootstrap
        self._now = now
        self._asking = asyncio.Lock()
        self._last: tuple[float, Snapshot] | None = None

    async def snapshot(self) -> Snapshot:
        """The offsets and lags of all consumers. Raises KafkaAway."""
        async with self._asking:
            if self._last is None or abs(self._now() - self._last[0]) > FRESH:
                try:
                    async with asyncio.timeout(PATIENCE):
                        snapshot = await self._ask_patiently()
                except (KafkaError, OSError, TimeoutError) as error:
                    raise KafkaAway(self._bootstrap, error) from error
                self._last = (self._now(), snapshot)
            return self._last[1]

    async def _ask_patiently(self) -> Snapshot:
        while True:
            try:
                return await self._ask()
            except MOVING:
                await asyncio.sleep(0.2)

    async def _ask(self) -> Snapshot:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            client_id="ops-lag",
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=65_536,
            request_timeout_ms=5_000,
        )
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, client_id="ops-lag", request_timeout_ms=5_000)
        try:
            await asyncio.gather(consumer.start(), admin.start())
            offsets = await _offsets(consumer, admin)
            written = await _first_records(consumer, unread(offsets), offsets.ends)
            ages = {spot: None if at is None else max(0.0, self._now() - at) for spot, at in written.items()}
            return Snapshot(self._now(), offsets, lags(offsets, ages))
        finally:
            await asyncio.gather(consumer.stop(), admin.close(), return_exceptions=True)


async def _offsets(consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> Offsets:
    partitions = [TopicPartition(topic.name, n) for topic in TOPICS.values() for n in range(topic.partitions)]
    groups = all_groups()
    beginnings, ends, *committed = await asyncio.gather(
        consumer.beginning_offsets(partitions),
        consumer.end_offsets(partitions),
        *(admin.list_consumer_group_offsets(group) for group in groups),
    )
    return Offsets(
        _plain(beginnings),
        _plain(ends),
        {
            group: {tuple(place): found.offset for place, found in of_group.items() if found.offset >= 0}
            for group, of_group in zip(groups, committed, strict=True)
        },
    )


def _plain(offsets: Mapping[TopicPartition, int]) -> dict[Place, int]:
    return {(place.topic, place.partition): offset for place, offset in offsets.items()}


async def _first_records(
    consumer: AIOKafkaConsumer, spots: set[Spot], ends: Mapping[Place, int]
) -> dict[Spot, float | None]:
    """The time of the first record from each spot on, in seconds since 1970; None if there is none before the end."""
    deadline = time.monotonic() + LOOKING
    of_place: dict[TopicPartition, list[int]] = defaultdict(list)
    for topic, partition, offset in spots:
        of_place[TopicPartition(topic, partition)].append(offset)
    found: dict[Spot, float | None] = {}
    while of_place and time.monotonic() < deadline:  # a partition can be read from only one spot at a time
        looking = {place: offsets.pop() for place, offsets in of_place.items()}
        of_place = {place: offsets for place, offsets in of_place.items() if offsets}
        consumer.assign(list(looking))
        for place, offset in looking.items():
            consumer.seek(place, offset)
        missing = set(looking)
        while missing and time.monotonic() < deadline:
            try:
                batches = await consumer.getmany(*missing, timeout_ms=100)
            except (
                CorruptRecordException,
                ValueError,
            ):  # aiokafka cannot read a record, so its age and the others of this call stay unknown
                return found
            for place, records in batches.items():
                found[(*place, looking[place])] = records[0].timestamp / 1000
                missing.discard(place)
            for place in list(missing):
                if await consumer.position(place) >= ends[tuple(place)]:
                    found[(*place, looking[place])] = None
                    missing.discard(place)
    return found
