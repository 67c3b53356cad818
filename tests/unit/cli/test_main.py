"""The command line names a fault in a sentence, and its exit codes are fixed. `tests/system` tries the commands that it
starts."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.hold import held
from devstack.keys import ensure_keys
from devstack.ports import free_offset
from devstack.programs import PORTS, Plan


def microcred(*arguments: str, state: Path, **environ: str) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    told = {**os.environ, "MICROCRED_STATE": str(state), "COLUMNS": "200", **environ}
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments], env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def test_status_of_a_stack_that_is_down_fails_and_says_how_to_start_it(tmp_path: Path) -> None:
    assert microcred("status", state=tmp_path / "none") == (1, "The stack is down. `make up` starts it.\n")


@pytest.mark.parametrize("arguments", [("roles", "somebody@example.org", "staff"), ("journey",)])
def test_what_needs_a_running_stack_says_so(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    # Where nothing is written down, the commands ask at the usual ports: somebody's stack may be there.
    offset = str(free_offset(PORTS.values()))
    code, said = microcred(*arguments, state=tmp_path / "none", MICROCRED_PORT_OFFSET=offset)
    assert code == 1
    assert "The stack is down. `make up` starts it." in said


def test_down_and_reset_without_a_stack_do_nothing_and_succeed(tmp_path: Path) -> None:
    assert microcred("down", state=tmp_path / "none") == (0, "Nothing was running.\n")
    assert microcred("reset", state=tmp_path / "none")[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    code, said = microcred("up", state=tmp_path / "none", MICROCRED_PORT_OFFSET="lots")
    assert (code, said) == (1, "✗ MICROCRED_PORT_OFFSET is 'lots'; it must be a whole number from 0 to 53424\n")
    assert list(tmp_path.iterdir()) == []


def test_logs_of_what_is_not_there_are_refused(tmp_path: Path) -> None:
    code, said = microcred("logs", "nothing", state=tmp_path / "none")
    assert code == 1
    assert "There is no log of nothing." in said


def test_logs_show_the_last_lines_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "intake.log").write_text("".join(f"line {n} [red]not a colour[/] 100%\n" for n in range(100)))
    code, said = microcred("logs", "intake", "-n", "2", state=tmp_path)
    assert code == 0
    assert said == "   intake line 98 [red]not a colour[/] 100%\n   intake line 99 [red]not a colour[/] 100%\n"


def test_the_program_of_the_checkout_is_checked_and_a_broken_one_refused(tmp_path: Path) -> None:
    assert microcred("program", "check", state=tmp_path)[0] == 0
    (tmp_path / "policy.yaml").write_text("nonsense: [\n")
    code, said = microcred("program", "check", str(tmp_path), state=tmp_path)
    assert code == 1
    assert "policy.yaml" in said


def test_contracts_are_handed_on_with_their_arguments_and_exit_code(tmp_path: Path) -> None:
    code, said = microcred("contracts", "events", state=tmp_path)
    assert code == 0
    assert "payments.fee.paid.v1" in said
    assert microcred("contracts", "no-such-thing", state=tmp_path)[0] == 2


def test_a_state_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    sentence = (
        f"✗ The state folder cannot be used: {tmp_path / 'state'}: File exists. MICROCRED_STATE names another one.\n"
    )
    for command in ("up", "down", "reset"):
        assert microcred(command, state=tmp_path / "state") == (1, sentence)


@pytest.mark.parametrize("command", [("journey",), ("roles", "somebody@example.org")])
@pytest.mark.parametrize("text", ["", '{"intake": "http://127', "[]"])
def test_damaged_addresses_are_told_in_a_sentence(tmp_path: Path, command: tuple[str, ...], text: str) -> None:
    (tmp_path / "addresses.json").write_text(text)
    code, said = microcred(*command, state=tmp_path)
    assert code == 1
    assert re.fullmatch(rf"✗ {re.escape(str(tmp_path / 'addresses.json'))} is .*`make up` writes it anew\.\n", said)


HARM = {
    "databases.json": '{"intake": "abc',
    "session.jwks.json": "",
    "issuer.pem": None,
    "seal.private": None,
    "manifest.json": "{",
}


@pytest.mark.parametrize("name", HARM)
def test_a_lost_or_damaged_key_is_told_before_anything_is_started(tmp_path: Path, name: str) -> None:
    ensure_keys(tmp_path / "keys")
    text = HARM[name]
    (tmp_path / "keys" / name).unlink() if text is None else (tmp_path / "keys" / name).write_text(text)
    code, said = microcred("up", state=tmp_path)
    assert (code, said.count("\n")) == (1, 1)
    assert name in said
    assert "from a copy" in said
    assert sorted(os.listdir(tmp_path)) == ["keys", "lock"]


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_of_keys_that_is_lost_is_told_while_there_is_data(tmp_path: Path, empty: bool) -> None:
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    if empty:
        (tmp_path / "keys").mkdir()
    code, said = microcred("up", state=tmp_path)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith(
        f"✗ {tmp_path / 'keys'} is lost, with all keys and passwords of the data"
        " beside it. Put it back from a copy, or "
    )


def test_a_clock_that_says_nothing_is_told_before_anything_is_started(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("tomorrow")
    sentence = (
        f"✗ {tmp_path / 'clock'} must hold one number of seconds, not 'tomorrow'. Write 0"
        " into it: the time is the real one then.\n"
    )
    assert microcred("up", state=tmp_path) == (1, sentence)


def test_while_another_is_at_work_every_command_says_so(tmp_path: Path) -> None:
    state = tmp_path / "state"
    sentence = (
        f"`make up` is at work on this stack (process {os.getpid()}, starting Kafka). Wait for it, or stop it:"
        f" Ctrl-C where it runs, or `kill {os.getpid()}`. Then try again.\n"
    )
    with held(state, "up") as hold:
        hold.say("starting Kafka")
        for command in ("up", "down", "reset", "journey"):
            assert microcred(command, state=state) == (1, f"✗ {sentence}")
        for command in ("status", "logs"):
            assert microcred(command, state=state) == (1, sentence)
        assert os.listdir(state) == ["lock"]


@pytest.mark.parametrize("command", [["-m", "cli", "journey"], ["-m", "devstack.journey"], ["-m", "devstack.seed"]])
def test_ctrl_c_is_told_in_a_sentence(tmp_path: Path, command: list[str]) -> None:
    """Ctrl-C comes while the command waits for a service that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        (tmp_path / "addresses.json").write_text(json.dumps(dict.fromkeys(Plan(tmp_path).addresses, address)))
        told = {**os.environ, "MICROCRED_STATE": str(tmp_path)}
        process = subprocess.Popen(
            [sys.executable, *command], env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        with process, deaf.accept()[0]:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("Interrupted")
    assert "Traceback" not in said


def test_ctrl_c_when_all_is_done_changes_nothing(tmp_path: Path) -> None:
    """Again and again, until the process is gone: also while the interpreter puts itself away."""
    told = {**os.environ, "MICROCRED_STATE": str(tmp_path / "none")}
    command = [sys.executable, "-m", "cli", "down"]
    with subprocess.Popen(command, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Nothing was running.\n"
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
        assert process.returncode in (0, 130)
        assert process.stdout.read() in ("", "Interrupted; `make down` stops what still runs.\n")
