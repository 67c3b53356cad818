"""A letter over the whole system: asked for, mailed, written without an account in a real Chromium (with and without a
script), submitted, and read by the panel."""

import re
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from devstack.walk import Walk
from devstack.world import file_form
from tests.system.whole import Whole
from tests.whole.browser.reader import PATIENCE_MS, reading
from tests.whole.browser.test_pages import sound

pytestmark = pytest.mark.timeout(400)
expect.set_options(timeout=PATIENCE_MS)

LETTER = "They have worked with our community for years, and listened first."
PLAIN = b"What I did, with dates and with whom."


async def hand_in_the_rest(walk: Walk) -> None:
    """All that Community Partnerships asks for but the letter."""
    place = f"/api/applications/{walk.application_id}/materials"
    put = partial(walk.applicant.do, "PUT", "intake")
    await walk.assess()
    await put(f"{place}/professional-development", form=partial(file_form, "list.txt", PLAIN))
    await put(f"{place}/context-and-role", json={"text": "A college by a river, and I listen."})
    await put(f"{place}/essay", json={"text": "I reflect on the guiding questions."})
    await put(f"{place}/artifacts", form=partial(file_form, "plan.txt", PLAIN))


async def link_in_mail(whole: Whole, email: str) -> str:
    """The address behind the button of the mail that somebody gets."""

    async def mail() -> str | None:
        for one in await whole.world.mails(email):
            shown = (await whole.world.request("GET", "mailbox", f"/api/v1/message/{one['ID']}", ok=True)).body
            if found := re.search(r"https?://\S+/letters/\S+", shown["Text"]):
                assert "Robin Example" in one["Subject"]
                assert "Community Partnerships" in shown["Text"]
                return found[0]
        return None

    found: str = await whole.world.until("the mail", mail)
    return found


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_a_letter_from_the_mail_to_the_panel(browser: Browser, whole: Whole, script: bool) -> None:
    mark, name = uuid4().hex[:6], "script" if script else "plain"
    referee = f"bo-{mark}@partner.example"
    walk = Walk(await whole.world.sign_in(f"lea-{mark}@example.org", "Lea"), "community-partnerships")
    await walk.start()
    await walk.pay()
    await hand_in_the_rest(walk)
    web = whole.world.addresses["web"]
    letters = f"{web}/applications/{walk.application_id}/letters"

    async with reading(browser, walk.applicant, script=script) as one:
        page, main = one.page, one.page.get_by_role("main")
        await page.goto(letters)
        await sound(one, f"letters-nobody-{name}")
        await page.get_by_label("Their name").fill("Bo Berg")
        await page.get_by_label("Their e-mail address").fill(referee)
        await page.get_by_role("button", name="Ask by e-mail").click()
        await expect(main).to_contain_text("Bo Berg")
        await sound(one, f"letters-asked-{name}")
        await page.get_by_role("link", name="Ask another person, or withdraw").click()
        await sound(one, f"letter-replacement-{name}")

    link = await link_in_mail(whole, referee)
    async with reading(browser, script=script) as one:
        page, main = one.page, one.page.get_by_role("main")
        await page.goto(link)
        await expect(main).to_contain_text("Robin Example applies for the micro-credential Community Partnerships")
        await sound(one, f"letter-{name}")
        await page.get_by_role("link", name="I do not want to write it").click()
        await sound(one, f"letter-decline-{name}")
        await page.get_by_role("link", name="Back to the letter").click()
        await page.get_by_role("button", name="Hand in the letter").click()
        await expect(page.get_by_role("alert")).to_contain_text("Write the letter here, or choose a file.")
        await sound(one, f"letter-refused-{name}")
        await page.get_by_role("textbox", name="Your letter").fill(LETTER)
        await page.get_by_role("button", name="Hand in the letter").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your letter")
        assert LETTER not in await page.content()
        await sound(one, f"letter-received-{name}")

    async with reading(browser, walk.applicant, script=script) as one:
        await one.page.goto(letters)
        await expect(one.page.get_by_role("main")).to_contain_text("A referee")
        assert referee not in await one.page.content()
        await one.page.goto(f"{web}/applications/{walk.application_id}/submission")
        await one.page.get_by_role("button", name="Submit for good").click()
        await expect(one.page.get_by_role("heading", level=1)).to_have_text("Your application is submitted")
    if script:
        await read_by_the_panel(whole, walk)


