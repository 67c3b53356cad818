"""Texts about the stack for people: refusals in a sentence, tables, the ends of logs."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from devstack.child import ServerFailed
from devstack.files import StateDamaged
from devstack.gateway import CaddyMissing
from devstack.hold import AtWork
from devstack.jars import JarError
from devstack.java import JavaError
from devstack.paths import CHECKOUT
from devstack.programs import SettingError
from devstack.server_account import AccountError
from devstack.supervise import State, SupervisorFailed
from devstack.world import WalkFailed

ALIVE = ("RUNNING", "STARTING")


class StackFailed(Exception):
    """The stack did not start. The message names the part, shows the end of its log, and says what to do."""


REFUSALS = (
    StackFailed,
    ServerFailed,
    SupervisorFailed,
    AccountError,
    CaddyMissing,
    JarError,
    JavaError,
    SettingError,
    StateDamaged,
    AtWork,
    WalkFailed,
    OSError,
)
"""The exceptions that are told in one sentence instead of a traceback."""


def in_words(error: BaseException) -> str:
    """The sentence. For errors of the operating system it names the file and says what is wrong."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


@contextlib.contextmanager
def told(console: Console) -> Iterator[None]:
    """An error inside is told in a sentence and ends the program with exit code 1."""
    try:
        yield
    except REFUSALS as error:
        console.print("[red]✗[/] ", end="")
        console.print(in_words(error), markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


@contextlib.contextmanager
def interruption_told(console: Console) -> Iterator[None]:
    """Ctrl-C ends the program with a sentence and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        console.print("Interrupted; `make up` goes on from here.")
        raise SystemExit(130) from None


def run_program(module: str, arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Run `python -m <module>` of this checkout, with its output shown. Returns its exit code."""
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=CHECKOUT, env=dict(environ)).returncode


def address_table(addresses: Mapping[str, str]) -> Table:
    """The addresses, for a person."""
    table = Table(title="microcred", title_justify="left", show_header=False)
    for name, address in addresses.items():
        table.add_row(name, address)
    return table


def status_table(states: Sequence[State], addresses: Mapping[str, str]) -> Table:
    """A table of the programs: what runs, since when, and where."""
    table = Table("program", "state", "process", "up", "address")
    for state in states:
        alive = state.state in ALIVE
        colour = "green" if state.state == "RUNNING" else "yellow" if alive else "red"
        up = f"{state.seconds // 3600}:{state.seconds // 60 % 60:02}:{state.seconds % 60:02}" if alive else ""
        table.add_row(
            state.name, f"[{colour}]{state.state.lower()}[/]", str(state.pid or ""), up, addresses.get(state.name, "")
        )
    return table


def last_lines(path: Path, count: int) -> list[str]:
    """The end of a log. At most 64 KB of it are read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 65536))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return ["(it said nothing)"]
