"""A cohort in a real Chromium. Staff create it, one person joins, a second one waits and moves up without a script and
in Spanish, and mails tell both when it is cancelled."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from icalendar import Calendar
from playwright.async_api import Browser, Page, expect

from contracts import pages
from devstack.journey import FUNDAMENTALS
from devstack.walk import Person
from tests.system.whole import Whole
from tests.whole.browser.reader import PATIENCE_MS, Reader, reading
from tests.whole.browser.test_crawl import AXE, TAGS

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]
expect.set_options(timeout=PATIENCE_MS)

LINK = "https://meet.example/only-members"


async def sound(reader: Reader, name: str) -> None:
    """The page has no faults: by a reader's measure, by axe, and at the width of a small telephone."""
    await reader.picture(name)
    assert await reader.faults() == []
    await reader.page.evaluate(await asyncio.to_thread(Path(AXE_FILE_PATH).read_text))
    assert await reader.page.evaluate(AXE, TAGS) == []
    await reader.page.set_viewport_size({"width": 320, "height": 740})
    assert await reader.page.evaluate("document.documentElement.scrollWidth") <= 320


async def applied(whole: Whole, name: str, mark: str) -> tuple[Person, str]:
    """Somebody with an application, by its number."""
    who = await whole.world.sign_in(f"{name}-{mark}@example.org", name.title())
    body = {"credential": FUNDAMENTALS}
    made = await who.do("POST", "intake", "/api/applications", json=body)
    return who, made["application_id"]


async def told(whole: Whole, *people: Person) -> list[tuple[str, str]]:
    """What these people were mailed about cohorts: to whom, and the subject, however often it came."""
    found = [(who.email, mail["Subject"]) for who in people for mail in await whole.world.mails(who.email)]
    return sorted((email, subject) for email, subject in found if "cohort" in subject or "grupo" in subject)


async def has(whole: Whole, who: Person, mail: tuple[str, str]) -> bool:
    """Whether this was mailed."""
    return mail in await told(whole, who)


async def create(page: Page, web: str, name: str) -> str:
    """Staff create and open a cohort with one place; its path."""
    await page.goto(web + pages.STAFF)
    await page.get_by_role("link", name="Cohorts").click()
    await page.get_by_role("link", name="Create a cohort").click()
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Description").fill("We read the rubric together.")
    await page.get_by_role("checkbox", name="Community Engagement Fundamentals").check()
    await page.get_by_label("Places").fill("1")
    await page.get_by_label("Facilitators").fill("Rosa Ruiz\nKim Lee")
    await page.get_by_role("button", name="Create the cohort").click()
    await expect(page.get_by_text("The cohort is created, as a draft")).to_be_visible()
    await page.get_by_role("link", name="Add a session").click()
    await page.get_by_label("Title").fill("Who we are")
    starts_at = datetime.now(UTC) + timedelta(days=30)
    await page.get_by_label("Begins").fill(starts_at.strftime("%Y-%m-%dT18:00"))
    await page.get_by_label("Address of the meeting").fill(LINK)
    await page.get_by_role("button", name="Add the session").click()
    await page.get_by_role("button", name="Open it to applicants").click()
    await expect(page.get_by_text("Applicants can join this cohort now.")).to_be_visible()
    return page.url.removeprefix(web)


async def test_a_cohort_from_its_creation_to_its_end(browser: Browser, whole: Whole) -> None:
    web, mark = whole.world.addresses["web"], uuid4().hex[:6]
    name = f"Autumn readers {mark}"
    staff = whole.people["staff@example.org"]
    (ana, first), (ben, second) = [await applied(whole, who, mark) for who in ("ana", "ben")]
    async with reading(browser, staff) as reader:
        path = await create(reader.page, web, name)
        await sound(reader, "staff-cohort")
        for below in ("/details", "/sessions/new", "/cancellation"):
            await reader.page.goto(web + path + below)
            await sound(reader, f"staff-cohort-{below.rpartition('/')[2]}")
        await reader.page.goto(web + pages.STAFF_COHORTS)
        await sound(reader, "staff-cohorts")

    async with reading(browser, ana) as reader:
        page = reader.page
        await page.goto(f"{web}/applications/{first}")
        await page.get_by_role("link", name="Cohort (if you like)").click()
        await sound(reader, "cohort-to-join")
        mine = page.get_by_role("article").filter(has_text=name)
        await expect(mine).not_to_contain_text(LINK)
        await reader.press(mine.get_by_role("button", name="Join this cohort"))
        await expect(page.get_by_text("You have a place")).to_be_visible()
        await expect(page.get_by_role("link", name=LINK)).to_be_visible()
        async with page.expect_download() as started:
            await page.get_by_role("link", name="Save the sessions for your calendar").click()
        saved = await asyncio.to_thread(Path(await (await started.value).path()).read_bytes)
        assert [str(one["LOCATION"]) for one in Calendar.from_ical(saved).walk("VEVENT")] == [LINK]
        await sound(reader, "cohort-joined")
        await page.goto(f"{web}/applications/{first}")
        await expect(page.get_by_role("complementary", name="About this application")).to_contain_text("Who we are")
        await sound(reader, "application-with-cohort")

    async with reading(browser, ben, script=False) as reader:
        page = reader.page
        await page.goto(f"{web}/applications/{second}/cohort")
        await page.get_by_role("article").filter(has_text=name).get_by_role("button").click()
        await expect(page.get_by_text("You are number 1 on the waiting list.")).to_be_visible()
        await expect(page.get_by_role("link", name=LINK)).to_have_count(0)
        await reader.picture("cohort-waiting")
        async with reading(browser, ana) as hers:
            await hers.page.goto(f"{web}/applications/{first}/cohort")
            await hers.page.get_by_role("button", name="Leave the cohort").click()
            await expect(hers.page.get_by_text("You are not in the cohort any more.")).to_be_visible()
            await hers.page.get_by_role("article").filter(has_text=name).get_by_role("button").click()
            await expect(hers.page.get_by_text("You are number 1 on the waiting list.")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("You have a place")).to_be_visible()
        place = (ben.email, f"You have a place in the cohort {name}")
        await whole.world.until("the mail about the place", lambda: has(whole, ben, place))
        await page.get_by_role("button", name="Español").click()
        await expect(page.get_by_text("Tiene una plaza")).to_be_visible()

    async with reading(browser, staff) as reader:
        page = reader.page
        await page.goto(web + path)
        await sound(reader, "staff-cohort-full")
        await page.get_by_role("link", name="Move or take out").first.click()
        await sound(reader, "staff-place")
        await page.goto(web + path + "/cancellation")
        await expect(page.get_by_role("main")).to_contain_text("1 member loses the place.")
        await page.get_by_role("button", name="Cancel the cohort").click()
        await expect(page.get_by_text("The cohort is cancelled.")).to_be_visible()

    wanted = [
        (ana, f"The cohort {name} is cancelled"),
        (ana, f"You have a place in the cohort {name}"),
        (ana, f"You wait for a place in the cohort {name}"),
        (ben, f"El grupo {name} está cancelado"),
        (ben, f"You have a place in the cohort {name}"),
        (ben, f"You wait for a place in the cohort {name}"),
    ]

    async def all_told() -> bool:
        return await told(whole, ana, ben) == sorted((who.email, subject) for who, subject in wanted)

    await whole.world.until("one mail about each thing that happened", all_told)
