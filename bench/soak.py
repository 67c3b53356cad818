"""`make soak`: journeys for a long time while services are killed at random; ends in equality, and prints how memory grew.

`ARGS="--minutes 60"`; the default is 20 minutes. Traffic goes only to this machine.
"""

import argparse
import asyncio
import os
import random
import shutil
import sys
import time
from uuid import uuid4

from rich.console import Console

from bench.ground import folder_of_servers
from bench.journeys import resident
from devstack.databases import SERVICES
from devstack.journey import FUNDAMENTALS
from devstack.programs import plan_from
from devstack.seed import seed
from devstack.stack import Stack
from devstack.walk import whole_journey
from devstack.world import Person, World

AT_ONCE = 8
KILL_EVERY_SECONDS = 45.0


async def soak(stack: Stack, minutes: float) -> int:
    """Walk and kill until the time is over; the number of journeys, each of which ended with its badge and its mail."""
    end = time.monotonic() + minutes * 60
    done = 0

    async def walk(world: World, chair: Person) -> None:
        nonlocal done
        while time.monotonic() < end:
            await whole_journey(world, chair, f"soak-{uuid4().hex}@example.org", FUNDAMENTALS)
            done += 1

    async def kill() -> None:
        while time.monotonic() < end - KILL_EVERY_SECONDS:
            await asyncio.sleep(KILL_EVERY_SECONDS)
            victim = random.choice([state for state in stack.supervisor.states() if state.name in SERVICES and state.pid])
            os.kill(victim.pid, 9)
            sys.stdout.write(
                f"{done} journeys; {victim.name} killed; {', '.join(f'{name} {size:.0f} MB' for name, size in resident(stack).items())}\n"
            )
            sys.stdout.flush()

    async with World(stack.addresses(), patience=120) as world:
        chair = (await seed(world))["chair@example.org"]
        await asyncio.gather(kill(), *(walk(world, chair) for _ in range(AT_ONCE)))
    return done


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--minutes", type=float, default=20)
    given = parser.parse_args()
    folder = folder_of_servers()
    stack = Stack(plan_from({**os.environ, "MICROCRED_STATE": str(folder), "MICROCRED_PORT_OFFSET": "1500"}), Console(stderr=True))
    try:
        stack.up()
        done = asyncio.run(soak(stack, given.minutes))
        sys.stdout.write(f"{done} journeys begun, {done} badges and mails came\n")
    finally:
        stack.reset()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
