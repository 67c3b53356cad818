"""The journal: the records of every topic."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.ops.domain.activity import OPS, Pulses, TopicActivity
from services.ops.domain.journal import Entry

ADD_ENTRIES = """
    INSERT INTO journal (topic, partition, "offset", time, type, id, correlation_id, causation_id, journey_id, key,
        value, published_at)
    SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::timestamptz[], $5::text[], $6::uuid[], $7::uuid[],
        $8::uuid[], $9::uuid[],
        $10::text[], $11::bytea[], $12::timestamptz[])
    ON CONFLICT DO NOTHING
"""
JOURNEY = """SELECT * FROM journal WHERE journey_id = $1 ORDER BY time, topic, partition, "offset" LIMIT $2"""
PRUNE = "DELETE FROM journal WHERE topic = $1 AND time < $2"
PUBLISHED = """
    SELECT topic, floor(extract(epoch FROM $2::timestamptz - published_at) / extract(epoch FROM $3::interval))::int
        AS spans_ago, count(*) AS records
    FROM journal WHERE published_at > $1 AND published_at <= $2 GROUP BY topic, spans_ago
"""
SAID = """
    SELECT topic, max(published_at) AS last,
        max(extract(epoch FROM published_at - time)) FILTER (WHERE published_at > $2) AS waited
    FROM journal WHERE published_at > $1 AND topic = ANY($3) GROUP BY topic
"""
PULSES = """
    SELECT service,
        (SELECT max(published_at) FROM journal
            WHERE type = 'ops.pulse.said.v1' AND key = service AND published_at <= $2) AS newest,
        (SELECT min(published_at) FROM journal WHERE type = 'ops.pulse.said.v1' AND key = service) AS oldest
    FROM unnest($1::text[]) AS service
"""
COUNT_OF_TYPE = "SELECT count(*) FROM journal WHERE topic = $1 AND type = $2 AND published_at > $3"


async def add_entries(tx: Tx, entries: Sequence[Entry]) -> None:
    """Write records into the journal, in one statement. A record that is there already stays as it is."""
    await tx.execute(
        ADD_ENTRIES,
        [entry.topic for entry in entries],
        [entry.partition for entry in entries],
        [entry.offset for entry in entries],
        [entry.time for entry in entries],
        [entry.type for entry in entries],
        [entry.id for entry in entries],
        [entry.correlation_id for entry in entries],
        [entry.causation_id for entry in entries],
        [entry.journey_id for entry in entries],
        [entry.key for entry in entries],
        [entry.value for entry in entries],
        [entry.published_at for entry in entries],
    )


async def journey(tx: Tx, journey_id: UUID, limit: int) -> list[Entry]:
    """The first `limit` records of one journey, in the order of time."""
    return [_entry(row) for row in await tx.fetch(JOURNEY, journey_id, limit)]


async def prune(tx: Tx, topic: str, before: datetime) -> None:
    """Delete the records of a topic from before this time."""
    await tx.execute(PRUNE, topic, before)


async def published(tx: Tx, since: datetime, until: datetime, span: timedelta) -> list[tuple[str, int, int]]:
    """The number of records that Kafka took between two times, by topic and by the number of whole spans before
    `until`."""
    found = await tx.fetch(PUBLISHED, since, until, span)
    return [(row["topic"], row["spans_ago"], row["records"]) for row in found]


async def said(tx: Tx, topics: Sequence[str], since: datetime, lately: datetime) -> list[TopicActivity]:
    """When each of these topics got its newest record since a time, and how long at most a record waited to be
    published lately."""
    return [
        TopicActivity(row["topic"], row["last"], None if row["waited"] is None else float(row["waited"]))
        for row in await tx.fetch(SAID, since, lately, list(topics))
    ]


async def pulses(tx: Tx, services: Sequence[str], now: datetime) -> Pulses:
    """When Kafka took the newest pulse of each of these services, and the oldest of `ops` that the journal has."""
    rows = {row["service"]: row for row in await tx.fetch(PULSES, list(services), now)}
    newest = {name: row["newest"] for name, row in rows.items() if row["newest"] is not None}
    return Pulses(newest, rows[OPS]["oldest"] if OPS in rows else None)


async def count_of_type(tx: Tx, topic: str, kind: str, since: datetime) -> int:
    """How many records of a type a topic got since a time."""
    return int(await tx.fetchval(COUNT_OF_TYPE, topic, kind, since))


def _entry(row: asyncpg.Record) -> Entry:
    return Entry(
        row["topic"],
        row["partition"],
        row["offset"],
        row["time"],
        row["type"],
        row["id"],
        row["correlation_id"],
        row["causation_id"],
        row["journey_id"],
        row["key"],
        row["value"],
        row["published_at"],
    )
