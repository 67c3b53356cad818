"""Every record on a topic gets an outcome, whatever stands beside it, on a real Kafka, in the real consumer and in the
console."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.database.pool import Database
from chassis.kafka.relay import Relay
from tests.conftest import NewDatabase
from tests.system.hearing import TOPIC, Console, Hearing, all_have_outcomes, good
from tests.system.odd_batches import GZIP, LZ4, NO_CODEC, SNAPPY, ZSTD, Odd, OddWriter
from tests.system.toy import TABLES
from tests.waiting import until

NOISE = random.Random(1).randbytes(300_000)
"""Bytes that cannot be compressed, as an index would."""


def grown(raw: bytes | None) -> bytes | None:
    """Random bytes for `noise <count>`, which is shorter to print."""
    return NOISE[: int(raw[6:])] if raw and raw.startswith(b"noise ") else raw


def odd(key: bytes | None, value: bytes | None, headers: tuple[tuple[bytes, bytes | None], ...], timestamp: int) -> Odd:
    return Odd(grown(key), grown(value), tuple((name, grown(content)) for name, content in headers), timestamp)


def spoilt(key: bytes | None, more: tuple[tuple[bytes, bytes | None], ...], timestamp: int) -> Odd:
    """What `intake` says, with another key, other headers, another time."""
    return odd(key, good(uuid4()).value, more, timestamp)


def decorated(more: tuple[tuple[bytes, bytes | None], ...]) -> Odd:
    """What `intake` says, with more headers."""
    record = good(uuid4())
    return odd(record.key, record.value, (*more, *record.headers), record.timestamp)


@pytest.fixture
async def dsn(new_database: NewDatabase) -> str:
    return await new_database("chassis")


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    database = await Database.connect("payments", dsn)
    await database.pool.execute(TABLES)
    yield database
    await database.close()


async def test_the_example_of_the_issue(database: Database, kafka: str) -> None:
    hearing = Hearing(database, kafka)
    ids = [uuid4() for _ in range(4)]
    async with OddWriter(kafka) as writer:
        for n, application_id in enumerate(ids):
            await writer.write(TOPIC, 0, [good(application_id)])
            if n == 1:
                await writer.write(TOPIC, 0, [Odd(b"whatever", b"{}", ((b"trace", None),))])
    hearing.consumer.start()
    try:
        await all_have_outcomes(hearing, {0: 5})
    finally:
        await hearing.consumer.stop()
    assert await hearing.seen() == dict.fromkeys(ids, 1)
    (letter,) = await database.pool.fetch('SELECT key, payload, "offset", error FROM held')
    assert (letter["key"], letter["payload"], letter["offset"]) == ("whatever", b"{}", 2)


names = st.binary(max_size=12) | st.sampled_from(
    [b"id", b"type", b"time", b"traceparent", b"reply_to", b"content-type", b"\xff", "\u00e9".encode(), b"\x00"]
)
contents = (
    st.none()
    | st.binary(max_size=60)
    | st.sampled_from([b"intake.application.fee_due.v1", b"\xff" * 55, b"noise 100000"])
)
some_headers = st.lists(st.tuples(names, contents), max_size=4).map(tuple)
keys = (
    st.none()
    | st.binary(max_size=40)
    | st.sampled_from([b"", b"\x00", b"\xed\xa0\x80", b"noise 9000", b"noise 300000"])
)
values = (
    st.none()
    | st.binary(max_size=200)
    | st.sampled_from(
        [b"", b"{}", b"[" * 200, b'{"type":"intake.application.fee_due.v1"}', b"\xef\xbb\xbf{}", b"noise 300000"]
    )
)
times = st.sampled_from([1, 0, -1, -(2**62), 1_700_000_000_000])
records = (
    st.builds(odd, keys, values, some_headers, times)
    | st.builds(spoilt, keys, some_headers, times)
    | st.builds(decorated, some_headers)
)
batches = st.lists(st.none() | records, min_size=1, max_size=6)
"""A batch; None stands for a good record."""


@pytest.fixture
async def hearing(
    dsn: str, database: Database, new_database: NewDatabase, kafka: str
) -> AsyncIterator[tuple[Hearing, Console]]:
    hearing = Hearing(database, kafka)
    console = Console(await Database.connect("ops", await new_database("ops")), kafka, hearing.ended)
    relay = Relay("payments", dsn, kafka, hearing.ended.append)
    database.after_commit.append(lambda tx: relay.wake(tx.said))
    relay.start()
    hearing.consumer.start()
    console.consumer.start()
    yield hearing, console
    await asyncio.gather(hearing.consumer.stop(), console.consumer.stop(), relay.stop())
    await console.database.close()


@given(
    written=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([NO_CODEC, GZIP, SNAPPY, LZ4, ZSTD]), batches),
        min_size=1,
        max_size=5,
    )
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_whatever_stands_among_good_records(
    hearing: tuple[Hearing, Console], kafka: str, written: list[tuple[int, int, list[Odd | None]]]
) -> None:
    """Every good record is handled exactly once, every other one has one outcome, the console hears of all of them, the
    processes live."""
    heard, console = hearing
    before, seen, ends, kept = await heard.outcomes(), await heard.seen(), await heard.positions(), await console.kept()
    ids: list[UUID] = []
    async with OddWriter(kafka) as writer:
        for partition, codec, batch in written:
            new = [uuid4() if one is None else None for one in batch]
            ids += [one for one in new if one is not None]
            written_now = [one or good(new_id or uuid4()) for one, new_id in zip(batch, new, strict=True)]
            ends[partition] = len(batch) + await writer.write(TOPIC, partition, written_now, codec)
    await all_have_outcomes(heard, ends)
    after = await heard.outcomes()
    assert sum(after) - sum(before) == sum(len(batch) for _, _, batch in written)
    now = await heard.seen()
    assert {application_id: now.get(application_id) for application_id in ids} == dict.fromkeys(ids, 1)
    assert {application_id: now[application_id] for application_id in seen} == seen

    async def console_has_them() -> bool:
        new, copies, letters = (count - already for count, already in zip(await console.kept(), kept, strict=True))
        return heard.ended != [] or (new == sum(after) - sum(before) and copies == letters == after[1] - before[1])

    await until(console_has_them, 30, heard.well)
    assert heard.ended == []
