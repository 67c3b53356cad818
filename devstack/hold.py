"""One command at a time works on a stack. Which one, and what it does at the moment, stands in the file `lock` of the
state folder.

The lock is the operating system's: it ends with the process that has it, however that ends. It comes before any look
into the folder.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

LOCK = "lock"
_ROOM = 200
_PASSING_SECONDS = 1.0
"""For so long a lock is asked for again: who only looks whether somebody is at work has it for a moment."""


class AtWork(Exception):
    """Another command works on this stack; the message says which, its process, what it does, and what to do."""


class Hold:
    """What one command has while it works on a state folder. `say` tells others what it is doing."""

    def __init__(self, folder: Path, command: str, descriptor: int, made_folder: bool) -> None:
        self._folder = folder
        self._command = command
        self._descriptor = descriptor
        self._made_folder = made_folder

    def say(self, doing: str) -> None:
        """What others are told: 'starting Kafka'."""
        line = f"{os.getpid()} {self._command}: {' '.join(doing.split())}".encode()[:_ROOM]
        os.pwrite(
            self._descriptor, line.ljust(_ROOM), 0
        )  # always of one length and in one piece: nobody reads half of it

    def release(self) -> None:
        """Others may work on it. A folder that was made for this lock and holds nothing else goes with it."""
        with contextlib.suppress(FileNotFoundError):
            if self._made_folder and os.listdir(self._folder) == [LOCK]:
                self.remove_folder()
        os.close(self._descriptor)

    def remove_folder(self) -> None:
        """Removes the folder, which must hold nothing else than the lock. Who wants it at this moment makes a new
        one."""
        (self._folder / LOCK).unlink()
        with contextlib.suppress(OSError):  # somebody has put something into it meanwhile, or it is a mount
            self._folder.rmdir()
        self._made_folder = False


def take(folder: Path, command: str) -> Hold:
    """The hold on a state folder, which is made if need be, for its owner only. Raises AtWork, and OSError where no
    folder can be made."""
    end = time.monotonic() + _PASSING_SECONDS
    while True:
        made = _made(folder)
        try:
            descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # whoever had it has removed the folder
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            line = _line(descriptor)
            os.close(descriptor)
            if time.monotonic() > end:
                raise AtWork(_sentence(line)) from None
            time.sleep(0.02)
            continue
        if _is_at(descriptor, folder / LOCK):
            os.fchmod(descriptor, 0o600)
            hold = Hold(folder, command, descriptor, made)
            hold.say("beginning")
            return hold
        os.close(descriptor)


@contextlib.contextmanager
def held(folder: Path, command: str, hold: Hold | None = None) -> Iterator[Hold]:
    """`take` and `release`; with a `hold` that the caller has already: that one, and it stays."""
    if hold is not None:
        yield hold
        return
    hold = take(folder, command)
    try:
        yield hold
    finally:
        hold.release()


def at_work(folder: Path) -> str:
    """The sentence about the command that works on this state folder now; empty when none does."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _sentence(_line(descriptor))
    finally:
        os.close(descriptor)
    return ""


def _made(folder: Path) -> bool:
    while True:
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            if folder.is_dir():
                return False
            if os.path.lexists(folder):
                raise  # something else stands there
            continue  # whoever had it removed it at this very moment
        return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _line(descriptor: int) -> str:
    return os.pread(descriptor, _ROOM, 0).decode(errors="replace").strip()


def _sentence(line: str) -> str:
    process, _, rest = line.partition(" ")
    command, _, doing = rest.partition(": ")
    if not process.isdecimal():
        return "Another command is at work on this stack. Wait for it and try again."
    return (
        f"`make {command}` is at work on this stack (process {process}, {doing}). Wait for it, or stop it:"
        f" Ctrl-C where it runs, or `kill {process}`. Then try again."
    )
