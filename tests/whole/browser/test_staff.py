"""A staff member's day in a real Chromium: find an application, read it, save the list. An administrator gives a role
and reads the audit trail."""

import asyncio
import csv
import io
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from contracts import pages
from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, reading

pytestmark = pytest.mark.timeout(300)
expect.set_options(timeout=PATIENCE_MS)


async def test_a_day_of_the_programs_staff(browser: Browser, cast: Cast) -> None:
    web, people = cast.whole.world.addresses["web"], cast.whole.people
    applicant, number = cast.due.applicant, cast.due.application_id
    async with reading(browser, people["staff@example.org"]) as reader:
        page = reader.page
        await page.goto(web)
        await page.get_by_role("navigation", name="Main").get_by_role("link", name="Staff").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Applications")
        await reader.picture("staff")
        assert await reader.faults() == []

        await page.get_by_label("Name, e-mail address or number").fill(applicant.email)
        await page.get_by_label("State").select_option("Fee due")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("row")).to_have_count(2)
        assert "state=fee_due" in page.url
        await page.get_by_role("link", name="Changed").click()
        await expect(page.get_by_role("columnheader", name="Changed")).to_have_attribute("aria-sort", "descending")
        await expect(page.get_by_label("Name, e-mail address or number")).to_have_value(applicant.email)

        async with page.expect_download() as started:
            await page.get_by_role("link", name="Save as CSV").click()
        saved = await asyncio.to_thread(Path(await (await started.value).path()).read_text, "utf-8")
        lines = list(csv.DictReader(io.StringIO(saved, newline="")))
        assert [(line["application_id"], line["email"]) for line in lines] == [(str(number), applicant.email)]

        await page.get_by_role("rowheader").get_by_role("link").click()
        await expect(page.get_by_text("You see this application as its applicant does")).to_be_visible()
        await expect(page.get_by_role("main")).to_contain_text(applicant.email)
        assert await page.get_by_role("main").get_by_role("button").count() == 0
        await reader.picture("staff-application")
        assert await reader.faults() == []

        await page.goto(web + pages.STAFF_PEOPLE)
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are not allowed to do this")

    newcomer = await cast.whole.world.sign_in(f"new-{uuid4().hex[:6]}@example.org", "New Colleague")
    async with reading(browser, people["admin@example.org"]) as reader:
        page = reader.page
        await page.goto(web + pages.STAFF)
        await page.get_by_role("link", name="People and roles").click()
        await reader.picture("staff-people")
        assert await reader.faults() == []
        await page.get_by_label("Name or e-mail address").fill(newcomer.email)
        await page.get_by_role("button", name="Show").click()
        await page.get_by_role("link", name=newcomer.email).click()
        await page.get_by_role("checkbox", name="Staff Sees").check()
        await reader.picture("staff-person")
        assert await reader.faults() == []
        await page.get_by_role("button", name="Save the roles").click()
        await expect(page.get_by_text("The roles are saved.")).to_be_visible()
        await expect(page.get_by_role("checkbox", name="Staff Sees")).to_be_checked()

        await page.goto(web + pages.STAFF_AUDIT)
        first = page.get_by_role("row").nth(1)
        await expect(first).to_contain_text("Changed roles")
        await expect(first).to_contain_text("New Colleague")
        await expect(page.get_by_role("row").filter(has_text=str(number)).first).to_contain_text(
            "Looked at an application"
        )
        await reader.picture("staff-audit")
        assert await reader.faults() == []
