"""A staff member's day in a real Chromium, mostly by keyboard: sign in, find an application, reopen a requirement,
pause a credential and open it again, plan a period. The audit trail shows all of it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Browser, Page, expect

from contracts import pages
from devstack.journey import FUNDAMENTALS
from devstack.walk import Walk
from tests.system.whole import Whole
from tests.whole.browser.reader import PATIENCE_MS, Reader, reading
from tests.whole.browser.test_crawl import AXE, TAGS

pytestmark = [pytest.mark.timeout(400), pytest.mark.long]
expect.set_options(timeout=PATIENCE_MS)

PAUSED, ITS_NAME = "program-administration", "Program Administration"
STAFF = "staff@example.org"
WHY = "Your list of professional development ends in the middle of a page."
WHY_PAUSED = "We correct its essay question."
NOT_OPEN = "Not open at the moment"


async def sound(reader: Reader, name: str) -> None:
    """The page has no faults: by a reader's measure, by axe in light and dark, and on a small telephone."""
    page = reader.page
    await reader.picture(name)
    assert await reader.faults() == []
    await page.evaluate(await asyncio.to_thread(Path(AXE_FILE_PATH).read_text))
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await page.evaluate(AXE, TAGS) == [], scheme
    wide = page.viewport_size
    assert wide is not None
    await page.set_viewport_size({"width": 320, "height": 740})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.set_viewport_size(wide)


async def submitted(whole: Whole, mark: str) -> Walk:
    """An application that waits for its panel."""
    walk = Walk(await whole.world.sign_in(f"ida-{mark}@example.org", "Ida"), FUNDAMENTALS)
    await walk.start()
    await walk.pay()
    await walk.assess()
    await walk.hand_in()
    await walk.submit()
    return walk


async def link_mailed(whole: Whole, known: set[str]) -> str:
    """The sign-in link that staff got besides these mails."""

    async def mailed() -> str | None:
        for mail in await whole.world.mails(STAFF):
            if mail["ID"] not in known:
                shown = (await whole.world.request("GET", "mailbox", f"/api/v1/message/{mail['ID']}", ok=True)).body
                return next((word for word in shown["Text"].split() if "/sign-in?token=" in word), None)
        return None

    found: str = await whole.world.until("the mail with the link", mailed)
    return found


