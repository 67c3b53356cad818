"""Every page that a link leads to, for each kind of visitor. It fails on a dead link, JSON, an error of the browser,
content of other hosts, a finding of axe, a page wider than a telephone, and an English text on a Spanish page."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Browser

from contracts.pages import HOME
from contracts.topics import TOPICS
from devstack.databases import SERVICES
from devstack.seed import INSTITUTIONS
from devstack.walk import WRITTEN, Person
from tests.system.whole import Whole
from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, Reader, reading

pytestmark = pytest.mark.timeout(600)

TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = [{"width": 320, "height": 740}, {"width": 1280, "height": 900}]
EACH_KIND = 1
"""The number of pages of each kind that are opened. Of the others, only the status is looked at."""
PARTS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=/credentials/)[^/]+|(?<=/achievements/)[^/]+"
    r"|(?<=/dead-letters/)[^/]+"
)
NOT_OURS = re.compile(r"^/(api|static|status|livez|readyz|metrics)/?|\.(json|jwt|png|svg|pdf|ics|zip)$|/did\.json$")

WORDS = """() => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
        const node = walker.currentNode
        if (!node.parentElement.closest('code, time, script, style, [translate=no], .languages, .demo-bar li'))
            found.push(node.textContent.replace(/\\s+/g, ' ').trim())
    }
    for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
        for (const one of document.querySelectorAll(`[${name}]`)) found.push(one.getAttribute(name).trim())
    found.push(document.title)
    return [...new Set(found)].filter(text => /\\p{L}{2}/u.test(text))
}"""
AXE_ITSELF = Path(AXE_FILE_PATH).read_text()
AXE = """async only => (await axe.run({runOnly: only})).violations
    .map(one => `${one.id}: ${one.nodes.map(node => node.html).slice(0, 3).join(' | ')}`)"""
EVERY_RULE = {"type": "tag", "values": TAGS}
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""Light and dark differ in nothing else: it is the same document."""


@dataclass
class Crawl:
    """The pages and faults that one window has seen."""

    faults: list[str] = field(default_factory=list)
    opened: dict[str, list[str]] = field(default_factory=dict)


def kind_of(path: str) -> str:
    return PARTS.sub("*", path)


async def links(reader: Reader, base: str) -> list[str]:
    """The pages of ours that the open page links to: path and query."""
    found = await reader.page.evaluate("() => [...document.links].map(one => one.href)")
    ours = [urlsplit(urldefrag(link)[0]) for link in found if link.startswith(base + "/")]
    return [f"{one.path}?{one.query}" if one.query else one.path for one in ours if not NOT_OURS.search(one.path)]


async def crawl(reader: Reader, base: str) -> Crawl:
    """Follow every link from the home page on."""
    seen, waiting, found = {HOME}, [HOME], Crawl()
    while waiting:
        path = waiting.pop(0)
        opened = found.opened.setdefault(kind_of(urlsplit(path).path), [])
        if len(opened) >= EACH_KIND:
            answer = await reader.page.context.request.get(base + path, headers={"Accept": "text/html"})
            if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
                found.faults.append(f"{path}: {answer.status} as {answer.headers.get('content-type')}")
            continue
        opened.append(path)
        shown = await reader.page.goto(base + path, wait_until="load")
        assert shown is not None
        if shown.status != 200 or "text/html" not in shown.headers.get("content-type", ""):
            found.faults.append(f"{path}: {shown.status} as {shown.headers.get('content-type')}")
            continue
        for link in await links(reader, base):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
        found.faults += [f"{path}: the browser says: {text}" for text in reader.complaints]
        found.faults += [f"{path}: asks {address}" for address in reader.foreign]
        reader.complaints.clear()
        reader.foreign.clear()
    return found


