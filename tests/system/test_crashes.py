"""Crashes on real Kafka and PostgreSQL: everything that goes in comes out, once and in order. Each test ends with a
comparison."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from chassis.database.migrations import CHASSIS_FOLDER, migrate
from chassis.database.pool import AWAY, Database
from chassis.kafka.provision import provision
from devstack.backends import database_server, kafka_server
from tests.conftest import NewDatabase
from tests.system.pair import SOURCE_TABLE, Pair, Process
from tests.waiting import until

SEEN_TABLE = "CREATE TABLE seen (application_id uuid PRIMARY KEY, events text[] NOT NULL DEFAULT '{}')"


@pytest.fixture
async def pair(new_database: NewDatabase, kafka: str) -> AsyncIterator[tuple[Pair, Database]]:
    source_dsn, sink_dsn = await new_database("chassis"), await new_database("chassis")
    source, sink = await Database.connect("intake", source_dsn), await Database.connect("payments", sink_dsn)
    await source.pool.execute(SOURCE_TABLE)
    await sink.pool.execute(SEEN_TABLE)
    pair = Pair(source, source_dsn, sink_dsn, kafka)
    yield pair, sink
    pair.close()
    await source.close()
    await sink.close()


async def ends_equal(pair: Pair, sink: Database, seconds: float = 60.0) -> int:
    """Everything said was heard once and in order, and what was said because of it too. Returns how often Kafka has a
    record twice."""

    async def all_heard() -> bool:
        try:
            return (
                await pair.heard(sink) == pair.expected()
                and await sink.pool.fetchval("SELECT count(*) FROM outbox") == 0
            )
        except AWAY:
            return False

    await until(all_heard, seconds, lambda: "\n".join(process.log.read_text()[-1500:] for process in pair.processes))
    sent, again = await pair.sent()
    assert sent == pair.expected()
    assert await sink.pool.fetchval("SELECT count(*) FROM held") == 0
    return again


async def say_until_it_dies(pair: Pair, crashing: Process) -> None:
    for _ in range(300):
        if crashing.process.poll() is not None:
            return
        await pair.say(5, 2)
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to the place where it kills itself: " + crashing.log.read_text()[-1500:])


@pytest.mark.long
@pytest.mark.parametrize("crash", ["commit-send:2", "ack-delete:2", "ack-delete:1"])
@pytest.mark.parametrize("who", ["intake", "payments"])
async def test_kill_between_two_steps_of_the_relay(pair: tuple[Pair, Database], who: str, crash: str) -> None:
    two, sink = pair
    other = "payments" if who == "intake" else "intake"
    two.start(other)
    crashing = two.start(who, crash)
    await say_until_it_dies(two, crashing)
    assert crashing.process.returncode == -9
    two.start(who)
    await two.say(10, 2)
    again = await ends_equal(two, sink)
    if who == "payments" and crash.startswith("ack-delete"):
        assert again > 0  # it was acknowledged and sent again: the inbox of whoever hears it makes it one


async def test_kill_between_the_commit_and_the_offset(pair: tuple[Pair, Database]) -> None:
    two, sink = pair
    two.start("intake")
    crashing = two.start("payments", "commit-offset:2")
    await say_until_it_dies(two, crashing)
    two.start("payments")
    await two.say(5, 2)
    await ends_equal(two, sink)


async def test_two_replicas_and_one_is_killed(pair: tuple[Pair, Database]) -> None:
    two, sink = pair
    two.start("intake")
    two.start("intake")
    first = two.start("payments")
    two.start("payments")
    for round in range(6):
        await two.say(20, 3)
        if round == 3:
            first.kill()
    await ends_equal(two, sink)


async def test_a_poison_record_in_the_middle_of_a_batch(pair: tuple[Pair, Database]) -> None:
    two, sink = pair
    await two.say(5, 4)
    await two.source.pool.execute(
        "INSERT INTO outbox (topic, key, headers, payload, compacted, at) VALUES"
        " ('intake.applications', 'poison', '[]', '\\x7b7d', false, now())"
    )
    await two.say(5, 4)
    two.start("intake")
    two.start("payments")

    async def all_heard() -> bool:
        return await two.heard(sink) == two.expected()

    await until(all_heard)
    rows = await sink.pool.fetch("SELECT state, payload, error FROM held")
    assert [(row["state"], row["payload"]) for row in rows] == [("dead", b"{}")]
    assert "type" in rows[0]["error"]


async def test_a_service_that_is_told_to_end_drains_and_ends_within_ten_seconds(pair: tuple[Pair, Database]) -> None:
    two, sink = pair
    source, sink_process = two.start("intake"), two.start("payments")
    await two.say(20, 3)
    await ends_equal(two, sink)
    assert source.terminate(10) < 10
    assert sink_process.terminate(10) < 10


@pytest.mark.long
async def test_kafka_is_killed_under_load_and_stays_away_for_fifteen_seconds(
    new_database: NewDatabase, server_folder: Path
) -> None:
    broker = kafka_server(os.environ, server_folder / "kafka")
    broker.start()
    source_dsn, sink_dsn = await new_database("chassis"), await new_database("chassis")
    source, sink = await Database.connect("intake", source_dsn), await Database.connect("payments", sink_dsn)
    await source.pool.execute(SOURCE_TABLE)
    await provision(broker.bootstrap)
    two = Pair(source, source_dsn, sink_dsn, broker.bootstrap)
    try:
        two.start("intake")
        stopping = two.start("payments")
        await two.say(50, 3)
        broker.kill()
        await asyncio.gather(two.say(100, 3), asyncio.sleep(14))
        assert stopping.terminate(10) < 10  # told to end while Kafka is away
        broker.start()
        two.start("payments")
        await two.say(20, 2)
        await ends_equal(two, sink, 90)
    finally:
        two.close()
        broker.stop()
        await source.close()
        await sink.close()


@pytest.mark.long
async def test_postgresql_is_killed_under_load(kafka: str, server_folder: Path) -> None:
    server = database_server(os.environ, server_folder / "postgres")
    server.start()
    try:
        admin = await asyncpg.connect(server.admin_dsn)
        for name in ("source", "sink"):
            await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        source_dsn, sink_dsn = (server.admin_dsn.rpartition("/")[0] + f"/{name}" for name in ("source", "sink"))
        for dsn in (source_dsn, sink_dsn):
            await migrate(dsn, CHASSIS_FOLDER)
        source, sink = await Database.connect("intake", source_dsn), await Database.connect("payments", sink_dsn)
        await source.pool.execute(SOURCE_TABLE)
        await sink.pool.execute(SEEN_TABLE)
        two = Pair(source, source_dsn, sink_dsn, kafka)
        try:
            two.start("intake")
            two.start("payments")
            await two.say(50, 3)

            async def some_are_heard() -> bool:
                return len(await two.heard(sink)) > 0

            await until(some_are_heard, 30)
            server.kill()
            server.start()

            # The relays' connections broke, so those processes ended; the supervisor would start them again.
            async def ended() -> bool:
                return all(process.process.poll() is not None for process in two.processes)

            await until(ended, 20)
            assert [process.process.returncode for process in two.processes] == [70, 70]
            for database in (source, sink):
                await database.pool.expire_connections()
            two.start("intake")
            two.start("payments")
            await two.say(20, 2)
            await ends_equal(two, sink, 60)
        finally:
            two.close()
            await source.close()
            await sink.close()
    finally:
        server.stop()
