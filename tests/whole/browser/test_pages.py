"""Every page that people see, in a real Chromium: whether it is sound, and whether it does what it is for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.topics import CONSUMERS
from devstack.walk import CARD, Person
from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, Reader, reading

pytestmark = pytest.mark.timeout(300)
expect.set_options(timeout=PATIENCE_MS)

NOBODY = str(uuid4())
DECLINED = "4000000000000002"


@dataclass(frozen=True)
class Sight:
    """A page to look at: where it is, what its first heading says, who looks, the status of the answer."""

    name: str
    service: str
    path: Callable[[Cast], str]
    heading: str
    who: Callable[[Cast], Person | None] = lambda cast: None
    status: int = 200


def applicant(name: str) -> Callable[[Cast], Person]:
    return lambda cast: getattr(cast, name).applicant  # type: ignore[no-any-return]


def back_from_paying(name: str, query: str = "") -> Callable[[Cast], str]:
    return lambda cast: f"/payments/{getattr(cast, name).application_id}/return{query}"


def at(path: str) -> Callable[[Cast], str]:
    return lambda cast: path


SIGHTS = [
    Sight("fee-due", "web", back_from_paying("due"), "Your application fee is not paid yet", applicant("due")),
    Sight(
        "fee-confirming",
        "web",
        back_from_paying("due", "?from=checkout"),
        "Your payment is being confirmed",
        applicant("due"),
    ),
    Sight("fee-paid", "web", back_from_paying("awarded"), "Your application fee is paid", applicant("awarded")),
    Sight("fee-cancelled", "web", back_from_paying("withdrawn"), "Nothing is to be paid", applicant("withdrawn")),
    Sight("fee-of-another", "web", back_from_paying("awarded"), "There is no such payment", applicant("due"), 404),
    Sight("fee-not-signed-in", "web", back_from_paying("due"), "Sign in to see your payment", status=401),
    Sight("badge", "web", lambda cast: urlsplit(cast.awarded.badge_url).path, "Community Engagement Fundamentals"),
    Sight("badge-unknown", "web", at(f"/badges/{NOBODY}"), "There is no such badge", status=404),
    Sight(
        "achievement",
        "web",
        lambda cast: f"/achievements/{cast.awarded.credential}",
        "Community Engagement Fundamentals",
    ),
    Sight(
        "achievement-1",
        "web",
        lambda cast: f"/achievements/{cast.awarded.credential}/1",
        "Community Engagement Fundamentals",
    ),
    Sight("achievement-unknown", "web", at("/achievements/nothing"), "There is no such achievement", status=404),
    Sight("console-nobody", "web", at("/ops"), "This is the operators’ console", status=401),
    Sight("console-no-role", "web", at("/ops"), "This is the operators’ console", lambda cast: cast.stranger, 403),
    Sight("stripe", "stripe", at("/"), "Payments"),
    Sight("stripe-receipt", "stripe", lambda cast: urlsplit(cast.receipt_url).path, "Receipt"),
    Sight("stripe-unknown", "stripe", at("/c/pay/cs_test_nothing"), "There is no such payment page", status=404),
    Sight("mailbox", "mailbox", at("/"), "All mails"),
    Sight("mailbox-found", "mailbox", at("/?query=to:rowan@example.org"), "Mails found"),
    Sight("mailbox-not-found", "mailbox", at("/?query=to:nobody"), "Mails found"),
    Sight("mailbox-gone", "mailbox", at("/view/nothing"), "There is no such mail", status=404),
]


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
async def test_the_page_is_sound(browser: Browser, cast: Cast, sight: Sight) -> None:
    async with reading(browser, sight.who(cast)) as reader:
        answer = await reader.page.goto(cast.whole.world.addresses[sight.service] + sight.path(cast))
        assert answer is not None
        assert answer.status == sight.status
        await expect(reader.page.get_by_role("heading", level=1)).to_have_text(sight.heading)
        await sound(reader, sight.name)


async def test_a_double_click_on_the_button_signs_in(browser: Browser, cast: Cast) -> None:
    world = cast.whole.world
    await world.request("POST", "intake", "/api/sign-in", json={"email": "dot@example.org"}, ok=True)

    async def mailed() -> list[dict[str, Any]]:
        return await world.mails("dot@example.org")

    (mail,) = await world.until("the mail", mailed)
    text = (await world.request("GET", "mailbox", f"/api/v1/message/{mail['ID']}", ok=True)).body["Text"]
    async with reading(browser, script=False) as reader:
        page = reader.page
        await page.goto(next(line for line in text.splitlines() if line.startswith(world.addresses["web"])))
        await page.get_by_role("button", name="Sign in").dblclick()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are signed in")
        assert await facts(page) == {"E-mail": "dot@example.org"}


async def test_paying_with_the_keyboard_after_a_card_that_was_declined(browser: Browser, cast: Cast) -> None:
    walk, whole = cast.due, cast.whole
    async with reading(browser, walk.applicant, script=False) as reader:
        page = reader.page
        await page.goto(whole.world.addresses["web"] + back_from_paying("due")(cast))
        await reader.press(page.get_by_role("button", name="Pay 60.00 USD"))
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
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your application fee is paid")
        (charge,) = await whole.charges(walk.application_id)
        assert (charge["amount"], charge["currency"]) == (6000, "usd")

        await page.goto(checkout)
        await expect(page.get_by_role("heading", level=1)).to_have_text("This is paid")
        await sound(reader, "checkout-paid")
        await reader.press(page.get_by_role("link", name="Go on"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your application fee is paid")
        await reader.press(page.get_by_role("link", name="Receipt"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
        assert (await facts(page))["Amount paid"] == "$60.00 USD"


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
        await expect(page.get_by_role("listitem")).to_have_text(
            [re.compile(rf"^\s*{re.escape(text)}\s*$") for text in found]
        )
        main = page.get_by_role("main")
        await expect(main).to_contain_text(achievement["criteria"]["narrative"])
        await expect(main).to_contain_text("Its signature can be checked by any verifier")
        await expect(main.get_by_role("time")).to_have_attribute(
            "datetime", re.compile("^" + credential["awardedDate"][:19])
        )
        text = await page.content()
        assert [told in text.lower() for told in ("robin", "rowan", "@example.org")] == [False, False, False]

        link = page.get_by_role("link", name=re.compile("Signed credential"))
        answer = await page.context.request.get(await link.get_attribute("href") or "")
        assert (answer.status, await answer.json()) == (200, credential)
        await reader.press(page.get_by_role("link", name=re.compile("competencies and rubric")))
        await expect(page.get_by_role("listitem")).to_have_text(
            [re.compile(rf"^\s*{re.escape(name)}\s*$") for name in names]
        )


async def test_the_console_shows_a_dead_letter_and_redrives_it_with_the_keyboard(browser: Browser, cast: Cast) -> None:
    async with reading(browser, cast.operator, script=False) as reader:
        page, world = reader.page, cast.whole.world

        async def dead() -> bool:
            return bool((await cast.operator.do("GET", "ops", "/api/ops/dead-letters"))["items"])

        await world.until("the dead letter", dead)
        await page.goto(f"{world.addresses['web']}/ops")
        letters = page.get_by_role("region", name="Dead letters").get_by_role("row")
        await expect(letters).to_have_count(2)
        letter = letters.nth(1)
        await expect(letter.get_by_role("rowheader")).to_have_text("payments")
        for text in ("intake.application.fee_due.v1", cast.stuck.application_id, "refused on purpose", " UTC"):
            await expect(letter).to_contain_text(text)
        rows = page.get_by_role("region", name="Consumers").get_by_role("rowheader")
        assert set(CONSUMERS) <= set(await rows.all_inner_texts())
        await sound(reader, "console")

        await cast.relent()
        await page.reload()
        await reader.press(letter.get_by_role("button"))
        await expect(page.get_by_role("status")).to_contain_text("Asked for 1 letter to be taken again.")
        await reader.picture("console-asked")
        await cast.stuck.applicant.found("payments", f"/api/payments/{cast.stuck.application_id}")

        async def settled() -> bool:
            return not (await cast.operator.do("GET", "ops", "/api/ops/dead-letters"))["items"]

        await world.until("the end of the dead letter", settled)
        await page.goto(f"{world.addresses['web']}/ops")
        await expect(page.get_by_role("main")).to_contain_text("There are none.")
        await sound(reader, "console-empty")


async def sound(reader: Reader, name: str) -> None:
    """The page has no fault; keep its picture."""
    await reader.picture(name)
    assert await reader.faults() == []


async def facts(page: Page) -> dict[str, str]:
    """What the page's list of terms says."""
    return dict(
        zip(
            await page.get_by_role("term").all_inner_texts(),
            await page.get_by_role("definition").all_inner_texts(),
            strict=True,
        )
    )
