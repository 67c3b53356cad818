"""The time of the whole devstack: real time plus an offset from a file that every process reads."""

import os
import time
from pathlib import Path

from devstack.files import damaged, read, write_whole

FURTHEST_SECONDS = 100 * 366 * 86_400.0


def read_offset(file: Path) -> float:
    """The seconds in the file; 0 if there is no file. Raises StateDamaged if it does not hold one number within a
    century."""
    remedy = "Write 0 into it: the time is the real one then"
    try:
        text = read(file, remedy).strip()
    except FileNotFoundError:
        return 0.0
    try:
        offset = float(text)
    except ValueError:
        offset = float("nan")
    if not abs(offset) <= FURTHEST_SECONDS:
        raise damaged(file, f"must hold one number of seconds, not {text[:40]!r}", remedy)
    return offset


class Clock:
    """Real time plus an offset. The sandbox is the only writer of the file; a missing file means no offset."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = read_offset(file)

    @property
    def offset_seconds(self) -> float:
        return self._offset

    def now(self) -> int:
        """Unix time in whole seconds, as Stripe uses it."""
        return int(time.time() + self._offset)

    def shift(self, offset_seconds: float) -> None:
        """Set the offset and replace the file in one step, so that no reader sees half a number. The umask decides who
        may read it."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        text = str(int(offset_seconds)) if offset_seconds.is_integer() else repr(offset_seconds)
        write_whole(self._file, text, 0o666 & ~_umask())
        self._offset = offset_seconds


def _umask() -> int:
    found = os.umask(0o077)
    os.umask(found)
    return found
