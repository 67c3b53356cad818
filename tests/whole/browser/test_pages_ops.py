"""The console in a real Chromium: a dead letter, and its redrive by keyboard."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from contracts.topics import CONSUMERS
from devstack.journey import FUNDAMENTALS
from devstack.walk import Walk
from tests.system.whole import Whole
from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, Reader, reading

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
expect.set_options(timeout=PATIENCE_MS)


REFUSE = """
    CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused on purpose'; END
        $$;
    CREATE TRIGGER refuse_it BEFORE INSERT ON fees FOR EACH ROW WHEN (NEW.application_id = '{application_id}') EXECUTE
        FUNCTION refuse_it()
"""
RELENT = "DROP FUNCTION IF EXISTS refuse_it CASCADE"


@dataclass(frozen=True)
class Stuck:
    """Somebody of whose fee payments cannot hear: its database refuses, until `relent`. That becomes a dead letter
    after ten seconds."""

    whole: Whole
    walk: Walk

    async def relent(self) -> None:
        """Let payments' database take the fee."""
        await self.whole.insides.pools["payments"].execute(RELENT)

    async def settle(self) -> None:
        """Leave nothing that is dead: whatever a test did not get to."""
        await self.relent()
        operator = self.whole.people["operator@example.org"]
        await operator.do("POST", "ops", "/api/ops/dead-letters/redrive", json={"filter": {}})

        async def none() -> bool:
            return not (await operator.do("GET", "ops", "/api/ops/dead-letters"))["items"]

        await self.whole.world.until("the end of the dead letters", none)


@pytest.fixture
async def stuck(whole: Whole) -> AsyncIterator[Stuck]:
    walk = Walk(await whole.world.sign_in(f"stu-{uuid4().hex[:6]}@example.org", "Stu"), FUNDAMENTALS)
    applicant = walk.applicant
    begun = await applicant.do("POST", "intake", "/api/applications", json={"credential": FUNDAMENTALS})
    walk.application_id = begun["application_id"]
    await whole.insides.pools["payments"].execute(REFUSE.format(application_id=walk.application_id))
    found = Stuck(whole, walk)
    place = f"/api/applications/{walk.application_id}"
    about = {"name": "Stu Stuck", "institution": "Example College", "position": "Coordinator"}
    await applicant.do("PUT", "intake", f"{place}/basic-information", json=about)
    agreed = {"accepted": True, "version": begun["agreement"]["version"]}
    await applicant.do("PUT", "intake", f"{place}/agreement", json=agreed)
    try:
        yield found
    finally:
        await found.settle()


async def sound(reader: Reader, name: str) -> None:
    await reader.picture(name)
    assert await reader.faults() == []


async def test_who_may_not_is_told_so_or_led_to_sign_in(browser: Browser, cast: Cast) -> None:
    web = cast.whole.world.addresses["web"]
    async with reading(browser, script=False) as reader:
        await reader.page.goto(f"{web}/ops")
        assert reader.page.url == f"{web}/sign-in?next=%2Fops"
    async with reading(browser, cast.stranger, script=False) as reader:
        answer = await reader.page.goto(f"{web}/ops/dead-letters")
        assert answer is not None
        assert answer.status == 403
        await expect(reader.page.get_by_role("main")).to_contain_text("This needs the role operator")
        await sound(reader, "console-no-role")


