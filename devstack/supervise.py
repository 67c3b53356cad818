"""The programs of the stack under `supervisor`, which restarts them and goes on after the command that started it."""

import contextlib
import http.client
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from supervisor.xmlrpc import SupervisorTransport

from devstack import supervisor_config as config
from devstack.orphans import end_orphans, orphans, supervisors
from devstack.programs import Program

_AWAY = (OSError, xmlrpc.client.Error, http.client.HTTPException)
"""The exceptions of a call to a supervisor that does not run, or is just ending."""


class SupervisorFailed(Exception):
    """The supervisor does not start or answer. The message says what to do."""


@dataclass(frozen=True)
class State:
    """The state of one program in supervisor's words (`RUNNING`, `STARTING`, `BACKOFF`, `STOPPED`, `FATAL` ...), and
    for how many seconds."""

    group: str
    name: str
    state: str
    pid: int
    seconds: int


class Supervisor:
    """The supervisor of one state folder. Making one starts nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = config.file_of(folder)

    def log_of(self, name: str) -> Path:
        """The file with a program's output."""
        return config.log_of(self._folder, name)

    def running(self) -> bool:
        """Whether the supervisor answers."""
        try:
            with self._rpc() as rpc:
                rpc.getState()
            return True
        except _AWAY:
            return False

    def anything_runs(self) -> bool:
        """Whether the supervisor runs, or anything left by a killed one."""
        return self.running() or bool(self._strays() or orphans(self._folder))

    def configure(self, groups: Mapping[str, list[Program]]) -> None:
        """Tell the supervisor the programs, and start it if it does not run. Groups that changed are stopped; none is
        started.

        Later groups are stopped before earlier ones. Raises SupervisorFailed.
        """
        if found := set("%;#\n\"'") & set(str(self._folder)):
            raise SupervisorFailed(
                f"The path {self._folder} holds {' '.join(sorted(found))}, which"
                " supervisor cannot take; use another folder."
            )
        for name in ("logs", "pids", "run"):
            (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        config.write(self._folder, groups)
        self._end_strays()
        if self.running() and not self._goes_on():
            self.shut_down()
        if not self.running():
            end_orphans(self._folder)
            self._launch()
        try:
            with self._rpc() as rpc:
                added, changed, removed = rpc.reloadConfig()[0]
                for name in [*removed, *changed]:
                    rpc.stopProcessGroup(name)
                    rpc.removeProcessGroup(name)
                for name in [*changed, *added]:
                    rpc.addProcessGroup(name)
        except xmlrpc.client.Fault as fault:
            raise SupervisorFailed(
                f"The supervisor refused: {fault.faultString}. See"
                f" {self._folder}/supervisord.log; `make up` tries again."
            ) from None

    def start(self, group: str) -> None:
        """Start the programs of a group that do not run, without waiting for them."""
        with self._rpc() as rpc:
            for state in self.states():
                if state.group != group or state.state in ("RUNNING", "STARTING"):
                    continue
                # Supervisor may have restarted it first. Or the supervisor is ending, and the program never gets ready.
                with contextlib.suppress(*_AWAY):
                    if state.state == "BACKOFF":  # it would wait longer after each failure
                        rpc.stopProcess(f"{group}:{state.name}")
                    rpc.startProcess(f"{group}:{state.name}", False)

    def states(self) -> list[State]:
        """All programs; empty if the supervisor does not run."""
        try:
            with self._rpc() as rpc:
                return [
                    State(
                        str(info["group"]),
                        str(info["name"]),
                        str(info["statename"]),
                        int(info["pid"]),
                        int(info["now"]) - int(info["start"]),
                    )
                    for info in rpc.getAllProcessInfo()
                ]
        except _AWAY:
            return []

    def shut_down(self, timeout: float = 60) -> None:
        """Stop all programs, later groups first, then the supervisor. If it does not run, only orphans of a killed one
        are ended."""
        self._end_strays()
        if self.running():
            with contextlib.suppress(*_AWAY), self._rpc() as rpc:  # it may be ending already
                rpc.shutdown()
            end = time.monotonic() + timeout
            while found := supervisors(self._folder):
                if time.monotonic() > end:
                    pid = found[0].pid
                    raise SupervisorFailed(
                        f"The supervisor (process {pid}) did not end within {timeout:.0f} s;"
                        f" see {self._folder}/supervisord.log"
                    )
                time.sleep(0.05)
        end_orphans(self._folder)

    def _launch(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)],
            capture_output=True,
            text=True,
            cwd="/",
        )
        end = time.monotonic() + (15 if done.returncode == 0 else 0)
        while not self.running():
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        else:
            return
        raise SupervisorFailed(
            f"The supervisor did not start: {done.stdout}{done.stderr} See {self._folder}/supervisord.log"
        )

    def _goes_on(self) -> bool:
        """Whether the running supervisor is not ending, and was started with the present head of the configuration."""
        try:
            with self._rpc() as rpc:
                return f"identifier={rpc.getIdentification()}\n" in config.head(self._folder)
        except _AWAY:
            return False

    def _strays(self) -> list[psutil.Process]:
        """The supervisors of this folder that do not answer: one that a killed command was starting, or one that lost
        its socket."""
        return [] if self.running() else supervisors(self._folder)

    def _end_strays(self, patience: float = 5) -> None:
        """Wait until a starting supervisor answers. One that never answers is ended; its programs become orphans."""
        end = time.monotonic() + patience
        while strays := self._strays():
            if time.monotonic() > end:
                for process in strays:
                    with contextlib.suppress(psutil.Error):
                        process.kill()
                psutil.wait_procs(strays, timeout=5)
                return
            time.sleep(0.05)

    @contextlib.contextmanager
    def _rpc(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{config.socket_of(self._folder)}")
        try:
            yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport).supervisor
        finally:
            transport.close()
