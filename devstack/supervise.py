"""The programs of the stack under `supervisor`, which restarts what dies; it outlives the command that started it."""

import contextlib
import hashlib
import http.client
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from supervisor.xmlrpc import SupervisorTransport

from devstack import postgres
from devstack.files import write_whole
from devstack.programs import Program

# Writes its process id where a later stack can find it, then becomes the program: the supervisor sees one process.
_NUMBERED = 'echo $$ >"$0"; exec /bin/sh "$1"'
_LONGEST_SOCKET_PATH = 100
_AWAY = (OSError, xmlrpc.client.Error, http.client.HTTPException)
"""What a call to a supervisor raises that is not there, or is just ending."""

_HEAD = """\
[supervisord]
identifier={identifier}
umask=077
logfile={folder}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={folder}/supervisord.pid
childlogdir={folder}/logs
directory=/
{user}
[unix_http_server]
file={socket}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command={command}
directory={directory}
environment={environment}
{user}
stopsignal={stop_signal}
autostart=false
autorestart=true
startsecs=1
startretries=1000
stopwaitsecs=15
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
priority={priority}
"""

_GROUP = """
[group:{name}]
programs={programs}
priority={priority}
"""


class SupervisorFailed(Exception):
    """The supervisor does not start or answer; the message says what to do."""


@dataclass(frozen=True)
class State:
    """How one program is: `RUNNING`, `STARTING`, `BACKOFF`, `STOPPED`, `FATAL` ... (supervisor's words), and since when
    (seconds)."""

    group: str
    name: str
    state: str
    pid: int
    seconds: int