async def test_a_dead_letter_is_found_followed_and_redriven_with_the_keyboard(
    browser: Browser, cast: Cast, stuck: Stuck
) -> None:
    world, key = cast.whole.world, stuck.walk.application_id

    async def dead() -> bool:
        return bool((await cast.operator.do("GET", "ops", "/api/ops/dead-letters"))["items"])

    async with reading(browser, cast.operator, script=False) as reader:
        page = reader.page
        main, heading = page.get_by_role("main"), page.get_by_role("heading", level=1)
        await world.until("the dead letter", dead)
        await page.goto(f"{world.addresses['web']}/ops")
        await expect(main).to_contain_text("One dead letter in payments")
        rows = page.get_by_role("table", name=re.compile("^Consumers that are behind")).get_by_role("rowheader")
        assert set(CONSUMERS) <= {text.strip() for text in await rows.all_inner_texts()}
        await expect(page.get_by_role("img", name="Services and topics")).to_be_visible()
        await sound(reader, "console")
        await page.reload()

        await reader.press(page.get_by_role("link", name="One dead letter in payments"))
        await expect(heading).to_have_text("Dead letters")
        await sound(reader, "dead-letters")
        await page.reload()
        await reader.press(page.get_by_role("link", name=re.compile("^intake.applications")))
        await expect(heading).to_have_text("intake.application.fee_due.v1")
        await expect(main).to_contain_text("refused on purpose")
        await sound(reader, "dead-letter")
        await reader.press(page.get_by_role("link", name="the journey of this application"))
        await expect(page.get_by_role("rowheader").first).to_have_text("intake.application.started.v1")
        await expect(main).to_contain_text("Dead letter")
        await sound(reader, "journey")

        await stuck.relent()
        await reader.press(page.get_by_role("link", name="Dead letters with this key"))
        await reader.tab_to(page.get_by_role("checkbox"))
        await page.keyboard.press("Space")
        await reader.press(page.get_by_role("button", name="Redrive…"))
        await expect(heading).to_have_text("Redrive one letter?")
        await expect(main).to_contain_text(key)
        await sound(reader, "redrive")
        await page.reload()
        await reader.press(page.get_by_role("button", name="Redrive one letter"))
        await expect(page.get_by_role("status")).to_contain_text("The redrive was requested.")
        await stuck.walk.applicant.found("payments", f"/api/payments/{key}")

        async def settled() -> bool:
            return not await dead()

        await world.until("the end of the dead letter", settled)
        await page.goto(f"{world.addresses['web']}/ops/dead-letters")
        await expect(main).to_contain_text("No dead letters")
        await sound(reader, "dead-letters-none")
        await page.goto(f"{world.addresses['web']}/ops")
        await reader.type_into(page.get_by_role("textbox", name="Application id"), key)
        await page.keyboard.press("Enter")
        await expect(heading).to_have_text("Journey of one application")


async def test_the_console_renews_itself_and_can_be_held_still(browser: Browser, cast: Cast) -> None:
    async with reading(browser, cast.operator) as reader:
        page = reader.page
        await page.goto(f"{cast.whole.world.addresses['web']}/ops")
        await page.evaluate("document.getElementById('live').dataset.old = 'yes'")
        await page.evaluate("htmx.ajax('GET', '/ops', {target: '#live', swap: 'outerHTML'})")
        await expect(page.locator("#live[data-old]")).to_have_count(0)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert await page.locator("#live").get_attribute("hx-trigger") == "every 15s"
        await reader.press(page.get_by_role("link", name="Stop refreshing this page"))
        await expect(page.locator("#live")).to_be_visible()
        assert await page.locator("#live").get_attribute("hx-trigger") is None
        assert await reader.faults() == []


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [
        ("/ops/journeys", 200, "Follow one application"),
        ("/ops/journeys?application_id=seven", 422, "Follow one application"),
        ("/ops/journeys/00000000-0000-4000-8000-000000000000", 404, "There is no such page"),
        ("/ops/dead-letters/discard", 422, "Dead letters"),
        ("/ops/dead-letters?state=discarded", 200, "Dead letters"),
        ("/ops/consumers/notify", 200, "Consumer notify"),
    ],
)
async def test_the_other_pages_are_sound(browser: Browser, cast: Cast, path: str, status: int, heading: str) -> None:
    async with reading(browser, cast.operator) as reader:
        answer = await reader.page.goto(cast.whole.world.addresses["web"] + path)
        assert answer is not None
        assert answer.status == status
        await expect(reader.page.get_by_role("heading", level=1)).to_have_text(heading)
        await sound(reader, re.sub(r"[^a-z]+", "-", path.partition("?")[0]).strip("-"))