async def signs_in(reader: Reader, whole: Whole) -> None:
    """Sign in from the home page through the mailbox, as far as the list of applications."""
    page = reader.page
    known = {mail["ID"] for mail in await whole.world.mails(STAFF)}
    await page.goto(whole.world.addresses["web"] + pages.sign_in(next=pages.STAFF))
    await reader.type_into(page.get_by_label("E-mail address"), STAFF)
    await reader.press(page.get_by_role("button", name="Mail me a link"))
    await page.wait_for_url("**/sign-in/sent**")  # else the next address meets this one on its way
    await page.goto(await link_mailed(whole, known))
    await reader.press(page.get_by_role("button", name="Sign in"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Applications")


async def reopens(reader: Reader, walk: Walk) -> None:
    """Find the application in the list, look at it, open one of its requirements again."""
    page, main = reader.page, reader.page.get_by_role("main")
    await sound(reader, "day-list")
    await reader.type_into(page.get_by_label("Name, e-mail address or number"), walk.applicant.email)
    await reader.press(page.get_by_role("button", name="Show"))
    await expect(page.get_by_role("row")).to_have_count(2)
    await reader.press(page.get_by_role("rowheader").get_by_role("link"))
    await expect(page.get_by_text("You see this application as its applicant does")).to_be_visible()
    await reader.press(main.get_by_role("link", name="Reopen requirements"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Reopen requirements")
    await sound(reader, "day-reopening")

    # Nothing is chosen and no reason given: the page says so, and nothing is reopened.
    await reader.press(main.get_by_role("button", name="Reopen"))
    await expect(page.get_by_role("alert")).to_be_visible()
    await sound(reader, "day-reopening-refused")
    await reader.tab_to(page.get_by_role("checkbox", name="List of professional development"))
    await page.keyboard.press(" ")
    await reader.type_into(page.get_by_label("Reason"), WHY)
    await reader.press(main.get_by_role("button", name="Reopen"))
    await expect(page.get_by_text("The requirements are open again. The applicant is mailed.")).to_be_visible()
    await expect(main).to_contain_text(WHY)
    happened = page.get_by_role("complementary", name="About this application").get_by_role("list")
    await expect(happened.get_by_role("listitem").filter(has_text="Reopened by the program's staff")).to_have_count(1)
    await sound(reader, "day-reopened")


async def sets_state(reader: Reader, web: str, state: str, why: str) -> None:
    """Change the state of the credential on the page of its version."""
    page = reader.page
    await page.goto(web + pages.STAFF_PROGRAM)
    await reader.press(page.get_by_role("link", name=f"{ITS_NAME}, version 1"))
    await page.get_by_role("radio", name=state).check()
    await reader.type_into(page.get_by_label("Reason"), why)
    await reader.press(page.get_by_role("button", name="Change the state"))
    await expect(page.get_by_text("The state is changed and published.")).to_be_visible()
    await expect(page.get_by_role("complementary", name="About this version")).to_contain_text(why)


async def seen_by_a_visitor(page: Page, web: str, *, open_now: bool) -> None:
    """The home page and the credential's own page say whether it can be begun."""
    main = page.get_by_role("main")
    await page.goto(web)
    await expect(main.get_by_role("heading", name=NOT_OPEN)).to_have_count(0 if open_now else 1)
    await main.get_by_role("link", name=ITS_NAME, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(ITS_NAME)
    await expect(main.get_by_role("button", name="Begin your application")).to_have_count(1 if open_now else 0)


async def test_a_staff_members_day(browser: Browser, whole: Whole) -> None:
    web, mark = whole.world.addresses["web"], uuid4().hex[:6]
    walk = await submitted(whole, mark)
    zoe = await whole.world.sign_in(f"zoe-{mark}@example.org", "Zoe")
    async with reading(browser) as reader, reading(browser, zoe) as visitor:
        page = reader.page
        await signs_in(reader, whole)
        await reopens(reader, walk)

        await seen_by_a_visitor(visitor.page, web, open_now=True)
        await page.goto(web + pages.STAFF_PROGRAM)
        await sound(reader, "day-program")
        await sets_state(reader, web, "Paused", WHY_PAUSED)
        await sound(reader, "day-paused")
        await seen_by_a_visitor(visitor.page, web, open_now=False)
        await sound(visitor, "day-paused-for-a-visitor")
        refused = await zoe.world.request(
            "POST", "intake", "/api/applications", token=zoe.token, json={"credential": PAUSED}
        )
        assert refused.status == 409
        await sets_state(reader, web, "Open", "It is corrected.")
        await seen_by_a_visitor(visitor.page, web, open_now=True)

        await page.goto(web + pages.STAFF)
        await reader.press(page.get_by_role("link", name="Enrollment periods"))
        await reader.type_into(page.get_by_label("Name", exact=True), f"Far away {mark}")
        far = datetime.now(UTC).year + 9
        await page.get_by_label("First day").fill(f"{far}-02-01")
        await page.get_by_label("Last day").fill(f"{far}-06-30")
        await reader.press(page.get_by_role("button", name="Make the period"))
        await expect(page.get_by_text("The period is made.")).to_be_visible()
        await expect(page.get_by_role("row").filter(has_text=f"Far away {mark}")).to_contain_text("Planned")
        await sound(reader, "day-periods")
        await reader.press(page.get_by_role("link", name=f"Far away {mark}"))
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"Far away {mark}")
        await sound(reader, "day-period")
        await reader.press(page.get_by_role("button", name="Take this period out"))
        await expect(page.get_by_text("The period is removed.")).to_be_visible()

    async with reading(browser, whole.people["admin@example.org"]) as reader:
        await reads_the_trail(reader, web, walk, mark)


async def reads_the_trail(reader: Reader, web: str, walk: Walk, mark: str) -> None:
    """An administrator sees each act of the day, the newest first, and comes from a line to the application."""
    page = reader.page
    await page.goto(web + pages.STAFF_AUDIT)
    await reader.type_into(page.get_by_label("Who did it (e-mail address)"), STAFF)
    await reader.press(page.get_by_role("button", name="Show"))
    about = {
        "Removed an enrollment period": f"Far away {mark}",
        "Made an enrollment period": f"Far away {mark}",
        "Changed the state of a credential": f"{PAUSED}/1",
        "Reopened requirements": walk.application_id,
        "Looked at an application": walk.application_id,
    }
    rows = page.get_by_role("row")
    places = []
    for act, what in about.items():
        line = rows.filter(has_text=act).filter(has_text=what)
        # The last of these lines is the oldest: the first look at the application, the pause.
        await expect(line.last).to_be_visible()
        places.append(await line.last.evaluate("one => one.rowIndex"))
    assert places == sorted(places), dict(zip(about, places, strict=True))
    states = rows.filter(has_text=f"{PAUSED}/1").get_by_text("before:")
    assert await states.all_inner_texts() == ["before: Paused; after: Open", "before: Open; after: Paused"]
    await sound(reader, "day-trail")
    await reader.press(rows.filter(has_text="Reopened requirements").first.get_by_role("link"))
    await expect(page.get_by_role("main")).to_contain_text(walk.applicant.email)
