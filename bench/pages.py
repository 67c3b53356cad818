"""`python -m bench.pages`: pages over HTTP, 16 at once, through the gateway, on a stack of its own on this machine.

It prints the time of a page (p50, p95), the CPU of the service and of the gateway for one, and the bytes of a first and
a second visit. Wanted: under 15 ms of the service's CPU a page, under 150 KB at the first visit, under 20 KB after.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import aiohttp

from bench.ground import Size, say
from bench.stacks import cpu_seconds, processes, run
from contracts import pages
from contracts.session import COOKIE
from devstack.journey import FUNDAMENTALS
from devstack.seed import seed
from devstack.stack import Stack
from devstack.walk import whole_journey
from devstack.world import World

CHROMIUM = Path("/usr/bin/chromium")
"""The browser that measures the size of pages."""
WEIGHS = CHROMIUM.exists()
"""Whether the size of pages is measured."""
AT_ONCE, EACH_RUN, WARM_UP = 16, 1000, 100


@dataclass(frozen=True)
class Sight:
    """A page, the service that makes it, and the token of its reader."""

    name: str
    path: str
    service: str
    token: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of a browser's request."""
        asked = {"Accept": "text/html", "Accept-Encoding": "gzip", "Accept-Language": "en"}
        return asked | ({"Cookie": f"{COOKIE}={self.token}"} if self.token else {})


async def ask(session: aiohttp.ClientSession, base: str, sight: Sight, count: int) -> list[float]:
    """Request a page this often, 16 at once. Returns the seconds of each request."""
    left = iter(range(count))
    took: list[float] = []

    async def one_after_the_other() -> None:
        for _ in left:
            began = time.monotonic()
            async with session.get(base + sight.path, headers=sight.headers) as answer:
                await answer.read()
                if answer.status != 200 or answer.content_type != "text/html":
                    raise SystemExit(f"{sight.path} answered {answer.status} as {answer.content_type}")
            took.append(time.monotonic() - began)

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return took


async def weigh(base: str, sight: Sight) -> tuple[int, int]:
    """The bytes of the first visit of a page with all its files, and of the next visit. Headers are not counted."""
    from playwright.async_api import async_playwright

    loaded: list[tuple[str, int]] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context()
        if sight.token:
            await context.add_cookies([{"name": COOKIE, "value": sight.token, "url": base}])
        page = await context.new_page()
        control = await context.new_cdp_session(page)
        await control.send("Network.enable")
        control.on(
            "Network.loadingFinished", lambda said: loaded.append((said["requestId"], said["encodedDataLength"]))
        )
        weights = []
        for _ in range(2):
            loaded.clear()
            await page.goto(urljoin(base, sight.path), wait_until="networkidle")
            weights.append(sum(size for _, size in loaded))
        await browser.close()
    return weights[0], weights[1]


async def measure(stack: Stack, how: Size) -> None:
    """Request the pages, and print their cost."""
    each, warm_up = how.of(EACH_RUN), how.of(WARM_UP)
    async with World(stack.addresses()) as world, aiohttp.ClientSession() as session:
        chair = (await seed(world))["chair@example.org"]
        walk = await whole_journey(world, chair, "pages@example.org", FUNDAMENTALS)
        base, token = world.addresses["web"], walk.applicant.token
        sights = [
            Sight("home", pages.HOME, "intake"),
            Sight("credential", pages.credential(FUNDAMENTALS), "intake"),
            Sight("my applications", pages.APPLICATIONS, "intake", token),
            Sight("application", pages.application(UUID(walk.application_id)), "intake", token),
            Sight("badge", urlsplit(walk.badge_url).path, "badging"),
        ]
        for sight in sights:
            await ask(session, base, sight, warm_up)
            middle, late, service, gateway = [], [], [], []
            for _ in range(how.runs):
                before = {name: cpu_seconds(process) for name, process in processes(stack).items()}
                took = sorted(await ask(session, base, sight, each))
                after = {name: cpu_seconds(process) for name, process in processes(stack).items()}
                middle.append(statistics.median(took) * 1000)
                late.append(took[int(len(took) * 0.95)] * 1000)
                service.append((after[sight.service] - before[sight.service]) * 1000 / each)
                gateway.append((after["web"] - before["web"]) * 1000 / each)
            say(f"{sight.name}: p50", middle, "ms")
            say(f"{sight.name}: p95", late, "ms")
            say(f"{sight.name}: CPU of {sight.service} (wanted: 15)", service, "ms")
            say(f"{sight.name}: CPU of the gateway", gateway, "ms")
            if WEIGHS:
                first, second = await weigh(base, sight)
                sys.stdout.write(f"{sight.name}: first visit {first / 1000:.1f} KB, next {second / 1000:.1f} KB\n")


def main() -> None:
    """The benchmark."""
    run("pages", measure)


if __name__ == "__main__":
    main()
