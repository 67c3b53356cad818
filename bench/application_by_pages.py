"""`python -m bench.application_by_pages`: whole applications over pages, from the sign-in to the submission,
through the gateway, on a stack of its own on this machine: one person after the other, then eight at once.

It prints the number of requests of an application, and the CPU of intake and of the gateway for it. Wanted: under 100
ms of intake's CPU. One after the other, an application carries the whole cost of a service that waits for messages;
what that is in a second is printed too. The fee is paid by the API of payments; the cost of its pages is not counted.
"""

import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Mapping
from html import unescape
from typing import TypeVar
from uuid import uuid4

import aiohttp

from bench.ground import Size, say
from bench.stacks import cpu_seconds, processes, run
from contracts import pages
from contracts.session import COOKIE
from devstack.journey import FUNDAMENTALS
from devstack.stack import Stack
from devstack.walk import Person, Walk
from devstack.world import World

T = TypeVar("T")

EACH_RUN, WARM_UP = 40, 5
AT_ONCE = (1, 8)
IDLE_SECONDS = 20
ITEMS = re.compile(r'name="ratings\.([a-z0-9_-]+)" value="1"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
TOKEN = re.compile(r"token=([\w-]+)")
PDF = b"%PDF-1.7\nWhat I did."
TEXT = {"text": "What I did, with whom, and what I learned from it."}


class Browser:
    """A browser: cookies, the hidden fields of a page, and the number of requests."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session, self.base = session, base
        self.requests = 0

    async def open(self, path: str) -> str:
        """A page. Raises SystemExit for any other answer."""
        self.requests += 1
        async with self.session.get(self.base + path, headers={"Accept": "text/html"}) as answer:
            text = await answer.text()
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}")
            return text

    async def send(self, path: str, fields: Mapping[str, object], seen: str = "") -> str:
        """Send a form with the hidden fields of its page (`seen`), and open the page to which it leads. Returns its
        address."""
        self.requests += 1
        form: aiohttp.FormData | dict[str, object]
        hidden = {name: unescape(value) for name, value in HIDDEN.findall(seen)}
        if any(isinstance(value, bytes) for value in fields.values()):
            form = aiohttp.FormData()
            for name, value in fields.items():
                if isinstance(value, bytes):
                    form.add_field(name, value, filename="mine.pdf", content_type="application/pdf")
                else:
                    form.add_field(name, str(value))
        else:
            form = {**hidden, **fields}
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(self.base + path, data=form, headers=headers, allow_redirects=False) as answer:
            if answer.status != 303:
                raise SystemExit(f"{path} answered {answer.status}: {(await answer.text())[-2000:]}")
            leads = answer.headers["Location"]
        await self.open(leads)
        return leads


async def apply(world: World, base: str, walks: list[int]) -> None:
    """One application, from the sign-in to the submission; `walks` takes how many requests it took."""
    email = f"pages-{uuid4().hex[:8]}@example.org"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        here = Browser(session, base)
        await here.open(pages.credential(FUNDAMENTALS))
        await here.open(pages.sign_in())
        await here.send(pages.SIGN_IN, {"email": email})

        async def mailed() -> str | None:
            for message in await world.mails(email):
                mail = await world.request("GET", "mailbox", f"/api/v1/message/{message['ID']}", ok=True)
                if found := TOKEN.search(mail.body["Text"]):
                    return found[1]
            return None

        token = await world.until("the sign-in mail", mailed)
        await here.open(pages.sign_in(token))
        await here.send(pages.SIGN_IN, {"token": token})
        page = await here.send(pages.begin(FUNDAMENTALS), {})
        seen = await here.open(f"{page}/basic-information")
        who = {"name": "Nia", "institution": "Example College", "position": "Coordinator", "time_zone": "UTC"}
        await here.send(f"{page}/basic-information", who, seen)
        seen = await here.open(f"{page}/agreement")
        await here.send(f"{page}/agreement", {"accepted": "true"}, seen)
        cookies = session.cookie_jar.filter_cookies(base)  # type: ignore[arg-type]
        applicant = Person(world, "", email, cookies[COOKIE].value, ())
        walk = Walk(applicant, FUNDAMENTALS)
        walk.application_id = page.rpartition("/")[2]
        await walk.pay()
        await here.open(page)
        seen = await here.open(f"{page}/self-assessment")
        await here.send(f"{page}/self-assessment", {f"ratings.{item}": "3" for item in ITEMS.findall(seen)}, seen)
        seen = await here.open(f"{page}/path")
        await here.send(f"{page}/path", {"path": "annotated", "answer": "experienced"}, seen)
        for key in ("cv", "professional-development"):
            await here.open(f"{page}/materials/{key}")
            await here.send(f"{page}/materials/{key}", {"file": PDF})
        await here.open(f"{page}/materials/annotated-materials")
        artifact = {"annotation": "My part of it.", "items": "roles", "file": PDF}
        await here.send(f"{page}/materials/annotated-materials", artifact)
        for key in ("essay", "action-plan"):
            seen = await here.open(f"{page}/materials/{key}")
            await here.send(f"{page}/materials/{key}", TEXT, seen)
        await here.open(f"{page}/submission")
        await here.send(f"{page}/submission", {})
        walks.append(here.requests)


async def apply_many(world: World, count: int, at_once: int) -> float:
    """Make `count` applications, `at_once` at a time. Returns how many requests one took."""
    left, walks = iter(range(count)), list[int]()

    async def one_after_the_other() -> None:
        for _ in left:
            await apply(world, world.addresses["web"], walks)

    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return sum(walks) / count


async def measure(stack: Stack, how: Size) -> None:
    """Make applications, and print their cost."""
    each = how.of(EACH_RUN)
    async with World(stack.addresses()) as world:
        await apply_many(world, how.of(WARM_UP), 1)
        idle_seconds = how.of(IDLE_SECONDS)
        _, idle = await _cost(stack, asyncio.sleep(idle_seconds), idle_seconds)
        for at_once in AT_ONCE:
            costs: dict[str, list[float]] = {"intake": [], "web": []}
            requests, seconds = [], []
            for _ in range(how.runs):
                began = time.monotonic()
                asked, cost = await _cost(stack, apply_many(world, each, at_once), each)
                requests.append(asked)
                seconds.append((time.monotonic() - began) / each)
                for name, found in costs.items():
                    found.append(cost[name])
            say(f"requests of an application, {at_once} at once", requests, "")
            say(f"seconds for an application, {at_once} at once", seconds, "s")
            say(f"CPU of intake for an application, {at_once} at once (wanted: 100)", costs["intake"], "ms")
            say(f"CPU of the gateway for an application, {at_once} at once", costs["web"], "ms")
        say("CPU of intake in a second without requests", [idle["intake"]], "ms")
        sys.stdout.write(f"pretalx, for one submission: 11 requests, 665 ms; here {each} applications a run\n")


async def _cost(stack: Stack, work: Awaitable[T], parts: float) -> tuple[T, dict[str, float]]:
    """What the work returns, and the CPU of each process meanwhile: milliseconds for one part."""
    before = {name: cpu_seconds(process) for name, process in processes(stack).items()}
    done = await work
    return done, {
        name: (cpu_seconds(process) - before[name]) * 1000 / parts for name, process in processes(stack).items()
    }


def main() -> None:
    """The benchmark."""
    run("application_by_pages", measure)


if __name__ == "__main__":
    main()
