"""The time of the whole devstack: real time plus an offset that lies in a file every process reads."""

import os
import tempfile
import time
from pathlib import Path


class Clock:
    """Real time plus an offset. The sandbox is the only writer of the file; a missing file means no offset."""

    def __init__(self, file: Path) -> None:
        self._file = file
        text = file.read_text().strip() if file.exists() else ""
        try:
            self._offset = float(text or 0)
        except ValueError:
            raise SystemExit(f"{file} must hold one number of seconds, not {text!r}: write 0 into it") from None

    @property
    def offset_seconds(self) -> float:
        return self._offset

    def now(self) -> int:
        """Unix time in whole seconds, as Stripe tells it."""
        return int(time.time() + self._offset)

    def shift(self, offset_seconds: float) -> None:
        """Set the offset and replace the file in one step, so that no reader sees half a number."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=f"{self._file.name}.")
        with os.fdopen(handle, "w") as replacement:
            replacement.write(str(int(offset_seconds)) if offset_seconds.is_integer() else repr(offset_seconds))
        Path(name).chmod(0o644)
        Path(name).replace(self._file)
        self._offset = offset_seconds
