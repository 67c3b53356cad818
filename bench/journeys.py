"""`python -m bench.journeys`: whole journeys over HTTP, 16 at once, on a stack of its own on this machine.

It prints journeys per second, CPU per journey by process (from the operating system, children included), and the
resident memory of each service when idle and at the end.
"""

import argparse
import asyncio
import os
import shutil
import sys
import time
from uuid import uuid4

import psutil  # type: ignore[import-untyped]
from rich.console import Console

from bench.ground import Size, folder_of_servers, say, size
from devstack.databases import SERVICES
from devstack.journey import FUNDAMENTALS
from devstack.ports import free_offset
from devstack.programs import PORTS, Plan, plan_from
from devstack.seed import seed
from devstack.stack import Stack
from devstack.walk import whole_journey
from devstack.world import Person, World

AT_ONCE, EACH_RUN, WARM_UP = 16, 400, 32
MEGABYTE = 1_000_000


async def walk_many(world: World, chair: Person, count: int, at_once: int) -> float:
    """Walk `count` journeys, `at_once` at a time. Returns the seconds it took."""
    left = iter(range(count))

    async def one_after_the_other() -> None:
        for _ in left:
            await whole_journey(world, chair, f"bench-{uuid4().hex}@example.org", FUNDAMENTALS)

    began = time.monotonic()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return time.monotonic() - began


def processes(stack: Stack) -> dict[str, psutil.Process]:
    """The stack's programs, and this one (the client)."""
    found = {state.name: psutil.Process(state.pid) for state in stack.supervisor.states() if state.pid}
    return {**found, "client": psutil.Process()}


def cpu_seconds(process: psutil.Process) -> float:
    """The CPU seconds of a process and its children, ended ones included."""
    times = process.cpu_times()
    total = times.user + times.system
    if process.pid != os.getpid():
        total += times.children_user + times.children_system
        for child in process.children(recursive=True):
            try:
                used = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += used.user + used.system
    return float(total)


def resident(stack: Stack) -> dict[str, float]:
    """Resident memory of each service, in megabytes (10^6 bytes)."""
    return {
        name: process.memory_info().rss / MEGABYTE for name, process in processes(stack).items() if name in SERVICES
    }


async def measure(stack: Stack, how: Size) -> None:
    """Walk journeys, and print their cost."""
    each, warm_up = how.of(EACH_RUN), how.of(WARM_UP)
    idle = resident(stack)
    rates: list[float] = []
    costs: dict[str, list[float]] = {}
    async with World(stack.addresses()) as world:
        chair = (await seed(world))["chair@example.org"]
        await walk_many(world, chair, warm_up, AT_ONCE)
        for _ in range(how.runs):
            before = {name: cpu_seconds(process) for name, process in processes(stack).items()}
            elapsed = await walk_many(world, chair, each, AT_ONCE)
            rates.append(each / elapsed)
            for name, process in processes(stack).items():
                costs.setdefault(name, []).append((cpu_seconds(process) - before[name]) * 1000 / each)
    say(f"journeys per second, {AT_ONCE} at once (wanted: 10)", rates, "/s")
    for name, figures in sorted(costs.items(), key=lambda item: -item[1][-1]):
        say(f"CPU per journey: {name}", figures, "ms")
    say("CPU per journey: all", [sum(run) for run in zip(*costs.values(), strict=True)], "ms")
    after = resident(stack)
    for name in SERVICES:
        sys.stdout.write(
            f"resident memory of {name:<10} idle {idle[name]:6.1f} MB, after"
            f" {how.runs * each + warm_up} journeys {after[name]:6.1f} MB\n"
        )


def main() -> None:
    """The benchmark."""
    how, given = size("journeys", _more)
    if given.here:
        asyncio.run(measure(Stack(plan_from(os.environ), Console(stderr=True)), how))
        return
    folder = folder_of_servers()
    stack = Stack(Plan(folder / "state", free_offset(PORTS.values())), Console(stderr=True))
    try:
        stack.up()
        asyncio.run(measure(stack, how))
    finally:
        stack.reset()
        shutil.rmtree(folder, ignore_errors=True)


def _more(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--here", action="store_true", help="on the stack that `make up` started, instead of one of its own"
    )


if __name__ == "__main__":
    main()
