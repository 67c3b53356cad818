"""The inside of a running system, for checks that need more than HTTP: the rows of all databases, the records of all
topics, and whether everything has come to rest."""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalGenerationError, UnknownMemberIdError

from contracts import events as _events
from contracts.event import EVENTS
from contracts.topics import CONSUMERS, OPS_PULSES, OPS_REDRIVES, TOPICS
from devstack.databases import SERVICES

_ = _events  # the import fills EVENTS

Place = tuple[str, int]
"""A topic and a partition."""

COUNTED = frozenset(
    [
        "outbox",
        "inbox",
        "positions",
        "brakes",
        "idempotency_keys",
        "migrations",
        "unknown_records",
        "journal",
        "lag_samples",
        "sign_in_counts",
        "pulse",
    ]
)
"""Tables that change although nothing happens: the chassis' tables of messages and requests, the console's copy of all
records and its samples of the lag, and the counts of requested links."""

LOOKED = ["looks", "look_at", "empty_since", "finished"]
"""Columns that change although nothing happens: those of `erased_people`, when a service looks for somebody again."""

SPOKEN = tuple(name for name in TOPICS if name != OPS_PULSES.name)
"""The topics on which something is said because something happened. Pulses come by the clock."""

TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    " AND table_type = 'BASE TABLE' ORDER BY 1"
)
POSITIONS = "SELECT consumer, topic, partition, next_offset FROM positions"
UNSAID = "SELECT count(*) FROM outbox WHERE topic <> $1"
AT_WORK = {
    "payments": "SELECT count(*) FROM stripe_events WHERE state = 'received'",
    "badging": "SELECT count(*) FROM badges WHERE state = 'unsigned'",
    "notify": "SELECT count(*) FROM mails WHERE state = 'due'",
}
"""Counts the work that a service's jobs still have to do."""


class NotAtRest(Exception):
    """There is still work to do. The message says which."""


class Insides:
    """Access to the databases, with each service's own role, and to the topics, as a consumer without a group."""

    def __init__(self, bootstrap: str, databases: Mapping[str, str]) -> None:
        self.bootstrap = bootstrap
        self.databases = databases
        self.pools: dict[str, asyncpg.Pool[asyncpg.Record]] = {}

    async def open(self) -> None:
        """Open the connections."""
        for service, dsn in self.databases.items():
            self.pools[service] = await asyncpg.create_pool(dsn, min_size=1, max_size=2)

    async def close(self) -> None:
        """Close the connections."""
        for pool in self.pools.values():
            pool.terminate()

    async def rows(self, service: str, sql: str, *args: object) -> list[dict[str, Any]]:
        """The rows of a SELECT."""
        return [dict(row) for row in await self.pools[service].fetch(sql, *args)]

    async def value(self, service: str, sql: str, *args: object) -> Any:
        """The only value of a SELECT."""
        return await self.pools[service].fetchval(sql, *args)

    async def business(self) -> dict[str, list[str]]:
        """Every row of every table, by `<service>.<table>`, without the tables in COUNTED and the columns in LOOKED.
        Two results are equal if nothing happened in between."""
        found = {}
        for service in SERVICES:
            for (table,) in await self.pools[service].fetch(TABLES):
                if table not in COUNTED:
                    left_out = LOOKED if table == "erased_people" else []
                    rows = await self.pools[service].fetch(
                        f"SELECT (to_jsonb(t) - $1::text[])::text AS row FROM {table} t", left_out
                    )
                    found[f"{service}.{table}"] = sorted(row["row"] for row in rows)
        return found

    async def records(self, topics: Iterable[str] = SPOKEN) -> list[ConsumerRecord]:
        """All committed records of these topics, in the order of each partition. By default all topics but pulses."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            partitions = [TopicPartition(name, number) for name in topics for number in range(TOPICS[name].partitions)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            left = {partition for partition in partitions if ends[partition] > 0}
            found: list[ConsumerRecord] = []
            while left:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found.extend(records)
                left = {partition for partition in left if await consumer.position(partition) < ends[partition]}
            return found
        finally:
            await consumer.stop()

    async def publish(
        self, records: Iterable[tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]]
    ) -> list[tuple[str, int, int]]:
        """Put records (topic, key, value, headers) on Kafka as they are, in order. Returns their places (topic,
        partition, offset)."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        await producer.start()
        try:
            sent = [
                await producer.send(topic, value, key=key, headers=headers) for topic, key, value, headers in records
            ]
            return [(lies.topic, lies.partition, lies.offset) for lies in await asyncio.gather(*sent)]
        finally:
            await producer.stop()

    async def rewind(self, group: str, topics: Iterable[str]) -> None:
        """Set the group's offsets back to the beginning, as if they were lost. The group must be empty; it waits until
        killed members have left."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            start = {TopicPartition(name, number): 0 for name in topics for number in range(TOPICS[name].partitions)}
            consumer.assign(list(start))
            async with asyncio.timeout(60):
                while True:
                    try:
                        await consumer.commit(start)
                        return
                    except (CommitFailedError, UnknownMemberIdError, IllegalGenerationError):
                        await asyncio.sleep(0.2)
        finally:
            await consumer.stop()

    async def at_rest(self, seconds: float = 120.0) -> None:
        """Wait until all events are sent and heard by everybody, and no job has work. Raises NotAtRest."""
        deadline = time.monotonic() + seconds
        while (left := await self._left()) != {}:
            if time.monotonic() > deadline:
                raise NotAtRest(f"not at rest after {seconds:.0f} s; still to do: {json.dumps(left, default=str)}")
            await asyncio.sleep(0.1)

    async def _left(self) -> dict[str, Any]:
        """The work that is still to be done. Outboxes and jobs are checked after the positions too, because a heard
        event may cause new work."""
        left: dict[str, Any] = {}
        if left := await self._unsaid():
            return left
        ends: dict[Place, int] = {}
        for record in await self.records():
            ends[record.topic, record.partition] = max(ends.get((record.topic, record.partition), 0), record.offset + 1)
        for service in SERVICES:
            heard = {
                (row["consumer"], row["topic"], row["partition"]): row["next_offset"]
                for row in await self.rows(service, POSITIONS)
            }
            for (topic, partition), end in ends.items():
                consumer = f"{service}.control" if topic == OPS_REDRIVES.name and service != "ops" else service
                if topic in HEARD[service] and heard.get((consumer, topic, partition), 0) < end:
                    left[f"{consumer} {topic}/{partition}"] = end - heard.get((consumer, topic, partition), 0)
        return left or await self._unsaid()

    async def _unsaid(self) -> dict[str, Any]:
        unsaid = {service: await self.value(service, UNSAID, OPS_PULSES.name) for service in SERVICES}
        working = {f"{service} (jobs)": await self.value(service, sql) for service, sql in AT_WORK.items()}
        return {name: count for name, count in (unsaid | working).items() if count}

    async def held(self) -> dict[str, list[dict[str, Any]]]:
        """Waiting and dead records, by consumer; empty lists are left out."""
        found = {
            service: await self.rows(
                service, "SELECT state, topic, key, behind, waits_for, error FROM held ORDER BY at"
            )
            for service in SERVICES
        }
        return {service: rows for service, rows in found.items() if rows}


def _heard_topics(service: str) -> frozenset[str]:
    if service == "ops":
        return frozenset(SPOKEN)
    return frozenset(event.TOPIC.name for event in EVENTS.values() if service in event.HEARD_BY)


HEARD = {service: _heard_topics(service) for service in CONSUMERS}
"""The topics that each service listens to, but pulses."""
