"""Two reviewers judge one application in a real Chromium: one by keyboard alone, one without a script."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from devstack.journey import FUNDAMENTALS
from devstack.walk import Person, Walk
from tests.system.whole import Whole
from tests.whole.browser.reader import PATIENCE_MS, reading
from tests.whole.browser.test_staff_day import sound

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
expect.set_options(timeout=PATIENCE_MS)


async def submitted(whole: Whole) -> tuple[str, list[Person]]:
    """The case of a new application, and its two reviewers."""
    walk = Walk(await whole.world.sign_in(f"judged-{uuid4().hex[:6]}@example.org", "Robin Example"), FUNDAMENTALS)
    for step in (walk.start, walk.pay, walk.assess, walk.hand_in, walk.submit):
        await step()
    chair = whole.people["chair@example.org"]

    async def seated() -> tuple[str, list[Person]] | None:
        answer = await whole.world.request(
            "GET", "review", f"/api/review/cases/{walk.application_id}", token=chair.token
        )
        if answer.status != 200 or answer.body["state"] == "assigning":
            return None
        seats = [seat["person_id"] for seat in answer.body["panel"] if seat["role"] == "reviewer"]
        return answer.body["case_id"], [whole.world.people[one] for one in seats]

    found = await whole.world.until("the panel", seated)
    assert found is not None
    return found


async def declare(page: Page, case: str) -> None:
    await page.get_by_role("radio", name=re.compile("No, I can judge it")).check()
    await page.get_by_role("button", name="Declare").click()
    await page.wait_for_url(f"**/review/cases/{case}")


async def test_a_panel_scores(browser: Browser, whole: Whole) -> None:
    (case, (first, second)), web = await submitted(whole), whole.world.addresses["web"]
    place = f"{web}/review/cases/{case}"
    async with reading(browser, first) as reader:
        page = reader.page
        await page.goto(f"{web}/review")
        await page.locator(f"a[href='/review/cases/{case}/declaration']").click()
        await sound(reader, "declaration")
        await reader.tab_to(page.get_by_role("radio", name=re.compile("No, I can judge it")))
        await page.keyboard.press("Space")
        await reader.press(page.get_by_role("button", name="Declare"))
        await page.wait_for_url(place)
        await sound(reader, "judging")
        await page.set_viewport_size({"width": 1920, "height": 1080})
        await page.evaluate("scrollTo(0, 0)")
        panes = [await page.locator(name).bounding_box() for name in ("#evidence", "#scores")]
        assert None not in panes
        assert panes[0]["y"] == panes[1]["y"]  # type: ignore[index]
        assert panes[1]["x"] + panes[1]["width"] > 1500  # type: ignore[index]

        items = page.locator("[data-item]")
        assert await items.count() == 10
        await reader.tab_to(items.first.get_by_role("radio").first)
        for _ in range(10):
            await page.keyboard.press("3")
            await page.keyboard.press("n")
        await expect(page.locator("input[type=radio]:checked")).to_have_count(10)
        await page.keyboard.press("e")
        await expect(page.locator("#evidence")).to_be_focused()
        await reader.type_into(items.first.get_by_role("textbox"), "The essay, 3 to 5: n and p are letters here.")
        await expect(page.locator("[data-save-state] [role=status]")).to_contain_text("Not submitted yet.")
        scores = (await first.do("GET", "review", f"/api/review/cases/{case}"))["scores"]
        assert (len(scores["items"]), scores["submitted"]) == (10, False)
        assert [one["note"] for one in scores["items"].values() if one["note"]] == [
            "The essay, 3 to 5: n and p are letters here."
        ]

        async with reading(browser, first) as other:  # an older tab stops, and nothing is lost
            await other.page.goto(place)
            await other.page.get_by_label("For the chair").fill("From the other tab.")
            await expect(other.page.locator("[data-save-state] [role=status]")).to_contain_text("Not submitted yet.")
            await page.get_by_label("For the chair").fill("From the first tab.")
            await expect(page.locator("[data-save-state] [role=status]")).to_contain_text("changed in another window")
            await page.get_by_role("button", name="See both").click()
            await expect(page.get_by_role("heading", name="What is saved now")).to_be_visible()
            await expect(page.get_by_text("From the other tab.")).to_be_visible()
            await expect(page.get_by_label("For the chair")).to_have_value("From the first tab.")
            assert all("412" in one for one in reader.complaints)  # the browser tells of what was refused
            reader.complaints.clear()
            await sound(reader, "judging-both")

        await reader.press(page.get_by_role("button", name="Check and submit"))
        await page.wait_for_url(f"{place}/check")
        await sound(reader, "judging-check")
        await reader.press(page.get_by_role("button", name="Submit for good"))
        await page.wait_for_url(place)
        await expect(page.get_by_text("Your scores are submitted.")).to_be_visible()

    async with reading(browser, second, script=False) as reader:
        page = reader.page
        await page.goto(f"{place}/declaration")
        await declare(page, case)
        keys = await page.locator("[data-item] input[type=radio]:first-child").evaluate_all(
            "all => [...new Set(all.map(one => one.name))]"
        )
        for key in keys[1:]:
            await page.locator(f"input[name='{key}'][value='demonstrated']").check()
        await page.get_by_role("button", name="Check and submit").click()
        await page.wait_for_url(f"{place}/check")
        await expect(page.get_by_role("heading", name="One item has no level yet")).to_be_visible()
        await page.locator(f"a[href*='{place.removeprefix(web)}#']").click()
        await page.locator(f"input[name='{keys[0]}'][value='demonstrated']").check()
        await page.get_by_role("button", name="Check and submit").click()
        await page.get_by_role("button", name="Submit for good").click()
        await page.wait_for_url(place)

    await decide(browser, whole, case)


async def decide(browser: Browser, whole: Whole, case: str) -> None:
    """The chair, without a script: not yet, because of one item, with feedback; then the applicant reads it."""
    web, chair = whole.world.addresses["web"], whole.people["chair@example.org"]
    place = f"{web}/review/cases/{case}"
    async with reading(browser, chair, script=False) as reader:
        page = reader.page
        await page.goto(f"{web}/decisions")
        await page.locator(f"a[href='/review/cases/{case}/declaration']").click()
        await declare(page, case)
        await page.get_by_role("link", name="Decide", exact=True).click()
        await page.wait_for_url(f"{place}/decision")
        first = page.get_by_role("region", name="1. Conceptualizations")
        await first.get_by_text("Judge otherwise").click()
        await first.get_by_label("Your level").select_option(label="Partly demonstrated")
        await page.get_by_role("button", name="Check before deciding").click()
        summary = page.get_by_role("alert")
        await expect(summary).to_contain_text("3 things to correct")
        await expect(summary).to_contain_text("Write a letter.")
        await first.get_by_label("Why").fill("The definition is copied.")
        await first.get_by_label("Feedback to the applicant").fill("Say it in your own words.")
        await page.get_by_role("radio", name=re.compile("Not yet")).check()
        await page.get_by_label("Letter to the applicant").fill("Dear applicant,\n\none item is left.")
        await page.get_by_role("button", name="Check before deciding").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Check before deciding")
        await expect(page.get_by_text("9 of 10 are demonstrated.")).to_be_visible()
        letter = page.get_by_role("article", name="The chair's letter")
        await expect(letter).to_have_text("Dear applicant,one item is left.")
        previewed = await letter.inner_html()
        await page.get_by_role("button", name="Change it").click()
        await expect(page.get_by_label("Letter to the applicant")).to_have_value("Dear applicant,\n\none item is left.")
    async with reading(browser, chair) as reader:  # the pages are sound for eyes, ears and keyboards
        page = reader.page
        await page.goto(f"{place}/decision")
        await sound(reader, "deciding")
        await page.get_by_role("radio", name=re.compile("Not yet")).check()
        first = page.get_by_role("region", name="1. Conceptualizations")
        await first.get_by_text("Judge otherwise").click()
        await first.get_by_label("Your level").select_option(label="Partly demonstrated")
        await first.get_by_label("Why").fill("The definition is copied.")
        await first.get_by_label("Feedback to the applicant").fill("Say it in your own words.")
        await page.get_by_label("Letter to the applicant").fill("Dear applicant,\n\none item is left.")
        await page.get_by_role("button", name="Check before deciding").click()
        await sound(reader, "deciding-check")
        await page.get_by_role("button", name="Decide for good").click()
        await page.wait_for_url(place)
        await expect(page.get_by_text("The case is decided. The applicant is told.")).to_be_visible()
    found = await chair.do("GET", "review", f"/api/review/cases/{case}")
    assert found["decision"]["outcome"] == "not_yet"
    applicant = next(one for one in whole.world.people.values() if one.email.startswith("judged-"))
    application = (await applicant.do("GET", "intake", "/api/applications"))["items"][0]

    async def told() -> bool:
        path = f"/api/applications/{application['application_id']}"
        return bool((await applicant.do("GET", "intake", path))["state"] == "not_yet")

    assert await whole.world.until("the decision", told)
    async with reading(browser, applicant) as reader:
        await reader.page.goto(f"{web}/applications/{application['application_id']}/decision")
        assert await reader.page.get_by_role("article", name="The chair's letter").inner_html() == previewed
        await expect(reader.page.get_by_text("Say it in your own words.")).to_be_visible()
