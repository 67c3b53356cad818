"""`make soak`: journeys for a long time while services, Kafka and PostgreSQL are killed. It ends with an account of
what went in and what came out.

`ARGS="--minutes 60"`; the default is 20 minutes. Fails with 1 unless both are equal, and prints how memory grew.
Traffic goes only to this machine.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from bench.stacks import a_stack, resident
from devstack.account import Account
from devstack.insides import Insides
from devstack.journey import FUNDAMENTALS
from devstack.keys import Keys
from devstack.names import SERVICES
from devstack.programs import Plan
from devstack.reckoning import Post, reckon
from devstack.seed import seed
from devstack.stack import Stack
from devstack.walk import Walk, WalkFailed, whole_journey
from devstack.world import Person, World

PATIENCE = 180.0
"""For how many seconds a request to a dying program is repeated, and for how many seconds effects are waited for."""

TURNS = ("a service", "postgres", "a service", "kafka")
COLLECT_EVERY_SECONDS = 10.0
DOUBLING = ("notify", "postgres")
"""The services whose crash between the mail relay's answer and the commit sends a mail again (docs/architecture.md). No
other crash may."""


@dataclass
class Soak:
    """One storm on one stack: the journeys that began and ended, and the programs that were killed."""

    stack: Stack
    world: World
    begun: list[Walk] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)

    async def storm(self, chair: Person, seconds: float, at_once: int, every: float, post: Post) -> None:
        """Walk journeys and kill programs until the time is over. Journeys under way then go on to their end."""
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            collecting = tasks.create_task(self._collect(post))
            tasks.create_task(self._kill(end, every))
            walkers = [tasks.create_task(self._walk(chair, end)) for _ in range(at_once)]
            await asyncio.wait(walkers)
            collecting.cancel()

    async def _walk(self, chair: Person, end: float) -> None:
        while time.monotonic() < end:
            try:
                email = f"soak-{uuid4().hex}@example.org"
                walk = await whole_journey(self.world, chair, email, FUNDAMENTALS, begun=self.begun.append)
                self.arrived.append(walk.application_id)
            except WalkFailed as error:
                self.gave_up.append(str(error))

    async def _kill(self, end: float, every: float) -> None:
        for turn in itertools.cycle(TURNS):
            await asyncio.sleep(every)
            if time.monotonic() > end:
                return
            wanted = SERVICES if turn == "a service" else (turn,)
            running = [state for state in self.stack.supervisor.states() if state.name in wanted and state.pid]
            if running:
                victim = random.choice(running)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim.pid, 9)
                    self.killed[victim.name] += 1
                    sys.stdout.write(f"{len(self.arrived)} journeys; {victim.name} killed\n")
                    sys.stdout.flush()

    async def _collect(self, post: Post) -> None:
        while True:
            await post.collect()
            await asyncio.sleep(COLLECT_EVERY_SECONDS)


async def soak(stack: Stack, plan: Plan, seconds: float, at_once: int, every: float, console: Console) -> list[str]:
    """Run the storm and its account. Returns what is not as expected."""
    before = resident(stack)
    async with World(stack.addresses(), patience=PATIENCE, persistence=PATIENCE) as world:
        chair = (await seed(world))["chair@example.org"]
        it = Soak(stack, world)
        post = Post(world)
        await it.storm(chair, seconds, at_once, every, post)
        urls = plan.database_urls(Keys(plan.state / "keys"))
        insides = Insides(plan.bootstrap, {service: urls[f"DATABASE_URL_{service.upper()}"] for service in SERVICES})
        await insides.open()
        try:
            account = await reckon(world, insides, it.begun, post, PATIENCE)
        finally:
            await insides.close()
    account.compare("journeys that came to their end", [walk.application_id for walk in it.begun], it.arrived)
    if account.mails and not any(it.killed[name] for name in DOUBLING):
        account.compare("mails that came twice, without a crash that may double them", [], [account.mails])
    console.print(_table(account))
    console.print(
        f"{len(it.begun)} journeys begun, {len(it.arrived)} came to their end; {it.killed.total()} kills"
        f" ({', '.join(f'{name} {count}' for name, count in sorted(it.killed.items()))});"
        f" requests repeated: {world.repeated};"
        f" said twice: {account.records} records (each of one id and content),"
        f" {account.mails} mails (each of one Message-ID).",
        highlight=False,
        soft_wrap=True,
    )
    after = resident(stack)
    console.print(
        "Memory: " + ", ".join(f"{name} {before[name]:.0f} to {after[name]:.0f} MB" for name in SERVICES),
        highlight=False,
        soft_wrap=True,
    )
    return [*account.differences(), *(f"A journey gave up: {why}" for why in it.gave_up)]


def _table(account: Account) -> Table:
    table = Table("what", *(name for name in ("went in", "came out", "lost", "too many")))
    for line in account.lines:
        counts = [count.total() for count in (line.went_in, line.came_out, line.lost, line.too_many)]
        table.add_row(line.what, *map(str, counts), style="red" if any(counts[2:]) else "")
    return table


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--every", type=float, default=45, help="seconds between two kills")
    parser.add_argument("--at-once", type=int, default=8, help="journeys at a time")
    given = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    with a_stack() as (stack, plan):
        different = asyncio.run(soak(stack, plan, given.minutes * 60, given.at_once, given.every, console))
    for line in different:
        console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    console.print("Not equal." if different else "Equal.")
    if different:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
