"""The whole system for tests: mailbox, Stripe sandbox, the six services and the gateway as processes, with the
devstack's own commands and environments.

A process that ends is started again, as by the supervisor. Each can be killed with SIGKILL. The caller gives Kafka and
PostgreSQL.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from devstack.child import Child
from devstack.insides import Insides
from devstack.keys import ensure_keys
from devstack.ports import LOOPBACK, answers, free_offset, free_port
from devstack.programs import PORTS, Plan, Program, infrastructure, services, web
from devstack.seed import seed
from devstack.walk import Person, World
from tests.forked import ForkedChild

READY_SECONDS = 180.0
RESTART_SECONDS = 0.2


class Whole:
    """One running system. `world` speaks to it over HTTP, `people` are those of the demo, `insides` looks into
    databases and Kafka.

    `commands`: start them by their commands as they stand, as the supervisor does, not as forks.
    `died`: how often each program ended without having been killed by the test; `killed`: how many were.
    """

    def __init__(self, folder: Path, bootstrap: str, databases: Mapping[str, str], *, commands: bool = False) -> None:
        self._kind = Child if commands else ForkedChild
        self.plan = Plan(folder, free_offset(PORTS.values()), bootstrap, databases)
        self.died: Counter[str] = Counter()
        self.killed = 0
        self.people: dict[str, Person] = {}
        self.world = World(self.plan.addresses, patience=90.0)
        self.insides = Insides(bootstrap, databases)
        keys = ensure_keys(folder / "keys")
        self.plan.clock.write_text("0\n")
        self._programs = {
            program.name: program
            for program in [*infrastructure(self.plan, keys, None, None), *services(self.plan, keys), web(self.plan)]
        }
        self._children = {name: self._child(program) for name, program in self._programs.items()}
        self._down: set[str] = set()
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Whole":
        """Start everything and sign the demo's people in."""
        try:
            for child in self._children.values():
                child.start()
            self._keeping = asyncio.create_task(self._keep())
            await self.ready()
            await self.world.__aenter__()
            await self.insides.open()
            self.people = await seed(self.world)
        except BaseException as error:
            for title, text in self.logs():
                error.add_note(f"{title}\n{text}")
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.world.__aexit__(kind, error, trace)
        await self.insides.close()
        await self.close()

    async def ready(self, *names: str) -> None:
        """Return when these programs (none named: all) say that they are ready."""
        waiting = {name: self._programs[name] for name in names or self._programs}
        async with asyncio.timeout(READY_SECONDS):
            while waiting:
                for name, program in list(waiting.items()):
                    if await asyncio.to_thread(program.is_ready):
                        del waiting[name]
                await asyncio.sleep(0.05 if waiting else 0)

    def kill(self, *names: str) -> None:
        """SIGKILL to those of them that run, all at once as far as there is a once; they are started again."""
        running = [name for name in names if self._children[name].running()]
        for name in running:
            self._children[name].kill_soon()
        for name in running:
            self._children[name].kill()
            self.died[name] -= 1
            self.killed += 1

    @asynccontextmanager
    async def down(self, *names: str) -> AsyncIterator[None]:
        """Meanwhile these are dead, by SIGKILL, and stay so; afterwards they are ready again."""
        self._down |= set(names)
        self.kill(*names)
        yield
        self._down -= set(names)
        await self.ready(*names)

    async def add_replica(self, service: str) -> str:
        """A second process of a service, on a port of its own; its name. It is ready when this returns."""
        name, port = f"{service}-2", free_port()
        first = self._programs[service]
        self._programs[name] = replace(
            first, name=name, ports={name: port}, environ={**first.environ, "HTTP_PORT": str(port)}
        )
        self._children[name] = self._child(self._programs[name])
        self._children[name].start()
        self.world.addresses = {**self.world.addresses, name: f"http://{LOOPBACK}:{port}"}
        async with asyncio.timeout(READY_SECONDS):
            while not answers(port) or (await self.world.request("GET", name, "/readyz?all=1")).status != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return name

    def remove_replica(self, name: str) -> None:
        """End a second process in order."""
        del self._programs[name]
        self._children.pop(name).stop()

    async def charges(self, application_id: str = "") -> list[dict[str, Any]]:
        """The charges at the Stripe sandbox that were paid: of one application, or all."""
        return await self.world.charges(application_id)

    def logs(self, lines: int = 25) -> list[tuple[str, str]]:
        """The end of each program's log, with a title, for a person who reads why a test failed."""
        return [(f"log of {name} ({child.log})", child.last_lines(lines)) for name, child in self._children.items()]

    async def close(self) -> None:
        """End everything that was started."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await asyncio.gather(*(asyncio.to_thread(child.stop) for child in self._children.values()))

    def _child(self, program: Program) -> Child:
        kind = self._kind if program.command[0] == sys.executable else Child
        return kind(
            program.name,
            program.command,
            self.plan.state / "logs" / f"{program.name}.log",
            environ={**os.environ, **program.environ},
            folder=program.folder,
        )

    async def _keep(self) -> None:
        while True:
            for name, child in list(self._children.items()):
                if not child.running() and name not in self._down:
                    child.kill()  # it is dead: this only clears it away
                    child.start()
                    self.died[name] += 1
            await asyncio.sleep(RESTART_SECONDS)
