"""`python -m bench.journeys`: whole journeys over HTTP, 16 at once, on a stack of its own on this machine.

It prints journeys per second, CPU per journey by process (from the operating system, children included), and the
resident memory of each service when idle and at the end.
"""

import asyncio
import sys
import time
from uuid import uuid4

from bench.ground import Size, say
from bench.stacks import cpu_seconds, processes, resident, run
from devstack.databases import SERVICES
from devstack.journey import FUNDAMENTALS
from devstack.seed import seed
from devstack.stack import Stack
from devstack.walk import whole_journey
from devstack.world import Person, World

AT_ONCE, EACH_RUN, WARM_UP = 16, 400, 32


async def walk_many(world: World, chair: Person, count: int, at_once: int) -> float:
    """Walk `count` journeys, `at_once` at a time. Returns the seconds it took."""
    left = iter(range(count))

    async def one_after_the_other() -> None:
        for _ in left:
            await whole_journey(world, chair, f"bench-{uuid4().hex}@example.org", FUNDAMENTALS)

    began = time.monotonic()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return time.monotonic() - began


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
    run("journeys", measure)


if __name__ == "__main__":
    main()
