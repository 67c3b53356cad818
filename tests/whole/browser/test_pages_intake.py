"""Intake's pages in a real Chromium: from the home page through sign-in to a new application, and the account."""

import re
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, Page, expect

from devstack.journey import FUNDAMENTALS
from devstack.walk import Person
from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, reading
from tests.whole.browser.test_pages import Sight, applicant, at, sound

pytestmark = pytest.mark.timeout(300)
expect.set_options(timeout=PATIENCE_MS)


def application_of(name: str) -> Callable[[Cast], str]:
    return lambda cast: f"/applications/{getattr(cast, name).application_id}"


def stranger(cast: Cast) -> Person:
    return cast.stranger


SIGHTS = [
    Sight("home", "web", at("/"), "Your practice, judged fairly and recognized"),
    Sight("credential", "web", at(f"/credentials/{FUNDAMENTALS}"), "Community Engagement Fundamentals"),
    Sight("credential-announced", "web", at("/credentials/anti-racism"), "Anti-Racism"),
    Sight("credential-unknown", "web", at("/credentials/nothing"), "There is no such page", status=404),
    Sight(
        "begin",
        "web",
        at(f"/credentials/{FUNDAMENTALS}/begin"),
        "Begin your application for Community Engagement Fundamentals",
        stranger,
    ),
    Sight("sign-in", "web", at("/sign-in?next=/account"), "Sign in by e-mail"),
    Sight("sign-in-sent", "web", at("/sign-in/sent"), "Look into your mail"),
    Sight("sign-in-link", "web", at("/sign-in?token=whatever"), "Sign in"),
    Sight("signed-in", "web", at("/sign-in"), "You are signed in", stranger),
    Sight("account-of-nobody", "web", at("/account"), "Sign in by e-mail"),
    Sight("account", "web", at("/account"), "Your account", applicant("due")),
    Sight("applications-none", "web", at("/applications"), "My applications", stranger),
    Sight("applications", "web", at("/signed-in"), "My applications", applicant("awarded")),
    Sight("application-due", "web", application_of("due"), "Community Engagement Fundamentals", applicant("due")),
    Sight(
        "application-awarded",
        "web",
        application_of("awarded"),
        "Community Engagement Fundamentals",
        applicant("awarded"),
    ),
    Sight(
        "application-withdrawn",
        "web",
        application_of("withdrawn"),
        "Community Engagement Fundamentals",
        applicant("withdrawn"),
    ),
    Sight("application-of-another", "web", application_of("due"), "There is no such page", stranger, 404),
]


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
async def test_the_page_is_sound(browser: Browser, cast: Cast, sight: Sight) -> None:
    await look(browser, cast, sight)


async def look(browser: Browser, cast: Cast, sight: Sight) -> None:
    """The page is the one that is meant, and has no fault."""
    async with reading(browser, sight.who(cast)) as reader:
        answer = await reader.page.goto(cast.whole.world.addresses[sight.service] + sight.path(cast))
        assert answer is not None
        assert answer.status == sight.status
        await headed(reader.page, sight.heading)
        await sound(reader, sight.name)


async def test_from_the_home_page_to_a_begun_application_with_the_keyboard(browser: Browser, cast: Cast) -> None:
    world = cast.whole.world
    async with reading(browser, script=False) as reader, reading(browser, script=False) as post:
        page = reader.page
        await page.goto(world.addresses["web"])
        await reader.press(page.get_by_role("link", name="Community Engagement Fundamentals"))
        await headed(page, "Community Engagement Fundamentals")
        await reader.press(page.get_by_role("button", name="Begin your application"))
        await headed(page, "Sign in by e-mail")
        await reader.type_into(page.get_by_label("E-mail address"), "nobody")
        await reader.press(page.get_by_role("button", name="Mail me a link"))
        await headed(page, "Sign in by e-mail")
        await expect(page.get_by_label("E-mail address")).to_have_value("nobody")
        await sound(reader, "sign-in-refused")
        await reader.type_into(page.get_by_label("E-mail address"), "kay@example.org")
        await reader.press(page.get_by_role("button", name="Mail me a link"))
        await headed(page, "Look into your mail")
        await expect(page.get_by_role("main")).to_contain_text("If kay@example.org can receive mail")

        async def mailed() -> bool:
            return bool(await world.mails("kay@example.org"))

        await world.until("the mail", mailed)
        await post.page.goto(f"{world.addresses['mailbox']}/?query=to:kay@example.org")
        await post.press(post.page.get_by_role("row").nth(1).get_by_role("link"))
        await headed(post.page, "Your sign-in link")
        link = await post.page.get_by_role("region", name="Text").get_by_role("link").first.get_attribute("href")
        assert link is not None

        # The mail is opened in another browser than the one that asked: the way goes on all the same, with one press.
        await post.page.goto(link)
        await headed(post.page, "Sign in")
        await sound(post, "sign-in-and-begin")
        await post.press(post.page.get_by_role("button", name="Sign in and begin your application"))
        await post.page.wait_for_url(re.compile("/applications/[0-9a-f-]{36}$"))
        begun = post.page.url
        await headed(post.page, "Community Engagement Fundamentals")
        await expect(post.page.get_by_role("main")).to_contain_text("Step 1 of 7: Begin.")

        # Once more in the same browser it is the same wish; in another one it is too late.
        await post.page.goto(link)
        await post.press(post.page.get_by_role("button", name="Sign in"))
        await post.page.wait_for_url(begun)
        await page.goto(link)
        await reader.press(page.get_by_role("button", name="Sign in"))
        await headed(page, "This link does not sign you in")
        await expect(page.get_by_label("E-mail address")).to_have_value("kay@example.org")
        await sound(reader, "sign-in-used")


async def test_details_and_language_are_kept_and_a_sign_out_ends_it(browser: Browser, cast: Cast) -> None:
    world = cast.whole.world
    lee = await world.sign_in("lee@example.org", "Lee")
    async with reading(browser, lee, script=False) as reader:
        page = reader.page
        await page.goto(f"{world.addresses['web']}/account")
        await reader.type_into(page.get_by_label("Institution"), "Example College")
        await page.get_by_label("Time zone").select_option("America/New_York")
        await reader.press(page.get_by_role("button", name="Save"))
        await expect(page.get_by_role("status")).to_have_text("Your details are saved.")
        await expect(page.get_by_label("Institution")).to_have_value("Example College")
        await expect(page.get_by_label("Time zone")).to_have_value("America/New_York")
        await reader.press(page.get_by_role("button", name="Español"))
        await headed(page, "Su cuenta")
        await reader.press(page.get_by_role("button", name="English"))
        await headed(page, "Your account")
        await reader.press(page.get_by_role("main").get_by_role("button", name="Sign out everywhere"))
        await expect(page.get_by_role("status")).to_have_text("You are signed out, here and everywhere else.")
        await page.goto(f"{world.addresses['web']}/account")
        await headed(page, "Sign in by e-mail")


async def headed(page: Page, words: str) -> None:
    """The page's first heading says so."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(words)
