"""The configuration of `supervisor`: its programs, its socket, and the script of each program."""

import hashlib
import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from devstack.files import write_whole
from devstack.programs import Program

# Writes its process id where a later stack can find it, then becomes the program, so the supervisor sees one process.
_NUMBERED = 'echo $$ >"$0"; exec /bin/sh "$1"'
_LONGEST_SOCKET_PATH = 100

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


def file_of(folder: Path) -> Path:
    """The configuration file of the supervisor of a state folder."""
    return folder / "supervisord.conf"


def log_of(folder: Path, name: str) -> Path:
    """The file with a program's output."""
    return folder / "logs" / f"{name}.log"


def write(folder: Path, groups: Mapping[str, list[Program]]) -> None:
    """Write the configuration file, and the scripts that it names. Later groups start after earlier ones."""
    text = head(folder)
    for priority, (group, programs) in enumerate(groups.items(), 1):
        if not programs:
            continue
        text += _GROUP.format(
            name=group, programs=",".join(program.name for program in programs), priority=priority * 100
        )
        for program in programs:
            environment = (
                "" if program.user is None else ",".join(f'{name}="{value}"' for name, value in program.environ.items())
            )
            text += _PROGRAM.format(
                name=program.name,
                command=shlex.join(_command(folder, program)).replace("%", "%%"),
                directory=program.folder,
                environment=environment,
                user=f"user={program.user}" if program.user else "",
                stop_signal=program.stop_signal,
                log=log_of(folder, program.name),
                priority=priority * 100,
            )
    write_whole(file_of(folder), text)


def head(folder: Path) -> str:
    """The part that a supervisor reads only when it starts. The identifier in it is a hash of the other lines."""
    as_root = "user=root" if os.geteuid() == 0 else ""
    text = _HEAD.format(identifier="{identifier}", folder=folder, socket=socket_of(folder), user=as_root)
    return text.replace("{identifier}", f"microcred-{hashlib.sha256(text.encode()).hexdigest()[:12]}")


def _command(folder: Path, program: Program) -> list[str]:
    """The command for supervisor: a script with environment and command, because supervisor's own notation cannot
    express every value.

    The script also runs a service by hand: `sh .microcred/run/intake.sh`. A program with another account gets none,
    because that account could not read it.
    """
    if program.user is not None:
        return program.command
    script = folder / "run" / f"{program.name}.sh"
    exports = [f"export {name}={shlex.quote(value)}" for name, value in program.environ.items()]
    text = "\n".join([*exports, f"exec {shlex.join(program.command)}", ""])
    write_whole(script, text)
    # With the hash, supervisor notices that a script changed.
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return ["/bin/sh", "-c", _NUMBERED, str(folder / "pids" / f"{program.name}.pid"), str(script), version]


def socket_of(folder: Path) -> Path:
    """The supervisor's socket: in the state folder, or in the temporary folder if the path is too long for a socket."""
    inside = folder / "supervisord.sock"
    if len(str(inside).encode()) <= _LONGEST_SOCKET_PATH:
        return inside
    return (
        Path(tempfile.gettempdir())
        / f"microcred-{os.geteuid()}-{hashlib.sha256(str(inside).encode()).hexdigest()[:12]}.sock"
    )
