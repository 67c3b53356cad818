"""The fee and the badge in a real Chromium: paying by keyboard, waiting for Stripe, verifying, sharing."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.async_api import Browser, expect

from devstack.journey import FUNDAMENTALS
from devstack.walk import CARD, Walk
from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, reading
from tests.whole.browser.test_pages import facts, fee, sound

pytestmark = pytest.mark.timeout(300)
expect.set_options(timeout=PATIENCE_MS)

DECLINED = "4000000000000002"


async def test_paying_with_the_keyboard_after_a_card_that_was_declined(browser: Browser, cast: Cast) -> None:
    walk, whole = cast.due, cast.whole
    async with reading(browser, walk.applicant, script=False) as reader:
        page = reader.page
        await page.goto(whole.world.addresses["web"] + fee("due")(cast))
        await reader.press(page.get_by_role("button", name="Pay $60.00"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Pay $60.00 USD")
        await sound(reader, "checkout")
        await page.reload()

        await reader.type_into(page.get_by_role("textbox", name="Card number"), DECLINED)
        await reader.type_into(page.get_by_role("textbox", name="Name on card"), "Dee Due")
        await page.keyboard.press("Enter")
        said = page.get_by_role("alert")
        await expect(said).to_contain_text("Your card was declined. Nothing was paid. Try another card.")
        await expect(page).to_have_title(re.compile("^Error: "))
        await expect(page.get_by_role("textbox", name="Name on card")).to_have_value("Dee Due")
        await expect(page.get_by_role("textbox", name="Card number")).to_have_accessible_description(
            re.compile("was declined")
        )
        assert await whole.charges(walk.application_id) == []
        await sound(reader, "checkout-declined")

        await reader.type_into(page.get_by_role("textbox", name="Expiry date"), "01 / 20")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("That month is over.")
        await sound(reader, "checkout-wrong")
        await reader.type_into(page.get_by_role("textbox", name="Expiry date"), "12 / 34")
        await reader.type_into(page.get_by_role("textbox", name="Card number"), CARD)
        checkout = page.url
        await reader.press(page.get_by_role("button", name="Pay $60.00 USD"))
        await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("being confirmed|is paid"))
        await walk.until_state("open")
        # Nobody presses anything: the page that waits loads itself anew.
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your application fee is paid")
        (charge,) = await whole.charges(walk.application_id)
        assert (charge["amount"], charge["currency"]) == (6000, "usd")

        await page.goto(checkout)
        await expect(page.get_by_role("heading", level=1)).to_have_text("This is paid")
        await sound(reader, "checkout-paid")
        await reader.press(page.get_by_role("link", name="Go on"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your application fee is paid")
        await reader.press(page.get_by_role("link", name="Receipt of Stripe"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
        assert (await facts(page))["Amount paid"] == "$60.00 USD"


async def test_the_page_that_waits_for_a_payment_asks_by_itself(browser: Browser, cast: Cast) -> None:
    world, walk = cast.whole.world, Walk(await cast.whole.world.sign_in("ann@example.org", "Ann"), FUNDAMENTALS)
    await walk.start()
    await walk.applicant.found("payments", f"/api/payments/{walk.application_id}")
    async with reading(browser, walk.applicant) as reader:
        page = reader.page
        await page.goto(f"{world.addresses['web']}/payments/{walk.application_id}/return?from=checkout")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your payment is being confirmed")
        await walk.pay()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your application fee is paid")
        assert urlsplit(page.url).path == f"/payments/{walk.application_id}"
        assert reader.complaints == []


async def test_a_badge_says_what_was_found_and_how_to_check_it_and_not_who_earned_it(
    browser: Browser, cast: Cast
) -> None:
    async with reading(browser, script=False) as reader:
        page = reader.page
        await page.goto(cast.awarded.badge_url)
        credential = await cast.awarded.receive()
        subject = credential["credentialSubject"]
        levels = {result["resultDescription"]: result["value"] for result in subject["result"]}
        achievement = subject["achievement"]
        names = [aligned["targetName"] for aligned in achievement["alignment"]]
        found = [
            f"{name} {levels[result['id']]}"
            for name, result in zip(names, achievement["resultDescription"], strict=True)
        ]
        assert len(found) == 10
        main = page.get_by_role("main")
        await expect(main.locator(".item-list > li")).to_have_text(
            [re.compile(rf"^\s*{re.escape(text)}\s*$") for text in found]
        )
        await expect(main).to_contain_text(achievement["criteria"]["narrative"])
        await expect(main).to_contain_text("In force: it is neither suspended nor revoked.")
        await expect(main).to_contain_text("Any verifier for such credentials can check its signature")
        for when in await main.get_by_role("time").all():
            await expect(when).to_have_attribute("datetime", re.compile("^" + credential["awardedDate"][:19]))
        text = await page.content()
        earner = cast.awarded.applicant.email
        assert [told in text.lower() for told in ("robin", "rowan", earner)] == [False, False, False]
        assert "@" not in await main.inner_text()

        link = page.get_by_role("link", name="the signed credential (JSON)")
        address = urljoin(page.url, await link.get_attribute("href") or "")
        answer = await page.context.request.get(address)
        assert (answer.status, await answer.json()) == (200, credential)
        await reader.press(page.get_by_role("link", name="What is judged, and the rubric"))
        await expect(page.locator(".item-list > li")).to_have_text(
            [re.compile(rf"^\s*{re.escape(name)}\s*$") for name in names]
        )


async def test_the_link_of_a_badge_is_copied_by_a_button(browser: Browser, cast: Cast) -> None:
    async with reading(browser) as reader:
        page = reader.page
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.goto(cast.awarded.badge_url)
        await reader.press(page.get_by_role("link", name="Copy the link"))
        await expect(page.get_by_role("status")).to_have_text("Copied")
        assert await page.evaluate("navigator.clipboard.readText()") == cast.awarded.badge_url
