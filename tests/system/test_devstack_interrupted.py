"""An interrupted `make up` does no harm. While one runs, every other command says so."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.hold import at_work
from devstack.paths import CHECKOUT
from devstack.ports import free_offset
from devstack.programs import PORTS

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


class Commands:
    """The command `microcred` on a state folder of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._environ = {
            **os.environ,
            "MICROCRED_STATE": str(state),
            "MICROCRED_PORT_OFFSET": str(free_offset(PORTS.values())),
            "COLUMNS": "300",
        }

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        with self.start(*arguments) as process:
            said, _ = process.communicate(timeout=300)
        return process.returncode, said


@pytest.fixture
def commands(server_folder: Path) -> Iterator[Commands]:
    commands = Commands(server_folder / "state")
    yield commands
    assert commands.run("reset")[0] == 0
    assert not commands.state.exists()


@pytest.mark.parametrize(
    ("kind", "file"),
    [("kill", "postgres/**/PG_VERSION"), ("Ctrl-C", "supervisord.sock")],
)
def test_after_an_interruption_the_next_make_up_succeeds(kind: str, file: str) -> None:
    """Two moments; `python -m bench.interrupted` takes twenty of each kind."""
    command = [sys.executable, "-m", "bench.interrupted", "--moments", "0", "--by", kind, "--files", file]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("; the next one succeeded\n1 interruptions, 0 of them did harm\n")
    assert "it had come to its end" not in done.stdout


def test_while_make_up_is_at_work_no_command_says_that_nothing_runs_and_none_disturbs_it(commands: Commands) -> None:
    told: dict[str, set[str]] = {}
    with commands.start("up") as up:
        while not (busy := at_work(commands.state)) and up.poll() is None:
            time.sleep(0.002)
        turn = 0
        while up.poll() is None and busy:
            command = ("down", "reset", "up", "journey", "status", "logs")[turn % 6]
            code, said = commands.run(command)
            told.setdefault(command, set()).add(said)
            if f"(process {up.pid}, " in said:
                assert code == (1 if command != "status" else code)
                assert code in (0, 1)
            else:  # logs that are there are shown
                assert command == "logs" or not at_work(commands.state), f"{command}: {said}"
            turn += 1
            busy = at_work(commands.state)
        said, _ = up.communicate(timeout=300)
    assert up.returncode == 0, said
    assert "Ready after" in said
    everything = "".join(line for lines in told.values() for line in lines)
    assert "Nothing was running" not in everything
    assert "Traceback" not in everything
    assert told.keys() >= {"down", "reset", "up"}


def test_what_a_killed_down_or_reset_left_is_taken_up_by_the_next_command(commands: Commands) -> None:
    assert commands.run("up", "--no-seed", "--no-journey")[0] == 0
    with commands.start("down") as down:
        while not at_work(commands.state):
            time.sleep(0.002)
        time.sleep(0.5)  # the supervisor is being told, or is ending
        down.send_signal(signal.SIGKILL)
    code, said = commands.run("up", "--no-seed", "--no-journey")
    assert code == 0, said

    with commands.start("reset") as reset:
        while not (commands.state / "removing").exists() and reset.poll() is None:
            time.sleep(0.0005)
        reset.send_signal(signal.SIGKILL)
    code, said = commands.run("up", "--no-seed", "--no-journey")
    assert code == 0, said
