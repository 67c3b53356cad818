"""The embedded Kafka: no topics by accident, durable data, and a checked cache."""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from devstack import jars, kafka, kafka_folder
from devstack.paths import cache_folder

pytestmark = pytest.mark.long


@pytest.fixture
def broker(server_folder: Path) -> Iterator[kafka.Broker]:
    broker = kafka.Broker(server_folder / "kafka")
    broker.start()
    yield broker
    broker.stop()


async def _create(bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    await admin.close()


async def _send(bootstrap: str, topic: str, values: list[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)


async def _read(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    values: list[bytes | None] = []
    async with (
        AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest") as consumer,
        asyncio.timeout(20),
    ):
        consumer.assign([TopicPartition(topic, 0)])
        while len(values) < count:
            values += [
                record.value for records in (await consumer.getmany(timeout_ms=200)).values() for record in records
            ]
    return values


async def test_what_was_acknowledged_survives_kill_minus_nine_and_a_stop(broker: kafka.Broker) -> None:
    await _create(broker.bootstrap, "t")
    await _send(broker.bootstrap, "t", [b"1", b"2"])
    broker.kill()
    broker.start()
    await _send(broker.bootstrap, "t", [b"3"])
    broker.stop()
    broker.start()
    assert await _read(broker.bootstrap, "t", 3) == [b"1", b"2", b"3"]


async def test_a_paused_broker_answers_nobody_until_it_is_resumed(broker: kafka.Broker) -> None:
    await _create(broker.bootstrap, "t")
    broker.pause()
    assert not await kafka.is_ready(broker.bootstrap)
    broker.resume()
    await _send(broker.bootstrap, "t", [b"after"])
    assert await _read(broker.bootstrap, "t", 1) == [b"after"]


async def test_a_topic_is_not_created_by_sending_to_it(broker: kafka.Broker) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, request_timeout_ms=1000) as producer:
        with pytest.raises((KafkaTimeoutError, UnknownTopicOrPartitionError, TimeoutError)):
            async with asyncio.timeout(3):
                await producer.send_and_wait("nobody.declared.this", b"x")
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    assert "nobody.declared.this" not in await admin.list_topics()
    await admin.close()


async def test_another_port_after_a_restart_keeps_the_data(server_folder: Path) -> None:
    first = kafka.Broker(server_folder / "kafka")
    first.start()
    await _create(first.bootstrap, "t")
    await _send(first.bootstrap, "t", [b"kept"])
    first.stop()
    second = kafka.Broker(server_folder / "kafka")
    second.start()
    try:
        assert second.port != first.port
        assert await _read(second.bootstrap, "t", 1) == [b"kept"]
    finally:
        second.stop()


def test_a_truncated_jar_is_fetched_again_and_named(tmp_path: Path) -> None:
    kafka.prepare()
    cache = tmp_path / "cache"
    source = cache_folder() / f"kafka-{jars.KAFKA_VERSION}"
    shutil.copytree(source, cache / source.name)
    victim = cache / source.name / "libs" / "jspecify-1.0.0.jar"
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1])
    said: list[str] = []
    progress: list[tuple[int, int]] = []
    kafka.prepare(cache, said.append, lambda done, of: progress.append((done, of)))
    assert said[:2] == [
        "Damaged in the cache, fetched again: jspecify-1.0.0.jar",
        f"Downloading Kafka {jars.KAFKA_VERSION}: 1 jars",
    ]
    assert progress == [(45, 45)]
    assert victim.read_bytes() == whole


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of one's own, ready, with links to the jars, which nobody here changes."""
    kafka.prepare()
    cache = tmp_path_factory.mktemp("cache")
    name = f"kafka-{jars.KAFKA_VERSION}"
    shutil.copytree(
        cache_folder() / name / "libs",
        cache / name / "libs",
        ignore=shutil.ignore_patterns("incoming-*"),
        copy_function=os.link,
    )
    kafka.prepare(cache)
    return cache


def _starts(runtime: kafka_folder.Runtime, folder: Path) -> bool:
    broker = kafka.Broker(folder, runtime=runtime)
    broker.start()
    broker.stop()
    return (folder / "data" / "__cluster_metadata-0" / "quorum-state").exists()


@pytest.mark.parametrize("harm", ["truncated", "gone", "no sums"])
def test_a_formatted_folder_that_is_not_whole_is_formatted_again(cache: Path, harm: str) -> None:
    formatted = cache / f"kafka-{jars.KAFKA_VERSION}" / "formatted"
    (checkpoint,) = formatted.glob("__cluster_metadata-0/*.checkpoint")
    before = (formatted / "meta.properties").read_text()
    if harm == "truncated":
        checkpoint.chmod(0o600)
        checkpoint.write_bytes(b"")
    elif harm == "gone":
        checkpoint.unlink()
    else:
        formatted.with_name("formatted.json").unlink()
    kafka.prepare(cache)
    assert checkpoint.stat().st_size > 0
    after = (formatted / "meta.properties").read_text()
    assert after != before
    kafka.prepare(cache)
    assert (formatted / "meta.properties").read_text() == after


def test_a_class_data_archive_that_was_cut_short_is_made_again(cache: Path, tmp_path: Path) -> None:
    """With such an archive Java would end by a signal."""
    (archive,) = cache.glob("*/archives/program-*.jsa")
    archive.chmod(0o600)
    os.truncate(archive, 20_000_000)
    said: list[str] = []
    assert _starts(kafka.prepare(cache, said.append), tmp_path / "kafka")
    assert said == ["Preparing a faster start of Kafka (once)"]


def test_what_a_killed_process_left_in_the_cache_goes_and_another_one_is_waited_for(cache: Path) -> None:
    folder = cache / f"kafka-{jars.KAFKA_VERSION}"
    left = [
        folder / "unfinished-1" / "data",
        folder / "libs" / "incoming-1" / "x.jar",
        folder / "archives" / "program-1.new",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    said: list[str] = []
    with (folder / ".lock").open("w") as lock, ThreadPoolExecutor(1) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prepared = pool.submit(kafka.prepare, cache, said.append)
        deadline = time.monotonic() + 10
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not prepared.done()
        fcntl.flock(lock, fcntl.LOCK_UN)
        prepared.result()
    assert said == ["Another process prepares Kafka; waiting for it"]
    assert [path for path in left if path.exists()] == []


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_servers_end_with_the_process_that_started_them(server_folder: Path, end: signal.Signals) -> None:
    program = """
import sys, time
from pathlib import Path
from devstack import kafka, postgres
broker, server = kafka.Broker(Path(sys.argv[1]) / "kafka"), postgres.Server(Path(sys.argv[1]) / "postgres")
broker.start(); server.start()
print(broker.process.pid, server.process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(server_folder)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pids = [int(word) for word in owner.stdout.readline().split()]
        assert [_alive(pid) for pid in pids] == [True, True]
        owner.send_signal(end)
        owner.wait(10)
    deadline = time.monotonic() + 15
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [_alive(pid) for pid in pids] == [False, False]


def _alive(pid: int) -> bool:
    """Whether a process does anything still; one that only waits to be collected by init does not."""
    try:
        os.kill(pid, 0)
        return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()[
            :1
        ] not in ("", "Z")
    except ProcessLookupError:
        return False
