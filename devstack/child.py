"""A server that runs as a child of this process, for tests and benchmarks that start, pause and kill it."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

# Waits for the end of its standard input. That comes when the process at the other end is gone, however it ended.
_LEASH = """cat >/dev/null
kill -"$2" "$1" 2>/dev/null
for _ in 1 2 3 4 5; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done
kill -KILL "$1"
"""


class ServerFailed(Exception):
    """A server ended or did not get ready; the message holds the last lines of its log."""


class Started(Protocol):
    """A started process, with the methods of `subprocess.Popen`."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """Its exit code; minus the number of a signal that ended it; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code. Raises subprocess.TimeoutExpired."""

    def send_signal(self, signal: int, /) -> None:
        """Send it a signal. Nothing happens if it has ended."""


@dataclass
class Child:
    """One program and its log. It ends when this process ends, even by `kill -9`. For programs that should go on, see
    `supervise`."""

    name: str
    command: Sequence[str]
    log: Path
    environ: Mapping[str, str] | None = None
    folder: Path | None = None
    user: int | None = None
    group: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    _process: Started | None = field(default=None, init=False)
    _leash: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """The process id. Raises ServerFailed if it was not started."""
        if self._process is None:
            raise ServerFailed(f"{self.name} is not running")
        return self._process.pid

    def running(self) -> bool:
        """Whether the process exists now (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the program; its output is added to the log. Raises ServerFailed if it already runs."""
        if self.running():
            raise ServerFailed(f"{self.name} runs already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._process = self._launch()
        self._leash = subprocess.Popen(
            ["/bin/sh", "-c", _LEASH, "leash", str(self.pid), str(int(self.stop_signal))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def stop(self, timeout: float = 15) -> None:
        """Ask the program to end and wait; kill it after `timeout` seconds. Does nothing if it does not run."""
        if self._process is None:
            return
        if self.running():
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
        self._forget()

    def kill(self) -> None:
        """`kill -9`: the program cannot write anything any more."""
        self.kill_soon()
        self._forget()

    def kill_soon(self) -> None:
        """`kill -9` without waiting for the end. Does nothing if it does not run."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)

    def pause(self) -> None:
        """Pause the program (SIGSTOP): connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a paused program go on."""
        os.kill(self.pid, signal.SIGCONT)

    def last_lines(self, count: int = 15) -> str:
        """The end of the log, for a person to read."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        except FileNotFoundError:
            return "(no log)"

    def failure(self, what: str) -> ServerFailed:
        """The error that says `what` went wrong, with the end of the log."""
        return ServerFailed(f"{self.name} {what}. The end of {self.log}:\n{self.last_lines()}")

    def _launch(self) -> Started:
        extra: dict[str, object] = (
            {} if self.user is None else {"user": self.user, "group": self.group, "extra_groups": []}
        )
        with self.log.open("ab") as output:
            started: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=None if self.environ is None else dict(self.environ),
                # Ctrl-C at the terminal reaches only the tests, which then stop the server in order
                start_new_session=True,
                **extra,
            )
        return started

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._leash is not None:
            self._leash.kill()
            if self._leash.stdin is not None:
                self._leash.stdin.close()
            self._leash.wait()
            self._leash = None
