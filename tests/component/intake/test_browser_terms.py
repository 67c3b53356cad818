"""Periods and deadlines in a real Chromium: by keyboard, without a script, on a telephone's width, and by axe."""

import re
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from contracts.events.deadlines import ApplicationRenewalDue
from devstack.world import Person, World
from tests.component.conftest import StartService
from tests.component.intake.enrollment import enrolling
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Applicant, Walker, id_of
from tests.component.served import Served, served
from tests.whole.browser.reader import Reader, reading

pytestmark = pytest.mark.long

OTHERS = re.compile(r"a dead link, 404: \S+/(badges|review/cases|payments/\S+)$")
TAGS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}


@pytest.fixture
async def intake(service: StartService) -> Walker:
    return await enrolling(service)


@pytest.fixture
async def site(intake: Walker) -> AsyncIterator[Served]:
    async with served(intake.one.running.api) as here:
        yield here


def person(who: Applicant) -> Person:
    """Somebody as the browser knows them: by their session."""
    token = who.headers["Authorization"].split()[1]
    return Person(World({}), str(who.person_id), who.email, token, ())


async def good(reader: Reader, name: str) -> None:
    """Check that the page has no faults. Links to other services lead nowhere here, because intake runs alone."""
    faults = [fault for fault in await reader.faults() if not OTHERS.search(fault)]
    assert faults == []
    found = await Axe().run(reader.page, options=TAGS)
    assert [one["id"] for one in found.response["violations"]] == []
    await reader.picture(name)


async def test_an_applicant_is_carried_over_by_keyboard_alone(intake: Walker, site: Served, browser: Browser) -> None:
    ada = await intake.sign_in("ada@example.org")
    path = (await intake.open(ada)).removeprefix("/api")
    async with reading(browser, person(ada)) as reader:
        for place in ("/applications", path, f"{path}/deadline"):
            await reader.page.goto(site.url + place)
            await good(reader, f"terms{place.replace(str(id_of(path)), '').replace('/', '-')}")
        await reader.press(reader.page.get_by_role("button", name="Carry over to the next period"))
        await reader.page.get_by_role("link", name="Pay the renewal fee").wait_for()
        await good(reader, "terms-asked")
    assert len(await intake.one.events(ApplicationRenewalDue)) == 1


async def test_staff_without_a_script(intake: Walker, site: Served, browser: Browser) -> None:
    staff, ada = await staff_of(intake, "staff"), await intake.sign_in("ada@example.org")
    path = (await intake.open(ada)).removeprefix("/api")
    async with reading(browser, person(staff), script=False) as reader:
        page = reader.page
        await page.goto(f"{site.url}/staff")
        await page.get_by_role("link", name="Enrollment periods").click()
        await page.get_by_label("Name").fill("Fall")
        await page.get_by_label("First day").fill("2027-08-01")
        await page.get_by_label("Last day").fill("2027-12-15")
        await page.get_by_role("button", name="Make the period").click()
        assert await page.get_by_label("First day").input_value() == "2027-08-01"
        await page.get_by_label("First day").fill("2027-10-01")
        await page.get_by_role("button", name="Make the period").click()
        await page.get_by_role("link", name="Fall").click()
        await page.get_by_role("button", name="Take this period out").click()
        assert await page.get_by_role("link", name="Fall").count() == 0
        await page.goto(f"{site.url}/staff{path}")
        await page.get_by_role("link", name="Extend the deadline").click()
        await page.get_by_label("Last day").fill("2027-05-14")
        await page.get_by_label("Reason").fill("Illness")
        await page.get_by_role("button", name="Extend the deadline").click()
        await page.get_by_text("Illness").wait_for()


async def test_staffs_pages_are_good(intake: Walker, site: Served, browser: Browser) -> None:
    staff, ada = await staff_of(intake, "staff"), await intake.sign_in("ada@example.org")
    path = (await intake.open(ada)).removeprefix("/api")
    async with reading(browser, person(staff)) as reader:
        summer = (await intake.call(staff, "GET", "/api/periods", 200))["items"][1]["period_id"]
        for number, place in enumerate(("/staff/periods", f"/staff/periods/{summer}", f"/staff{path}/deadline")):
            await reader.page.goto(site.url + place)
            await good(reader, f"terms-staff-{number}")
        await reader.page.goto(f"{site.url}/staff/periods")
        await reader.type_into(reader.page.get_by_label("Name"), "Fall")
        await reader.page.get_by_label("First day").fill("2027-08-01")
        await reader.page.get_by_label("Last day").fill("2027-12-15")
        await reader.press(reader.page.get_by_role("button", name="Make the period"))
        await reader.page.get_by_role("alert").wait_for()
        await good(reader, "terms-staff-refused")


async def test_the_catalog_between_periods(intake: Walker, site: Served, browser: Browser) -> None:
    async with reading(browser) as reader:
        for name, now in (("open", intake.one.clock.now), ("closed", intake.one.clock.now.replace(month=5, day=5))):
            intake.one.clock.now = now
            for place in ("/", "/credentials/weaving"):
                await reader.page.goto(site.url + place)
                await good(reader, f"terms-{name}{place.replace('/', '-')}")
