"""The stack as a whole: it starts again and again, programs that end are started again, `down` keeps data, and other
people's things are not touched.

The services have tests of their own. Here one small program replaces them.
"""

import asyncio
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rich.console import Console

from contracts.topics import TOPICS
from devstack import postgres
from devstack.keys import Keys
from devstack.ports import answers, free_offset, free_port
from devstack.programs import PORTS, Plan, Program
from devstack.stack import Stack, StackFailed
from devstack.supervise import SupervisorFailed

TOLD = """50% "of" 'it', #1; a\\b=c $HOME `x`\nand more"""
SERVER = (
    "import http.server, sys; http.server.test(http.server.SimpleHTTPRequestHandler,"
    " port=int(sys.argv[1]), bind='127.0.0.1')"
)


class Tried:
    """A stack with one stand-in service, and what it said."""

    def __init__(self, state: Path, command: list[str] | None = None) -> None:
        self.plan = Plan(state, free_offset(PORTS.values()))
        self._port = free_port()
        self._command = command or [sys.executable, "-c", SERVER, str(self._port)]
        self.said = io.StringIO()
        self.stack = Stack(self.plan, Console(file=self.said, width=200), self._services)

    def _services(self, plan: Plan, keys: Keys) -> list[Program]:
        port = self._port
        return [Program("stand-in", self._command, {"stand-in": port}, lambda: answers(port), {"TOLD": TOLD})]

    def pids(self) -> dict[str, int]:
        return {state.name: state.pid for state in self.stack.supervisor.states()}

    def until_back(self, name: str, old: int, within: float) -> float:
        """Seconds until the program runs again under another process id."""
        start = time.monotonic()
        while time.monotonic() < start + within:
            found = {state.name: state for state in self.stack.supervisor.states()}[name]
            if found.state == "RUNNING" and found.pid not in (0, old):
                return time.monotonic() - start
            time.sleep(0.05)
        raise AssertionError(f"{name} did not come back within {within} s")


@pytest.fixture
def tried(server_folder: Path) -> Iterator[Tried]:
    tried = Tried(server_folder / "state")
    yield tried
    tried.stack.reset()


async def _read(bootstrap: str) -> list[bytes | None]:
    partition = TopicPartition("payments.fees", 0)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest") as consumer:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        return [(await consumer.getone()).value for _ in range(end)]


async def _database(tried: Tried) -> "asyncpg.Connection[asyncpg.Record]":
    keys = Keys(tried.plan.state / "keys")
    return await asyncpg.connect(tried.plan.database_urls(keys)["DATABASE_URL_INTAKE"])


@pytest.mark.long
async def test_up_again_changes_nothing_what_dies_comes_back_and_down_keeps_all_data(tried: Tried) -> None:
    await asyncio.to_thread(tried.stack.up)
    assert json.loads((tried.plan.state / "addresses.json").read_text()) == tried.plan.addresses
    first = tried.pids()
    assert sorted(first) == ["kafka", "mailbox", "postgres", "stand-in", "stripe", "web"]
    assert psutil.Process(first["stand-in"]).environ()["TOLD"] == TOLD

    await asyncio.to_thread(tried.stack.up)
    assert tried.pids() == first

    async with AIOKafkaConsumer(bootstrap_servers=tried.plan.bootstrap) as consumer:
        assert await consumer.topics() >= set(TOPICS)
    async with AIOKafkaProducer(bootstrap_servers=tried.plan.bootstrap) as producer:
        await producer.send_and_wait("payments.fees", b"kept", partition=0)
    connection = await _database(tried)
    await connection.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (7)")
    await connection.close()

    for name, pid in first.items():
        os.kill(pid, signal.SIGKILL)
        assert tried.until_back(name, pid, within=10) < 10

    await asyncio.to_thread(tried.stack.down)
    assert not any(psutil.pid_exists(pid) for pid in tried.pids().values())
    assert tried.stack.addresses() == {}
    await asyncio.to_thread(tried.stack.up)
    assert await _read(tried.plan.bootstrap) == [b"kept"]
    connection = await _database(tried)
    assert await connection.fetchval("SELECT n FROM t") == 7
    await connection.close()


@pytest.mark.long
def test_after_the_supervisor_was_killed_up_takes_over_and_leaves_no_second_copy(tried: Tried) -> None:
    tried.stack.up()
    orphans = tried.pids()
    os.kill(int((tried.plan.state / "supervisord.pid").read_text()), signal.SIGKILL)
    while tried.stack.supervisor.running():
        time.sleep(0.02)
    assert all(psutil.pid_exists(pid) for pid in orphans.values())

    tried.stack.up()
    assert sorted(tried.pids()) == sorted(orphans)
    assert not set(tried.pids().values()) & set(orphans.values())
    assert not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in orphans.values()
    )