async def findings(reader: Reader, base: str, path: str) -> list[str]:
    """What axe finds, light and dark, wide and narrow; and what does not fit a telephone."""
    found: list[str] = []
    await reader.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    await reader.page.goto(base + path, wait_until="load")
    await reader.page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
    await reader.page.evaluate(AXE_ITSELF)
    for size in SIZES:
        await reader.page.set_viewport_size(size)  # type: ignore[arg-type]
        wide = await reader.page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            found.append(f"{path}: is {wide} px wide at {size['width']} px")
        for scheme, rules in (("light", EVERY_RULE), ("dark", OF_COLOURS)):
            await reader.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            named = f"{path} ({scheme}, {size['width']} px)"
            found += [f"{named}: {text}" for text in await reader.page.evaluate(AXE, rules)]
    return found


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON document."""
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)


async def said_by_the_program(whole: Whole) -> str:
    """All that the catalog and the reviewers' agreement say, which nobody translates."""
    catalog = (await whole.world.request("GET", "intake", "/api/credentials?limit=200", ok=True)).body
    profile = await whole.people["reviewer-1@example.org"].do("GET", "review", "/api/review/me")
    return "\n".join([*texts_in(catalog), *texts_in(profile["agreement"])])


def everybody(cast: Cast) -> dict[str, Person | None]:
    people = cast.whole.people
    roles = {name: people[f"{name}@example.org"] for name in ("reviewer-1", "chair", "staff", "operator", "admin")}
    return {"visitor": None, "earner": cast.awarded.applicant, "applicant": cast.due.applicant, **roles}


WHO = ["visitor", "earner", "applicant", "reviewer-1", "chair", "staff", "operator", "admin"]
QUICK = ("visitor", "applicant")
"""The others see so many pages that it takes minutes."""
LOOKED_AT: set[str] = set()
"""Kinds of pages that axe has looked at in this run, and that were read in Spanish, as whoever came first."""


async def speak(reader: Reader, base: str, path: str, language: str) -> set[str]:
    """The words of a page in a language, once the service that makes it has heard which one the person reads."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            await reader.page.goto(base + path, wait_until="load")
            if await reader.page.locator("html").get_attribute("lang") == language:
                return set(await reader.page.evaluate(WORDS))
            await asyncio.sleep(0.2)


async def english(reader: Reader, base: str, paths: list[str], program: str) -> list[str]:
    """The texts of these pages that are English although the reader has chosen Spanish. Afterwards the reader has
    English again."""
    said: dict[str, dict[str, set[str]]] = {}
    for language in ("es", "en"):
        chosen = {"language": language, "next": HOME}
        await reader.page.context.request.post(f"{base}/language", form=chosen, headers={"Origin": base})
        said[language] = {path: await speak(reader, base, path, language) for path in paths}
    return [
        f"{path}: stays English: {text!r}"
        for path in paths
        for text in sorted(said["en"][path] & said["es"][path])
        if not all(part in program or part in SAME or SUBMISSION.fullmatch(part) for part in text.split("; "))
    ]


@pytest.mark.parametrize("who", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in WHO])
async def test_every_link_leads_to_a_sound_page_in_both_languages(browser: Browser, cast: Cast, who: str) -> None:
    base = cast.whole.world.addresses["web"]
    program = await said_by_the_program(cast.whole)
    async with reading(browser, everybody(cast)[who]) as reader:
        found = await crawl(reader, base)
        assert HOME in found.opened
        new = [paths[0] for kind, paths in found.opened.items() if kind not in LOOKED_AT]
        LOOKED_AT.update(found.opened)
        for path in new:
            found.faults += await findings(reader, base, path)
        found.faults += await english(reader, base, new, program)
    assert not found.faults, "\n".join(found.faults)


SUBMISSION = re.compile(r"S-[0-9A-Z]{4}-[0-9A-Z]{2}")
SAME = {
    *("microcred", "Open Badges 3.0", "Stripe", "Error", "LinkedIn", "JSON", "JWT", "PNG", "SVG", "PDF", "No", "Email"),
    *SERVICES,
    *TOPICS,
    *INSTITUTIONS,
    *INSTITUTIONS.values(),
    *WRITTEN,
}
"""What is the same in Spanish: names of things, and what people wrote."""
