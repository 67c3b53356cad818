"""In a real Chromium: staff waive a fee or, without a script, give one back, and its payer reads that."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from devstack.world import Person, World
from tests.component.payments.conftest import Till
from tests.component.payments.test_renewals import asked
from tests.component.served import Served, served
from tests.whole.browser.reader import Reader, reading

OTHERS = re.compile(r"a dead link, 404: (?!\S+/payments/)")
TAGS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}


@pytest.fixture
async def site(till: Till) -> AsyncIterator[Served]:
    async with served(till.service.running.api) as here:
        yield here


def person(till: Till, who: UUID) -> Person:
    token = till.service.session_for(who)["Authorization"].split()[1]
    return Person(World({}), str(who), f"{who}@example.org", token, ())


async def good(reader: Reader, name: str) -> None:
    """Check that the page has no faults. Links to other services lead nowhere here, because payments runs alone."""
    assert [fault for fault in await reader.faults() if not OTHERS.search(fault)] == []
    found = await Axe().run(reader.page, options=TAGS)
    assert [one["id"] for one in found.response["violations"]] == []
    await reader.picture(name)


async def test_a_renewal_fee_is_waived(till: Till, site: Served, browser: Browser) -> None:
    application, payer, renewal = await asked(till)
    staff = await till.service.add_person(roles=("staff",))
    async with reading(browser, person(till, staff)) as reader:
        page = reader.page
        await page.goto(f"{site.url}/payments/{application}/staff")
        await good(reader, "staff-fee-paid")
        await page.get_by_role("link", name="Renewal fee").click()
        await page.get_by_label("Reason").fill("Illness")
        await good(reader, "staff-fee-due")
        await page.get_by_role("button", name="Waive the fee").click()
        await page.get_by_text("Illness").wait_for()
        await good(reader, "staff-fee-waived")
    async with reading(browser, person(till, payer)) as reader:
        await reader.page.goto(f"{site.url}/payments/{renewal}")
        await reader.page.get_by_text("The program waived your renewal fee.").wait_for()
        await good(reader, "fee-waived")
        await reader.page.goto(f"{site.url}/payments/{application}")
        await reader.page.get_by_text("Your application fee is paid").wait_for()
    async with reading(browser, person(till, staff), script=False) as reader:
        await reader.page.goto(f"{site.url}/payments/{application}/staff")
        await reader.page.get_by_label("Reason").fill("A double application")
        await reader.page.get_by_role("button", name="Give the payment back").click()
        await reader.page.get_by_text("A double application").wait_for()
    assert (await till.shown(application, payer))["state"] == "refunding"
