"""Only one command at a time works on a stack. The file `lock` of the state folder says which one, and what it is
doing.

The lock is one of the operating system, so it ends with the process that has it, however that ends. It is taken before
anything else in the folder is read.
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
"""For so many seconds a lock is tried again, because a command that only checks for others has it for a moment."""


class AtWork(Exception):
    """Another command works on this stack. The message names it, its process and its work, and says what to do."""


class Hold:
    """The lock that a command has while it works on a state folder. `say` tells others what it is doing."""

    def __init__(self, folder: Path, command: str, descriptor: int, made_folder: bool) -> None:
        self._folder = folder
        self._command = command
        self._descriptor = descriptor
        self._made_folder = made_folder

    def say(self, doing: str) -> None:
        """Tell others what this command is doing: 'starting Kafka'."""
        line = f"{os.getpid()} {self._command}: {' '.join(doing.split())}".encode()[:_ROOM]
        os.pwrite(
            self._descriptor, line.ljust(_ROOM), 0
        )  # always the same length and one write, so nobody reads half of it

    def release(self) -> None:
        """Let others work on the folder. A folder that was made for this lock and holds nothing else is removed."""
        with contextlib.suppress(FileNotFoundError):
            if self._made_folder and os.listdir(self._folder) == [LOCK]:
                self.remove_folder()
        os.close(self._descriptor)

    def remove_folder(self) -> None:
        """Remove the folder, which must hold only the lock. A command that wants it at this moment makes a new one."""
        (self._folder / LOCK).unlink()
        with contextlib.suppress(OSError):  # it is not empty any more, or it is a mount
            self._folder.rmdir()
        self._made_folder = False


def take(folder: Path, command: str) -> Hold:
    """Take the lock of a state folder. If needed the folder is made, for its owner only. Raises AtWork, and OSError if
    the folder cannot be made."""
    end = time.monotonic() + _PASSING_SECONDS
    while True:
        made = _made(folder)
        try:
            descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # the command that had it removed the folder
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
    """`take` and `release`. A `hold` that the caller already has is used and kept."""
    if hold is not None:
        yield hold
        return
    hold = take(folder, command)
    try:
        yield hold
    finally:
        hold.release()


def at_work(folder: Path) -> str:
    """The sentence about the command that works on this state folder now; empty if there is none."""
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
                raise  # there is something else
            continue  # the command that had it removed it at this moment
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
