"""One command at a time works on a stack and says what it does. It takes the lock before it reads the folder."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstack.hold import AtWork, at_work, held, take

ANOTHER = """
import sys, time
from pathlib import Path
from devstack.hold import take
hold = take(Path(sys.argv[1]), "up")
hold.say("starting Kafka")
print("held", flush=True)
sys.stdin.read()
hold.release()
"""


@contextmanager
def another(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """A process that is at work on the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        assert process.stdin is not None
        process.stdin.close()


def test_another_command_is_refused_with_who_is_at_work_what_it_does_and_what_to_do(tmp_path: Path) -> None:
    with another(tmp_path) as process:
        sentence = (
            f"`make up` is at work on this stack (process {process.pid}, starting Kafka). Wait for it, or stop it:"
            f" Ctrl-C where it runs, or `kill {process.pid}`. Then try again."
        )
        with pytest.raises(AtWork) as refused:
            take(tmp_path, "down")
        assert str(refused.value) == at_work(tmp_path) == sentence
    assert at_work(tmp_path) == ""
    take(tmp_path, "down").release()


def test_the_lock_of_a_killed_command_is_free(tmp_path: Path) -> None:
    with another(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert at_work(tmp_path) == ""
        take(tmp_path, "up").release()


def test_who_only_looks_is_no_obstacle(tmp_path: Path) -> None:
    take(tmp_path, "up").release()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            at_work(tmp_path)

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(50):
        take(tmp_path, "up").release()
    done.set()
    looking.join()


def test_a_folder_that_was_made_for_the_lock_goes_with_it_and_one_that_was_there_stays(tmp_path: Path) -> None:
    take(tmp_path / "new", "down").release()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").mkdir()
    take(tmp_path / "there", "down").release()
    assert os.listdir(tmp_path / "there") == ["lock"]


def test_a_folder_that_got_something_stays_and_is_its_owners_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with held(tmp_path / "state", "up"):
            (tmp_path / "state" / "keys").mkdir()
    finally:
        os.umask(before)
    assert sorted(os.listdir(tmp_path / "state")) == ["keys", "lock"]
    assert [oct(path.stat().st_mode & 0o777) for path in (tmp_path / "state", tmp_path / "state" / "lock")] == [
        "0o700",
        "0o600",
    ]


def test_who_waits_while_the_folder_is_removed_gets_a_new_one_and_not_the_old_lock(tmp_path: Path) -> None:
    first = take(tmp_path / "state", "reset")
    taken: list[os.stat_result] = []

    def second() -> None:
        with held(tmp_path / "state", "up"):
            taken.append((tmp_path / "state" / "lock").stat())

    waiting = threading.Thread(target=second)
    waiting.start()
    first.remove_folder()
    first.release()
    waiting.join()
    assert len(taken) == 1


def test_many_at_once_are_never_two(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from devstack.hold import AtWork, take
folder = Path(sys.argv[1])
for _ in range(40):
    try:
        hold = take(folder / "state", "up")
    except AtWork:
        continue
    (folder / "inside").touch(exist_ok=False)
    (folder / "inside").unlink()
    hold.remove_folder()
    hold.release()
"""
    processes = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_hold_that_one_has_already_is_used(tmp_path: Path) -> None:
    hold = take(tmp_path, "up")
    with held(tmp_path, "up", hold) as same:
        assert same is hold
    with pytest.raises(AtWork, match=f"process {os.getpid()}, beginning"):
        take(tmp_path, "down")
    hold.release()


def test_a_state_folder_that_is_a_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(FileExistsError):
        take(tmp_path / "state", "up")
