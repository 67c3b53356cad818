"""The whole stack on this machine: up, down, status, logs, reset. Each may be repeated; what was not started here is never ended."""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from devstack import databases, kafka, postgres
from devstack.child import ServerFailed
from devstack.jars import JarError
from devstack.java import JavaError
from devstack.keys import Keys, ensure_keys
from devstack.paths import CHECKOUT
from devstack.ports import is_taken
from devstack.programs import Plan, Program, SettingError, infrastructure, services
from devstack.server_account import AccountError
from devstack.supervise import State, Supervisor, SupervisorFailed

INFRASTRUCTURE, SERVICES = "infrastructure", "services"
ALIVE = ("RUNNING", "STARTING")


class StackFailed(Exception):
    """The stack did not come up; the message says which part, what it said last, and what to do."""


class Stack:
    """One stack: a plan, its supervisor, and somewhere to tell a person what happens."""

    def __init__(self, plan: Plan, console: Console, services: Callable[[Plan, Keys], list[Program]] = services) -> None:
        self._plan = plan
        self._services = services
        self._console = console
        self.supervisor = Supervisor(plan.state)

    def up(self) -> None:
        """Brings up what is not up; returns when every service says that it is ready. Raises StackFailed or what a part raises."""
        plan = self._plan
        plan.state.mkdir(parents=True, exist_ok=True)
        with self._alone():
            keys = ensure_keys(plan.state / "keys")
            (plan.state / "objects").mkdir(exist_ok=True)
            if not plan.clock.exists():
                plan.clock.write_text("0\n")
            lower = self._prepare_infrastructure(keys)
            upper = self._services(plan, keys)
            with self._step("Supervisor"):
                self.supervisor.configure({INFRASTRUCTURE: lower, SERVICES: upper})
            self._refuse_taken_ports([*lower, *upper])
            with self._step(_spoken([program.name for program in lower])):
                self.supervisor.start(INFRASTRUCTURE)
                self._wait(INFRASTRUCTURE, lower, 120)
            if plan.embedded_databases:
                with self._step("Databases and roles"):
                    self._provision_databases(keys)
            with self._step("Topics"):
                self._provision_topics()
            with self._step(_spoken([program.name for program in upper])):
                self.supervisor.start(SERVICES)
                self._wait(SERVICES, upper, 180)
            _write_json(plan.state / "addresses.json", plan.addresses)

    def down(self) -> bool:
        """Stops everything that belongs to this stack; data stays. Returns whether anything ran."""
        if not self._plan.state.exists():
            return False
        with self._alone(), self._step("Stopping"):
            ran = bool(self.supervisor.states())
            self.supervisor.shut_down()
            (self._plan.state / "addresses.json").unlink(missing_ok=True)
            return ran

    def reset(self) -> None:
        """Stops everything and removes all data, keys and logs of this stack. The cache of downloads stays."""
        self.down()
        data = self._plan.state / "postgres"
        if data.is_symlink():
            shutil.rmtree(data.resolve(), ignore_errors=True)
        shutil.rmtree(self._plan.state, ignore_errors=True)

    def addresses(self) -> dict[str, str]:
        """The addresses of the stack as it was brought up last; empty when it is down."""
        try:
            found: dict[str, str] = json.loads((self._plan.state / "addresses.json").read_text())
            return found
        except FileNotFoundError:
            return {}

    def _prepare_infrastructure(self, keys: Keys) -> list[Program]:
        plan = self._plan
        postgres_folder = None
        if plan.embedded_databases:
            with self._step("PostgreSQL's folder"):
                postgres_folder = postgres.set_up_folder(plan.state / "postgres", keys.postgres_admin_password)
        runtime = None
        if plan.kafka_elsewhere is None:
            runtime = self._prepare_kafka()
            kafka.set_up_folder(runtime, plan.state / "kafka", plan.ports["kafka"], plan.ports["kafka (controller)"])
        return infrastructure(plan, keys, runtime, postgres_folder)

    def _prepare_kafka(self) -> kafka.Runtime:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with self._step("Kafka's program", spinner=False), contextlib.ExitStack() as shown:
            progress = Progress(*columns, console=self._console, transient=True)

            def arrived(done: int, of: int) -> None:
                if not progress.tasks:
                    shown.enter_context(progress)
                    progress.add_task("Downloading Kafka")
                progress.update(progress.tasks[0].id, completed=done, total=of)

            return kafka.prepare(say=lambda line: self._console.print(f"  {line}", highlight=False), arrived=arrived)

    def _provision_databases(self, keys: Keys) -> None:
        passwords = {service: word for service, word in keys.database_passwords.items() if service in self._plan.embedded_databases}
        admin = postgres.dsn(postgres.ADMIN, keys.postgres_admin_password, "postgres", self._plan.ports["postgres"])
        try:
            asyncio.run(databases.provision(admin, passwords))
        except asyncpg.InvalidPasswordError:
            raise StackFailed("PostgreSQL's data and the keys in .microcred/keys are not of one stack. `make reset` starts anew.") from None

    def _provision_topics(self) -> None:
        command = [sys.executable, "-m", "chassis.provision", "--bootstrap", self._plan.bootstrap]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
        if done.returncode != 0:
            raise StackFailed(done.stderr.strip() or "The topics could not be made.")

    def _refuse_taken_ports(self, programs: Sequence[Program]) -> None:
        running = {state.name for state in self.supervisor.states() if state.state in ALIVE}
        taken = [f"{port} ({name})" for p in programs if p.name not in running for name, port in p.ports.items() if is_taken(port)]
        if not taken:
            return
        if not running:
            self.supervisor.shut_down()
        which = f"Port {taken[0]} is" if len(taken) == 1 else f"Ports {', '.join(taken)} are"
        raise StackFailed(f"{which} taken by another program. Stop it, or shift all ports: MICROCRED_PORT_OFFSET=100 make up")

    def _wait(self, group: str, programs: Sequence[Program], timeout: float) -> None:
        end = time.monotonic() + timeout
        waiting = list(programs)
        pids: dict[str, set[int]] = {}
        while waiting:
            states = {state.name: state for state in self.supervisor.states() if state.group == group}
            for state in states.values():
                pids.setdefault(state.name, set()).update({state.pid} - {0})
            waiting = [program for program in waiting if not program.is_ready()]
            for program in waiting:
                if len(pids.get(program.name, ())) > 4 or program.name not in states or states[program.name].state == "FATAL":
                    raise self._failure(program, "does not stay up")
            if waiting and time.monotonic() > end:
                raise self._failure(waiting[0], f"was not ready within {timeout:.0f} s")
            time.sleep(0.05 if waiting else 0)

    def _failure(self, program: Program, what: str) -> StackFailed:
        said = last_lines(self.supervisor.log_of(program.name), 15)
        if reason := program.explain():
            said.append(reason)
        lines = "\n".join(f"  {line}" for line in said)
        remedy = f"`make logs` shows more; `make up` tries again; `make reset` starts anew without the data in {self._plan.state}."
        return StackFailed(f"{program.name} {what}. The last it said:\n{lines}\n{remedy}")

    @contextlib.contextmanager
    def _step(self, title: str, *, spinner: bool = True) -> Iterator[None]:
        started = time.monotonic()
        with self._console.status(f"{title} ...") if spinner and self._console.is_terminal else contextlib.nullcontext():
            yield
        self._console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]", highlight=False)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._plan.state / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackFailed("Another `make up`, `make down` or `make reset` is at work on this stack. Wait for it.") from None
            yield


