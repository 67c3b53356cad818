"""`python -m devstack.journey [--count N]`: demonstration journeys on the running stack, with the time of each step."""

import argparse
import asyncio
import os
import time
from uuid import uuid4

from rich.console import Console

from devstack.seed import seed
from devstack.telling import interruption_told, told
from devstack.walk import Person, WalkFailed, World, whole_journey

FUNDAMENTALS = "community-engagement-fundamentals"


async def run(count: int, console: Console) -> None:
    """Walk `count` applications, one after the other. Raises WalkFailed."""
    try:
        async with World.of_this_checkout(os.environ) as world:
            people = await seed(world)
            for _ in range(count):
                await _one(world, people["chair@example.org"], console)
    except (WalkFailed, OSError) as error:
        raise WalkFailed(f"The journey stopped: {error}. `make logs` shows what the services say.") from None


async def _one(world: World, chair: Person, console: Console) -> None:
    email = f"robin-{uuid4().hex[:8]}@example.org"
    console.print(f"One application for Community Engagement Fundamentals, by {email}:", highlight=False)
    began = time.monotonic()
    walk = await whole_journey(
        world,
        chair,
        email,
        FUNDAMENTALS,
        lambda name, seconds: console.print(f"[green]✓[/] {name} [dim]{seconds:.2f} s[/]", highlight=False),
    )
    console.print(
        f"The badge, after {time.monotonic() - began:.1f} s: [link={walk.badge_url}]{walk.badge_url}[/link]",
        soft_wrap=True,
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack.journey", description="Walk demonstration applications from sign-in to badge."
    )
    parser.add_argument("--count", type=int, default=1, help="how many, one after the other")
    given = parser.parse_args()
    console = Console()
    with told(console), interruption_told(console):
        asyncio.run(run(given.count, console))


if __name__ == "__main__":
    main()
