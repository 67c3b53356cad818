"""The command line says what is wrong in a sentence, and its exit codes can be relied on. What it starts is tried in `tests/system`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def microcred(*arguments: str, state: Path, **environ: str) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    told = {**os.environ, "MICROCRED_STATE": str(state), "COLUMNS": "200", **environ}
    done = subprocess.run([sys.executable, "-m", "cli", *arguments], env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def test_status_of_a_stack_that_is_down_fails_and_says_how_to_start_it(tmp_path: Path) -> None:
    assert microcred("status", state=tmp_path / "none") == (1, "The stack is down. `make up` starts it.\n")


@pytest.mark.parametrize("arguments", [("roles", "somebody@example.org", "staff"), ("journey",)])
def test_what_needs_a_running_stack_says_so(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, said = microcred(*arguments, state=tmp_path / "none")
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
