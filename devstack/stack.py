"""The whole stack on this machine: up, down, status, logs, reset. Each may be run again. A program that was not started
here is never ended."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from devstack import addresses, databases, kafka, kafka_folder, postgres
from devstack.files import RESET, close_to_others, damaged, for_the_owner_only, write_whole
from devstack.hold import LOCK, Hold, held
from devstack.keys import Keys, ensure_keys
from devstack.paths import CHECKOUT
from devstack.ports import is_taken
from devstack.programs import Plan, Program, infrastructure, services, web
from devstack.server_account import passages
from devstack.stripe_sandbox.clock import read_offset
from devstack.supervise import Supervisor
from devstack.telling import ALIVE, StackFailed, last_lines

INFRASTRUCTURE, SERVICES, GATEWAY = "infrastructure", "services", "gateway"
REMOVING = "removing"
"""A file in the state folder that says: its data is being removed. A command that finds it finishes the removal,
because half of the data is of no use."""


class Stack:
    """One stack: a plan, its supervisor, and a console that tells a person what happens.

    `up`, `down` and `reset` work on it one at a time, and go on from any state that an interruption left. A caller that
    already has the `hold` passes it in.
    """

    def __init__(
        self, plan: Plan, console: Console, services: Callable[[Plan, Keys], list[Program]] = services
    ) -> None:
        self._plan = plan
        self._services = services
        self._console = console
        self.supervisor = Supervisor(plan.state)

    @property
    def folder(self) -> Path:
        """The state folder."""
        return self._plan.state

    def up(self, hold: Hold | None = None) -> None:
        """Start what does not run; returns when every service says that it is ready. Raises one of
        `telling.REFUSALS`."""
        plan = self._plan
        with held(plan.state, "up", hold) as hold, for_the_owner_only():
            if (plan.state / REMOVING).exists():
                with self._step("Removing what an interrupted `make reset` left", hold):
                    self._remove()
            close_to_others(plan.state, self._passages(), [plan.state / "postgres" / "data"])
            keys = self._keys()
            (plan.state / "objects").mkdir(exist_ok=True)
            read_offset(plan.clock)
            front = [web(plan)]
            if not plan.clock.exists():
                write_whole(plan.clock, "0\n")
            lower = self._prepare_infrastructure(keys, hold)
            upper = self._services(plan, keys)
            with self._step("Supervisor", hold):
                self.supervisor.configure({INFRASTRUCTURE: lower, SERVICES: upper, GATEWAY: front})
            self._refuse_taken_ports([*lower, *upper, *front])
            with self._step(_spoken([program.name for program in lower]), hold):
                self.supervisor.start(INFRASTRUCTURE)
                self._wait(INFRASTRUCTURE, lower, 120)
            if plan.embedded_databases:
                with self._step("Databases and roles", hold):
                    self._provision_databases(keys)
            with self._step("Topics", hold):
                self._provision_topics()
            with self._step(_spoken([program.name for program in upper]), hold):
                self.supervisor.start(SERVICES)
                self._wait(SERVICES, upper, 180)
            with self._step("The gateway", hold):
                self.supervisor.start(GATEWAY)
                self._wait(GATEWAY, front, 30)
            write_whole(plan.state / addresses.FILE, json.dumps(plan.addresses, indent=2) + "\n")

    def down(self, hold: Hold | None = None) -> bool:
        """Stop everything of this stack; its data stays. Returns whether anything ran."""
        with held(self._plan.state, "down", hold) as hold:
            return self._stop(hold)

    def reset(self, hold: Hold | None = None) -> None:
        """Stop everything and remove all data, keys and logs of this stack. The cache of downloads stays."""
        with held(self._plan.state, "reset", hold) as hold:
            self._stop(hold)
            hold.say("removing the data")
            if set(os.listdir(self._plan.state)) != {LOCK}:
                (self._plan.state / REMOVING).touch()
                self._remove()
            hold.remove_folder()

    def addresses(self) -> dict[str, str]:
        """The addresses of the running stack; empty if it is down. Raises StateDamaged."""
        return addresses.read_addresses(self._plan.state)

    def _stop(self, hold: Hold) -> bool:
        hold.say("stopping")
        left = postgres.end_unfinished(self._plan.state / "postgres")
        (self._plan.state / addresses.FILE).unlink(missing_ok=True)
        if not self.supervisor.anything_runs():
            return left
        with self._step("Stopping", hold):
            self.supervisor.shut_down()
        return True

    def _remove(self) -> None:
        data = self._plan.state / "postgres"
        if data.is_symlink():
            _remove_tree(data.resolve())
        for entry in self._plan.state.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                _remove_tree(entry)
            elif entry.name not in (LOCK, REMOVING):
                entry.unlink(missing_ok=True)
        (self._plan.state / REMOVING).unlink(missing_ok=True)

    def _keys(self) -> Keys:
        folder = self._plan.state / "keys"
        has_data = any((self._plan.state / server / "data").exists() for server in ("postgres", "kafka"))
        if has_data and not (folder.is_dir() and any(folder.iterdir())):
            raise damaged(
                folder,
                "is lost, with all keys and passwords of the data beside it",
                f"Put it back from a copy, {RESET}",
            )
        return ensure_keys(folder)

    def _passages(self) -> list[Path]:
        return passages(self._plan.state / "postgres") if self._plan.embedded_databases else []

    def _prepare_infrastructure(self, keys: Keys, hold: Hold) -> list[Program]:
        plan = self._plan
        postgres_folder = None
        if plan.embedded_databases:
            with self._step("PostgreSQL's folder", hold):
                postgres_folder = postgres.set_up_folder(plan.state / "postgres", keys.postgres_admin_password)
            plan.state.chmod(0o711 if self._passages() else 0o700)  # the folder may have been moved
        runtime = None
        if plan.kafka_elsewhere is None:
            runtime = self._prepare_kafka(hold)
            kafka_folder.set_up_folder(
                runtime, plan.state / "kafka", plan.ports["kafka"], plan.ports["kafka (controller)"]
            )
        return infrastructure(plan, keys, runtime, postgres_folder)

    def _prepare_kafka(self, hold: Hold) -> kafka_folder.Runtime:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with self._step("Kafka's program", hold, spinner=False), contextlib.ExitStack() as shown:
            progress = Progress(*columns, console=self._console, transient=True)

            def arrived(done: int, of: int) -> None:
                if not progress.tasks:
                    shown.enter_context(progress)
                    progress.add_task("Downloading Kafka")
                progress.update(progress.tasks[0].id, completed=done, total=of)

            return kafka.prepare(say=lambda line: self._console.print(f"  {line}", highlight=False), arrived=arrived)

    def _provision_databases(self, keys: Keys) -> None:
        passwords = {
            service: word
            for service, word in keys.database_passwords.items()
            if service in self._plan.embedded_databases
        }
        admin = postgres.dsn(postgres.ADMIN, keys.postgres_admin_password, "postgres", self._plan.ports["postgres"])
        try:
            asyncio.run(databases.provision(admin, passwords))
        except asyncpg.InvalidPasswordError:
            raise StackFailed(
                f"PostgreSQL's data and the keys in {keys.folder} are not from the same stack."
                f" Put back the keys of this data, {RESET}."
            ) from None
        except asyncpg.PostgresError as error:
            raise StackFailed(
                f"PostgreSQL refused to make the databases: {error}. `make logs` shows more; `make up` tries again."
            ) from None

    def _provision_topics(self) -> None:
        command = [sys.executable, "-m", "chassis.kafka.provision", "--bootstrap", self._plan.bootstrap]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
        if done.returncode != 0:
            raise StackFailed(done.stderr.strip() or "The topics could not be made.")

    def _refuse_taken_ports(self, programs: Sequence[Program]) -> None:
        running = {state.name for state in self.supervisor.states() if state.state in ALIVE}
        taken = [
            f"{port} ({name})"
            for p in programs
            if p.name not in running
            for name, port in p.ports.items()
            if is_taken(port)
        ]
        if not taken:
            return
        if not running:
            self.supervisor.shut_down()
        which = f"Port {taken[0]} is" if len(taken) == 1 else f"Ports {', '.join(taken)} are"
        raise StackFailed(
            f"{which} taken by another program. Stop it, or shift all ports: MICROCRED_PORT_OFFSET=100 make up"
        )

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
                if (
                    len(pids.get(program.name, ())) > 4
                    or program.name not in states
                    or states[program.name].state == "FATAL"
                ):
                    raise self._failure(program, "does not stay up")
            if waiting and time.monotonic() > end:
                raise self._failure(waiting[0], f"was not ready within {timeout:.0f} s")
            time.sleep(0.05 if waiting else 0)

    def _failure(self, program: Program, what: str) -> StackFailed:
        said = last_lines(self.supervisor.log_of(program.name), 15)
        if reason := program.explain():
            said.append(reason)
        lines = "\n".join(f"  {line}" for line in said)
        remedy = (
            "`make logs` shows more; `make up` tries again; `make reset` starts anew"
            f" without the data in {self._plan.state}."
        )
        return StackFailed(f"{program.name} {what}. The end of its log:\n{lines}\n{remedy}")

    @contextlib.contextmanager
    def _step(self, title: str, hold: Hold, *, spinner: bool = True) -> Iterator[None]:
        hold.say(title)
        started = time.monotonic()
        with (
            self._console.status(f"{title} ...") if spinner and self._console.is_terminal else contextlib.nullcontext()
        ):
            yield
        self._console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]", highlight=False)


def _spoken(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _remove_tree(folder: Path) -> None:
    """Remove the whole tree. Files that an ending process still writes are removed too. Raises OSError if something
    cannot be removed."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
    shutil.rmtree(folder)
