"""`python -m docs.tour`: makes the pictures of docs/tour.md anew, from a stack of its own on this machine, in Chromium.

The page itself is written by hand; a test says which pictures it must show.
"""

import argparse
import asyncio
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from playwright.async_api import async_playwright
from rich.console import Console

from bench.ground import folder_of_servers
from contracts import pages
from contracts.session import COOKIE
from devstack.journey import FUNDAMENTALS
from devstack.ports import free_offset
from devstack.programs import PORTS, Plan, plan_from
from devstack.seed import seed
from devstack.stack import Stack
from devstack.walk import Person, Walk, whole_journey
from devstack.world import World

FOLDER = Path(__file__).parent / "tour"
CHROMIUM = "/usr/bin/chromium"
WIDE = {"width": 1280, "height": 900}


@dataclass(frozen=True)
class Cast:
    """Who looks: an earner with a badge, an applicant who is in the middle, and the demo's people by e-mail."""

    earner: Walk
    applicant: Walk
    judged: Walk
    people: dict[str, Person]
    case_id: str


@dataclass(frozen=True)
class Shot:
    """A picture: its file, the page, and who looks at it (None: a visitor)."""

    name: str
    path: Callable[[Cast], str]
    who: Callable[[Cast], Person | None]


def _nobody(_: Cast) -> None:
    return None


def _one(email: str) -> Callable[[Cast], Person | None]:
    return lambda cast: cast.people[f"{email}@example.org"]


SHOTS = (
    Shot("home", lambda _: pages.HOME, _nobody),
    Shot("credential", lambda _: pages.credential(FUNDAMENTALS), _nobody),
    Shot("sign-in", lambda _: pages.SIGN_IN, _nobody),
    Shot("applications", lambda _: pages.APPLICATIONS, lambda cast: cast.applicant.applicant),
    Shot(
        "application",
        lambda cast: pages.application(UUID(cast.applicant.application_id)),
        lambda cast: cast.applicant.applicant,
    ),
    Shot("fee", lambda cast: pages.fee(UUID(cast.applicant.application_id)), lambda cast: cast.applicant.applicant),
    Shot("account", lambda _: pages.ACCOUNT, lambda cast: cast.applicant.applicant),
    Shot("review", lambda _: pages.REVIEW, _one("reviewer-1")),
    Shot("case", lambda cast: pages.case(UUID(cast.case_id)), _one("chair")),
    Shot("badge", lambda cast: urlsplit(cast.earner.badge_url).path, _nobody),
    Shot("badges", lambda _: pages.BADGES, lambda cast: cast.earner.applicant),
    Shot("console", lambda _: pages.CONSOLE, _one("operator")),
    Shot("journey", lambda cast: pages.journey(UUID(cast.earner.application_id)), _one("operator")),
)


async def gather(world: World) -> Cast:
    """Bring everybody to where the pictures show them."""
    people = await seed(world)
    chair = people["chair@example.org"]
    earner = await whole_journey(world, chair, "tour-earner@example.org", FUNDAMENTALS)
    applicant = Walk(await world.sign_in("tour-applicant@example.org", "Robin Example"), FUNDAMENTALS)
    await applicant.start()
    judged = Walk(await world.sign_in("tour-judged@example.org", "Kim Example"), FUNDAMENTALS)
    await judged.start()
    await judged.pay()
    await judged.assess()
    await judged.hand_in()
    await judged.submit()
    await judged.until_state("in_review")
    case = await chair.found("review", f"/api/review/cases/{earner.application_id}")
    await applicant.applicant.found("payments", f"/api/payments/{applicant.application_id}")
    return Cast(earner, applicant, judged, people, case["case_id"])


async def take(addresses: Mapping[str, str], folder: Path, chromium: str = CHROMIUM) -> None:
    """All pictures, into a folder: light, 1280 px wide."""
    async with World(addresses) as world, async_playwright() as playwright:
        cast = await gather(world)
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        base = world.addresses["web"]
        for shot in SHOTS:
            context = await browser.new_context(viewport=WIDE, color_scheme="light", timezone_id="America/New_York")  # type: ignore[arg-type]
            if (person := shot.who(cast)) is not None:
                await context.add_cookies([{"name": COOKIE, "value": person.token, "url": base}])
            page = await context.new_page()
            await page.goto(base + shot.path(cast), wait_until="networkidle")
            await page.screenshot(path=folder / f"{shot.name}.png")
            await context.close()
        await browser.close()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m docs.tour", description="Make the pictures of docs/tour.md anew.")
    parser.add_argument("--here", action="store_true", help="from the stack that `make up` started")
    FOLDER.mkdir(exist_ok=True)
    if parser.parse_args().here:
        asyncio.run(take(Stack(plan_from(os.environ), Console(stderr=True)).addresses(), FOLDER))
        return
    folder = folder_of_servers()
    stack = Stack(Plan(folder / "state", free_offset(PORTS.values())), Console(stderr=True))
    try:
        stack.up()
        asyncio.run(take(stack.addresses(), FOLDER))
    finally:
        stack.reset()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