REFUSALS = (StackFailed, ServerFailed, SupervisorFailed, AccountError, JarError, JavaError, SettingError)
"""What a person is told in one sentence instead of a traceback."""


def run_program(module: str, arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Runs `python -m <module>` of this checkout before the caller's eyes; its exit code."""
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=CHECKOUT, env=dict(environ)).returncode


def address_table(addresses: Mapping[str, str]) -> Table:
    """The addresses, for a person."""
    table = Table(title="microcred", title_justify="left", show_header=False)
    for name, address in addresses.items():
        table.add_row(name, address)
    return table


def status_table(states: Sequence[State], addresses: Mapping[str, str]) -> Table:
    """What runs, since when, where."""
    table = Table("program", "state", "process", "up", "address")
    for state in states:
        alive = state.state in ALIVE
        colour = "green" if state.state == "RUNNING" else "yellow" if alive else "red"
        up = f"{state.seconds // 3600}:{state.seconds // 60 % 60:02}:{state.seconds % 60:02}" if alive else ""
        table.add_row(state.name, f"[{colour}]{state.state.lower()}[/]", str(state.pid or ""), up, addresses.get(state.name, ""))
    return table


def last_lines(path: Path, count: int) -> list[str]:
    """The end of a log; at most 64 KB of it are read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 65536))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return ["(it said nothing)"]


def _spoken(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _write_json(path: Path, value: Mapping[str, str]) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(value, indent=2) + "\n")
    draft.replace(path)