@pytest.mark.long
@pytest.mark.parametrize("name", ["stripe", "web"])
def test_a_taken_port_is_named_and_its_owner_left_alone(tried: Tried, name: str) -> None:
    with socket.socket() as owner:
        owner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of an earlier test may linger there
        owner.bind(("127.0.0.1", tried.plan.ports[name]))
        owner.listen()
        with pytest.raises(
            StackFailed, match=rf"Port {tried.plan.ports[name]} \({name}\) is taken.*MICROCRED_PORT_OFFSET"
        ):
            tried.stack.up()
        assert tried.stack.supervisor.states() == []
        assert answers(tried.plan.ports[name])


@pytest.mark.long
def test_a_program_that_does_not_stay_up_is_shown_with_its_last_words(server_folder: Path) -> None:
    tried = Tried(server_folder / "state", [sys.executable, "-c", "print('the reason why'); raise SystemExit(3)"])
    try:
        with pytest.raises(StackFailed, match=r"stand-in does not stay up(.|\n)*the reason why(.|\n)*make logs"):
            tried.stack.up()
    finally:
        tried.stack.reset()
    assert not tried.plan.state.exists()


@pytest.mark.long
def test_a_stack_works_from_a_path_that_is_long_and_has_blanks(server_folder: Path) -> None:
    tried = Tried(server_folder / ("a long way down " * 8) / "state")
    try:
        tried.stack.up()
        assert {state.state for state in tried.stack.supervisor.states()} <= {"RUNNING", "STARTING"}
    finally:
        tried.stack.reset()


def test_a_path_that_the_supervisor_cannot_take_is_refused_before_anything_starts(server_folder: Path) -> None:
    tried = Tried(server_folder / "100% state")
    with pytest.raises(SupervisorFailed, match="holds %"):
        tried.stack.up()
    assert not tried.stack.supervisor.running()


@pytest.mark.long
def test_keys_of_another_stack_are_refused_with_a_remedy(tried: Tried) -> None:
    tried.stack.up()
    tried.stack.down()
    (tried.plan.state / "keys" / "postgres_admin").write_text("another")
    with pytest.raises(StackFailed, match="make reset"):
        tried.stack.up()


@pytest.mark.long
def test_reset_removes_everything_of_the_stack(tried: Tried) -> None:
    tried.stack.up()
    pids = tried.pids()
    tried.stack.reset()
    assert not tried.plan.state.exists()
    assert not any(psutil.pid_exists(pid) for pid in pids.values())
    assert postgres.running_server(tried.plan.state / "postgres") is None


def _start_supervisor(tried: Tried) -> None:
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(tried.plan.state / "supervisord.conf")]
    subprocess.run(command, check=True, cwd="/")
    deadline = time.monotonic() + 15
    while not tried.stack.supervisor.running():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _supervisors(tried: Tried) -> list[int]:
    of_ours = ["-c", str(tried.plan.state / "supervisord.conf")]
    return [
        process.pid for process in psutil.process_iter(["cmdline"]) if (process.info["cmdline"] or [])[-2:] == of_ours
    ]


@pytest.mark.long
def test_a_supervisor_of_an_earlier_version_and_one_that_lost_its_socket_are_replaced(tried: Tried) -> None:
    tried.stack.up()
    tried.stack.supervisor.shut_down()
    config = tried.plan.state / "supervisord.conf"
    config.write_text(re.sub("^(identifier|umask)=.*\n", "", config.read_text(), flags=re.MULTILINE))
    _start_supervisor(tried)
    (earlier,) = _supervisors(tried)
    tried.stack.up()
    (second,) = _supervisors(tried)
    assert second != earlier
    assert {state.state for state in tried.stack.supervisor.states()} <= {"RUNNING", "STARTING"}

    orphans = tried.pids()
    (tried.plan.state / "supervisord.sock").unlink()
    tried.stack.up()
    (third,) = _supervisors(tried)
    assert third != second
    assert not set(orphans.values()) & set(tried.pids().values())
    assert not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in orphans.values()
    )


@pytest.mark.long
def test_after_the_supervisor_was_killed_down_ends_what_it_left(tried: Tried) -> None:
    tried.stack.up()
    orphans = tried.pids()
    os.kill(int((tried.plan.state / "supervisord.pid").read_text()), signal.SIGKILL)
    while tried.stack.supervisor.running():
        time.sleep(0.02)
    assert tried.stack.down() is True
    assert not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in orphans.values()
    )
    assert tried.stack.down() is False