class Supervisor:
    """The supervisor of one state folder. Making one starts nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = folder / "supervisord.conf"

    def log_of(self, name: str) -> Path:
        """What a program wrote to its output."""
        return self._folder / "logs" / f"{name}.log"

    def running(self) -> bool:
        """Whether the supervisor answers."""
        try:
            with self._rpc() as rpc:
                rpc.getState()
            return True
        except _AWAY:
            return False

    def anything_runs(self) -> bool:
        """Whether the supervisor runs, or anything that a killed one left."""
        return self.running() or bool(self._strays() or self._orphans())

    def configure(self, groups: Mapping[str, list[Program]]) -> None:
        """Says what there is to run and starts the supervisor if it does not run. Groups that changed are stopped; none
        is started.

        Earlier groups are stopped after later ones. Raises SupervisorFailed.
        """
        if found := set("%;#\n\"'") & set(str(self._folder)):
            raise SupervisorFailed(
                f"The path {self._folder} holds {' '.join(sorted(found))}, which"
                " supervisor cannot take; use another folder."
            )
        for name in ("logs", "pids", "run"):
            (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(groups)
        self._end_strays()
        if self.running() and not self._goes_on():
            self.shut_down()
        if not self.running():
            self._end_orphans()
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
        """Starts what does not run in the group, without waiting for it."""
        with self._rpc() as rpc:
            for state in self.states():
                if state.group != group or state.state in ("RUNNING", "STARTING"):
                    continue
                with contextlib.suppress(
                    *_AWAY
                ):  # its own restart came first; or it ends, and then nothing of it gets ready
                    if state.state == "BACKOFF":  # it would wait longer after each failure
                        rpc.stopProcess(f"{group}:{state.name}")
                    rpc.startProcess(f"{group}:{state.name}", False)

    def states(self) -> list[State]:
        """All programs; empty when the supervisor does not run."""
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
        """Stops all programs, the later groups first, then the supervisor. Does nothing when it does not run but for
        orphans of a killed one."""
        self._end_strays()
        if self.running():
            with contextlib.suppress(*_AWAY), self._rpc() as rpc:  # it may be ending already
                rpc.shutdown()
            end = time.monotonic() + timeout
            while found := self._supervisors():
                if time.monotonic() > end:
                    pid = found[0].pid
                    raise SupervisorFailed(
                        f"The supervisor (process {pid}) did not end within {timeout:.0f} s;"
                        f" see {self._folder}/supervisord.log"
                    )
                time.sleep(0.05)
        self._end_orphans()

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

    def _write(self, groups: Mapping[str, list[Program]]) -> None:
        text = self._head()
        for priority, (group, programs) in enumerate(groups.items(), 1):
            if not programs:
                continue
            text += _GROUP.format(
                name=group, programs=",".join(program.name for program in programs), priority=priority * 100
            )
            for program in programs:
                environment = (
                    ""
                    if program.user is None
                    else ",".join(f'{name}="{value}"' for name, value in program.environ.items())
                )
                text += _PROGRAM.format(
                    name=program.name,
                    command=shlex.join(self._command(program)).replace("%", "%%"),
                    directory=program.folder,
                    environment=environment,
                    user=f"user={program.user}" if program.user else "",
                    stop_signal=program.stop_signal,
                    log=self.log_of(program.name),
                    priority=priority * 100,
                )
        write_whole(self._config, text)

    def _head(self) -> str:
        """What a supervisor takes only when it starts; its name says by which it was started."""
        as_root = "user=root" if os.geteuid() == 0 else ""
        text = _HEAD.format(identifier="{identifier}", folder=self._folder, socket=self._socket(), user=as_root)
        return text.replace("{identifier}", f"microcred-{hashlib.sha256(text.encode()).hexdigest()[:12]}")

    def _goes_on(self) -> bool:
        """Whether the supervisor that runs is not just ending, and was started with what a supervisor is started with
        today."""
        try:
            with self._rpc() as rpc:
                return f"identifier={rpc.getIdentification()}\n" in self._head()
        except _AWAY:
            return False

    def _command(self, program: Program) -> list[str]:
        """What supervisor runs: a script with environment and command, for supervisor's own notation cannot express
        every value.

        The script also runs a service by hand: `sh .microcred/run/intake.sh`. What runs as another account could not
        read it.
        """
        if program.user is not None:
            return program.command
        script = self._folder / "run" / f"{program.name}.sh"
        exports = [f"export {name}={shlex.quote(value)}" for name, value in program.environ.items()]
        text = "\n".join([*exports, f"exec {shlex.join(program.command)}", ""])
        write_whole(script, text)
        version = hashlib.sha256(text.encode()).hexdigest()[
            :12
        ]  # so that another script is another program to supervisor
        return ["/bin/sh", "-c", _NUMBERED, str(self._folder / "pids" / f"{program.name}.pid"), str(script), version]

    def _supervisors(self) -> list[psutil.Process]:
        """Supervisors of this folder, by their command lines."""
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if (process.info["cmdline"] or [])[-2:] == ["-c", str(self._config)]
        ]

    def _strays(self) -> list[psutil.Process]:
        """Supervisors of this folder that do not answer: one that a killed command was just starting, or one that lost
        its socket."""
        return [] if self.running() else self._supervisors()

    def _end_strays(self, patience: float = 5) -> None:
        """Returns when the one that is starting answers; what never answers is ended, and its programs are orphans."""
        end = time.monotonic() + patience
        while strays := self._strays():
            if time.monotonic() > end:
                for process in strays:
                    with contextlib.suppress(psutil.Error):
                        process.kill()
                psutil.wait_procs(strays, timeout=5)
                return
            time.sleep(0.05)

    def _orphans(self) -> list[psutil.Process]:
        """Programs that are provably ours: PostgreSQL on our folder, and processes of the numbers that ours wrote down
        when they began."""
        found = [server for server in [postgres.running_server(self._folder / "postgres")] if server]
        for file in sorted((self._folder / "pids").glob("*.pid")):
            with contextlib.suppress(ValueError, psutil.Error, OSError):
                process = psutil.Process(int(file.read_text()))
                begun = (
                    -60 < process.create_time() - file.stat().st_mtime < 1
                )  # not a later process that got the same number
                if begun and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def _end_orphans(self) -> None:
        """A supervisor that was killed leaves its programs running: those that are provably ours are ended, nothing
        else is touched."""
        found = self._orphans()
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
        _, left = psutil.wait_procs(found, timeout=20)
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        for file in (self._folder / "pids").glob("*.pid"):
            file.unlink(missing_ok=True)

    def _socket(self) -> Path:
        """In the folder, or, where its path is too long for a socket, in the folder for temporary files."""
        inside = self._folder / "supervisord.sock"
        if len(str(inside).encode()) <= _LONGEST_SOCKET_PATH:
            return inside
        return (
            Path(tempfile.gettempdir())
            / f"microcred-{os.geteuid()}-{hashlib.sha256(str(inside).encode()).hexdigest()[:12]}.sock"
        )

    @contextlib.contextmanager
    def _rpc(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self._socket()}")
        try:
            yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport).supervisor
        finally:
            transport.close()
