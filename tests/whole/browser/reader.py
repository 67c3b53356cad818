"""A person with a browser: what they open, press and see, and which faults of a page they would report."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Route

from contracts.session import COOKIE
from devstack.ports import LOOPBACK
from devstack.walk import Person

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
PATIENCE_MS = 20_000
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
SCREENSHOTS = "MICROCRED_SCREENSHOTS"
"""An environment variable: the folder into which pictures of all pages are put, if it is set."""

NAMED = re.compile(
    r"^\s*- '?(link|button|textbox|searchbox|checkbox|radio|combobox|table|region)(?! \")\b.*$", re.MULTILINE
)
"""A line of an ARIA snapshot: something that needs a name and has none."""
CLOCK = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\b(?:\s[AP]M)?(?: [A-Z]{3,5}\b)?")
ZONE = re.compile(r" [A-Z]{3,5}$")

STOPS = """() => {
    // Of a group of radio buttons Tab stops at one: what is chosen, or the first.
    const first = one => [...one.form?.elements[one.name] ?? [one]].sort((a, b) => b.checked - a.checked)[0]
    window.stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, '
        + 'summary, [tabindex="0"]')]
        .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled)
        .filter(one => one.type != 'radio' || one === first(one))
    return window.stops.map(one => `${one.tagName} ${(one.innerText || one.id).trim()}`)
}"""
FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect()
    // A card shows it in the place of the link that is stretched over it.
    const ring = [one, one.closest('.credential-card')].filter(Boolean).map(getComputedStyle)
        .some(style => style.outlineStyle != 'none' && parseFloat(style.outlineWidth) > 0)
    return {place: window.stops.indexOf(one), ring,
            seen: box.width > 0 && box.height > 0 && box.left >= 0 && box.top < innerHeight && box.bottom > 0}
}"""
TIMES = "() => [...document.querySelectorAll('time')].map(one => [one.dateTime, one.innerText])"
TEXT = "() => document.body.innerText"
"""What a person can read, not what a mail within the page says."""
MAILED = "() => [...document.querySelectorAll('.text, td .hint')].map(one => one.innerText).join(' ')"
LINKS = "() => [...new Set([...document.links].map(one => one.href))]"


@dataclass
class Reader:
    """One browser window. `foreign`: what pages asked of other machines (it was not let through); `complaints`: what
    the browser says is wrong."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def tab_to(self, target: Locator) -> None:
        """Reach it by the Tab key alone. Fails when it cannot be reached so."""
        await target.wait_for(timeout=PATIENCE_MS)
        for _ in range(80):
            await self.page.keyboard.press("Tab")
            if await target.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"Tab does not lead to {target} on {self.page.url}")

    async def press(self, target: Locator) -> None:
        """Reach it by Tab and press Enter."""
        await self.tab_to(target)
        await self.page.keyboard.press("Enter")

    async def type_into(self, target: Locator, text: str) -> None:
        """Reach a field by Tab and write into it in place of what stands there."""
        await self.tab_to(target)
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.type(text)

    async def faults(self) -> list[str]:
        """The faults of the page for people who read it with their eyes, by ear, by keyboard or on a telephone."""
        page = self.page
        found = [f"asks {address}" for address in self.foreign] + [
            f"the browser says: {text}" for text in self.complaints
        ]
        if not (await page.title()).strip():
            found.append("has no title")
        if await page.locator("html").get_attribute("lang") != "en":
            found.append("does not say its language")
        tree = await page.locator("body").aria_snapshot()
        if len(re.findall(r"- heading .*\[level=1\]", tree)) != 1:
            found.append("has not exactly one heading of level 1")
        if await page.get_by_role("main").count() != 1:
            found.append("has not exactly one main part")
        found += [f"needs a name: {match[0].strip()}" for match in NAMED.finditer(tree)]
        found += await self._faults_of_times() + await self._faults_of_focus() + await self._dead_links()
        await page.set_viewport_size(NARROW)
        if (width := await page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
            found.append(f"is {width} wide on a screen of {NARROW['width']}")
        await page.set_viewport_size(WIDE)
        return found

    async def picture(self, name: str) -> None:
        """Keep the page as it looks, light and dark, wide and narrow, where somebody wants to see it."""
        if folder := os.environ.get(SCREENSHOTS):
            for scheme, size in product(SCHEMES, (NARROW, WIDE)):
                await self.page.emulate_media(color_scheme=scheme)
                await self.page.set_viewport_size(size)
                file = Path(folder) / f"{name}-{scheme}-{size['width']}.png"
                await self.page.screenshot(path=file, full_page=True)

    async def _faults_of_times(self) -> list[str]:
        times = await self.page.evaluate(TIMES)
        found = [
            f"a time without its zone for machines: {when!r}"
            for when, _ in times
            if datetime.fromisoformat(when).tzinfo is None
        ]
        shown = CLOCK.findall(await self.page.evaluate(TEXT))
        found += [f"a time whose zone is not said: {text!r}" for text in shown if not ZONE.search(text)]
        marked = [text for _, said in times for text in CLOCK.findall(said)] + CLOCK.findall(
            await self.page.evaluate(MAILED)
        )
        return found + [f"a time that is not marked as one: {text!r}" for text in set(shown) - set(marked)]

    async def _faults_of_focus(self) -> list[str]:
        stops: list[str] = await self.page.evaluate(STOPS)
        left = set(range(len(stops)))
        found = []
        for _ in range(2 * len(stops) + 4):
            if not left:
                break
            await self.page.keyboard.press("Tab")
            focused: dict[str, Any] = await self.page.evaluate(FOCUSED)
            if focused["place"] in left:
                left.discard(focused["place"])
                if not (focused["ring"] and focused["seen"]):
                    found.append(f"does not show that it has the focus: {stops[focused['place']]}")
        return found + [f"is not reached by Tab: {stops[place]}" for place in left]

    async def _dead_links(self) -> list[str]:
        found = []
        for link in {address.partition("#")[0] for address in await self.page.evaluate(LINKS)} - {self.page.url}:
            if urlsplit(link).hostname == LOOPBACK:
                status = (await self.page.context.request.get(link)).status
                if status == 404 or status >= 500:
                    found.append(f"has a dead link, {status}: {link}")
        return found


@asynccontextmanager
async def reading(browser: Browser, person: Person | None = None, *, script: bool = True) -> AsyncIterator[Reader]:
    """A fresh window of somebody in New York, signed in as `person`."""
    context = await browser.new_context(
        java_script_enabled=script,
        timezone_id="America/New_York",
        locale="en-US",
        viewport=WIDE,
        reduced_motion="reduce",
    )  # type: ignore[arg-type]
    try:
        if person is not None:
            await context.add_cookies(
                [
                    {
                        "name": COOKIE,
                        "value": person.token,
                        "domain": LOOPBACK,
                        "path": "/",
                        "httpOnly": True,
                        "sameSite": "Lax",
                    }
                ]
            )
        reader = Reader(await context.new_page())

        async def gate(route: Route) -> None:
            if urlsplit(route.request.url).hostname == LOOPBACK:
                await route.continue_()
            else:
                reader.foreign.append(route.request.url)
                await route.abort()

        def listen(message: ConsoleMessage) -> None:
            # The browser calls the status of a page that says in words what is wrong an error of loading.
            if message.type in ("error", "warning") and not (
                message.text.startswith("Failed to load") and message.location["url"] == reader.page.url
            ):
                reader.complaints.append(message.text)

        await context.route("**/*", gate)
        context.on("console", listen)
        reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
        yield reader
    finally:
        await context.close()