async def test_a_mail_that_comes_back_is_told_and_the_address_corrected(browser: Browser, whole: Whole) -> None:
    mark = uuid4().hex[:6]
    walk = Walk(await whole.world.sign_in(f"may-{mark}@example.org", "May"), "community-partnerships")
    await walk.start()
    await walk.pay()
    web = whole.world.addresses["web"]
    own = f"/applications/{walk.application_id}"
    body = {"requirement": "letter", "referee_name": "Bo Berg", "referee_email": f"reject-{mark}@partner.example"}
    await walk.applicant.do("POST", "intake", f"/api{own}/letter-requests", json=body)

    async def came_back() -> bool:
        found = await walk.applicant.do("GET", "intake", f"/api{own}/letter-requests")
        return found["items"][0].get("undelivered", {}).get("because") == "refused"

    await whole.world.until("the mail that came back", came_back)
    async with reading(browser, walk.applicant, script=False) as one:
        page, main = one.page, one.page.get_by_role("main")
        await page.goto(f"{web}{own}")
        await expect(main).to_contain_text("Mail came back")
        await sound(one, "application-mail-came-back")
        await page.get_by_role("link", name="A mail to a referee came back: ask again, or correct the address").click()
        await expect(main).to_contain_text("Their mail server takes no mail for this address.")
        await sound(one, "letters-mail-came-back")
        await page.get_by_role("link", name="Correct the address, or ask another person").click()
        await expect(page.get_by_label("Their name")).to_have_value("Bo Berg")
        await sound(one, "letter-correction")
        await page.get_by_label("Their e-mail address").fill(f"bo-{mark}@partner.example")
        await page.get_by_role("button", name="Ask by e-mail").click()
        await expect(main).to_contain_text(f"bo-{mark}@partner.example")
        await expect(main).not_to_contain_text("Mail came back")
    await link_in_mail(whole, f"bo-{mark}@partner.example")

    async def told() -> bool:
        mails = await whole.world.mails(walk.applicant.email)
        return any(one["Subject"] == "A mail to somebody whom you asked for a letter came back" for one in mails)

    await whole.world.until("the applicant's mail", told)


async def read_by_the_panel(whole: Whole, walk: Walk) -> None:
    """Each reviewer reads what was handed in; the letter says what its writer wrote, and nothing tells who that is."""
    chair = whole.people["chair@example.org"]

    async def seated() -> Any:
        asked = await whole.world.request(
            "GET", "review", f"/api/review/cases/{walk.application_id}", token=chair.token
        )
        return asked.body if asked.status == 200 and asked.body["state"] != "assigning" else None

    case = await whole.world.until("the panel", seated)
    place = f"/api/review/cases/{case['case_id']}"
    seat = next(seat for seat in case["panel"] if seat["role"] == "reviewer" and seat["state"] != "conflicted")
    reviewer = whole.world.people[seat["person_id"]]
    await reviewer.do("POST", "review", f"{place}/declaration", json={"conflict": False})
    seen = await reviewer.do("GET", "review", place)
    (material,) = [one for one in seen["materials"] if one["kind"] == "letter"]
    assert material["name"] == "Letter of reference from a community partner"
    answer = await whole.world.request("GET", "review", material["url"], token=reviewer.token, ok=True)
    assert LETTER in str(answer.body)
    assert "Berg" not in str(seen)
    assert walk.application_id not in str(seen)
