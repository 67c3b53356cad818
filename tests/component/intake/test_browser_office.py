"""In a real Chromium: two of the staff and one period, the warning before the submission, and a file that cannot be
drawn."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.component.conftest import StartService
from tests.component.intake.enrollment import enrolling
from tests.component.intake.leading import draft
from tests.component.intake.test_browser_terms import good, person
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import PDF, Walker
from tests.component.served import Served, served
from tests.whole.browser.reader import reading

pytestmark = pytest.mark.long


@pytest.fixture
async def intake(service: StartService) -> Walker:
    return await enrolling(service)


@pytest.fixture
async def site(intake: Walker) -> AsyncIterator[Served]:
    async with served(intake.one.running.api) as here:
        yield here


async def test_two_of_the_staff_change_one_period_and_one_has_no_script(
    intake: Walker, site: Served, browser: Browser
) -> None:
    one, other = await staff_of(intake, "staff"), await staff_of(intake, "staff", "admin")
    summer = (await intake.call(one, "GET", "/api/periods", 200))["items"][1]["period_id"]
    address = f"{site.url}/staff/periods/{summer}"
    async with (
        reading(browser, person(one), script=False) as hers,
        reading(browser, person(other)) as his,
    ):
        for reader in (hers, his):
            await reader.page.goto(address)
        await hers.page.get_by_label("Last day").fill("2027-09-15")
        await hers.page.get_by_role("button", name="Save the period").click()
        await his.page.get_by_label("Name").fill("Long summer")
        await his.page.get_by_role("button", name="Save the period").click()
        await his.page.get_by_role("heading", name="What is kept now").wait_for()
        assert await his.page.get_by_label("Name").input_value() == "Long summer"
        assert await his.page.get_by_text("September 15, 2027").count() == 1
        await good(his, "office-period-conflict")
        await his.page.get_by_label("Last day").fill("2027-09-15")
        await his.page.get_by_role("button", name="Save the period").click()
        await his.page.get_by_role("link", name="Long summer").wait_for()
        cohort = (await draft(intake, one)).removeprefix("/api")
        await his.page.goto(f"{site.url}{cohort}/details")
        await his.page.get_by_label("Places").fill("0")
        await his.page.get_by_role("button", name="Save the cohort").click()
        await his.page.get_by_role("heading", name="What is kept now").wait_for()
        await good(his, "office-cohort-refused")


async def test_a_draft_is_named_before_the_submission_and_a_broken_file_is_saved(
    intake: Walker, site: Served, browser: Browser
) -> None:
    ada = await intake.sign_in("ada@example.org")
    path = await intake.complete(ada)
    await intake.call(ada, "PUT", f"{path}/drafts/essay", 200, json={"text": "Threads cross each other."})
    async with reading(browser, person(ada)) as reader:
        await reader.page.goto(f"{site.url}{path.removeprefix('/api')}/submission")
        await good(reader, "office-submission-draft")
        await reader.page.get_by_role("link", name="Essay", exact=True).click()
        async with reader.page.expect_navigation():
            await reader.page.get_by_role("button", name="Save the text").click()
        await reader.page.goto(f"{site.url}{path.removeprefix('/api')}/submission")
        assert await reader.page.get_by_text("A draft is not handed in").count() == 0
        await reader.page.goto(f"{site.url}{path.removeprefix('/api')}/materials/cv")
        await reader.page.get_by_role("link", name="Look at it here").click()
        await good(reader, "office-file-not-drawn")
        async with reader.page.expect_download() as saving:
            await reader.page.get_by_role("link", name="Save the file").click()
        saved = await (await saving.value).path()
        assert saved.read_bytes() == PDF
