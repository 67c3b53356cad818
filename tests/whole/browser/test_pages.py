"""Every page in a real Chromium: it has no faults, and it does its work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from devstack.walk import Person
from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, Reader, reading

pytestmark = pytest.mark.timeout(300)
expect.set_options(timeout=PATIENCE_MS)

NOBODY = str(uuid4())


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


def fee(name: str) -> Callable[[Cast], str]:
    return lambda cast: f"/payments/{getattr(cast, name).application_id}"


def back_from_paying(name: str) -> Callable[[Cast], str]:
    return lambda cast: f"/payments/{getattr(cast, name).application_id}/return?from=checkout"


def at(path: str) -> Callable[[Cast], str]:
    return lambda cast: path


SIGHTS = [
    Sight("fee-due", "web", fee("due"), "Your application fee is not paid yet", applicant("due")),
    Sight("fee-confirming", "web", back_from_paying("due"), "Your payment is being confirmed", applicant("due")),
    Sight("fee-paid", "web", fee("awarded"), "Your application fee is paid", applicant("awarded")),
    Sight("fee-cancelled", "web", fee("withdrawn"), "Nothing is to be paid", applicant("withdrawn")),
    Sight("fee-of-another", "web", fee("awarded"), "There is no such page", applicant("due"), 404),
    Sight("badge", "web", lambda cast: urlsplit(cast.awarded.badge_url).path, "Community Engagement Fundamentals"),
    Sight("my-badges", "web", at("/badges"), "My badges", applicant("awarded")),
    Sight("my-badges-none", "web", at("/badges"), "My badges", applicant("due")),
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
    Sight("stripe", "stripe", at("/"), "Payments"),
    Sight("stripe-receipt", "stripe", lambda cast: urlsplit(cast.receipt_url).path, "Receipt"),
    Sight("stripe-unknown", "stripe", at("/c/pay/cs_test_nothing"), "There is no such payment page", status=404),
    Sight("mailbox", "mailbox", at("/"), "All mails"),
    Sight("mailbox-found", "mailbox", lambda cast: f"/?query=to:{cast.awarded.applicant.email}", "Mails found"),
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
        await expect(page.get_by_role("heading", level=1)).to_have_text("My applications")
        await page.goto(f"{world.addresses['web']}/account")
        await expect(page.get_by_role("main")).to_contain_text("dot@example.org")


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
