"""Review's pages in a real Chromium, for each kind of reader."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, reading

pytestmark = pytest.mark.timeout(300)
expect.set_options(timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("who", "path", "heading"),
    [
        ("reviewer-1", "/review", "Cases to review"),
        ("reviewer-1", "/review/profile", "Your profile as a reviewer"),
        ("chair", "/review", "Cases to review"),
        ("chair", "/decisions", "Cases to decide"),
        ("chair", "/review/cases", "All cases"),
        ("staff", "/review/cases", "All cases"),
        ("staff", "/review/cases?state=decided", "All cases"),
    ],
)
async def test_the_page_is_sound(browser: Browser, cast: Cast, who: str, path: str, heading: str) -> None:
    async with reading(browser, cast.whole.people[f"{who}@example.org"]) as reader:
        answer = await reader.page.goto(cast.whole.world.addresses["web"] + path)
        assert answer is not None
        assert answer.status == 200
        await expect(reader.page.get_by_role("heading", level=1)).to_have_text(heading)
        await reader.picture(re.sub(r"[^a-z0-9]+", "-", f"{who}{path}"))
        assert await reader.faults() == []


async def test_a_decided_case_as_its_chair_its_reviewers_and_staff_see_it(browser: Browser, cast: Cast) -> None:
    web, application = cast.whole.world.addresses["web"], str(cast.awarded.application_id)
    people = cast.whole.people
    case = await people["staff@example.org"].do("GET", "review", f"/api/review/cases/{application}")
    seats = {seat["person_id"]: seat["role"] for seat in case["panel"]}
    reviewer = next(
        one for one in people.values() if "@example.org" in one.email and seats.get(str(one.person_id)) == "reviewer"
    )
    for name, person in (("staff", people["staff@example.org"]), ("reviewer", reviewer)):
        async with reading(browser, person) as reader:
            page = reader.page
            await page.goto(f"{web}/review/cases/{case['case_id']}")
            number = case["submission_number"]
            await expect(page.get_by_role("heading", level=1)).to_have_text(f"{number[:6]}-{number[6:]}")
            await expect(page.get_by_role("region", name="Decision")).to_contain_text("Awarded")
            await reader.picture(f"case-{name}")
            assert await reader.faults() == []
            text = await page.content()
            told = [application in text, "Dear Robin" in text, "Robin Example" in text]
            assert told == ([True, True, False] if name == "staff" else [False, False, False])
