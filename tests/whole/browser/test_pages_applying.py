"""The pages of an application in a real Chromium: by keyboard, without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.async_api import Browser, Locator, expect

from devstack.journey import FUNDAMENTALS
from devstack.walk import Walk
from tests.whole.browser.cast import Cast
from tests.whole.browser.reader import PATIENCE_MS, Reader, reading
from tests.whole.browser.test_pages import Sight, applicant, sound
from tests.whole.browser.test_pages_intake import headed, look, stranger

pytestmark = pytest.mark.timeout(300)
expect.set_options(timeout=PATIENCE_MS)


def of(name: str, page: str) -> Callable[[Cast], str]:
    return lambda cast: f"/applications/{getattr(cast, name).application_id}/{page}"


SIGHTS = [
    Sight("basic-information", "web", of("due", "basic-information"), "Basic information", applicant("due")),
    Sight("agreement", "web", of("due", "agreement"), "Agreement", applicant("due")),
    Sight("path-before", "web", of("due", "path"), "Choose your path", applicant("due")),
    Sight("assessment-before", "web", of("due", "self-assessment"), "Self-assessment", applicant("due")),
    Sight("submission-before", "web", of("due", "submission"), "Check and submit", applicant("due")),
    Sight("withdrawal", "web", of("due", "withdrawal"), "Withdraw the application", applicant("due")),
    Sight("withdrawal-done", "web", of("withdrawn", "withdrawal"), "Withdraw the application", applicant("withdrawn")),
    Sight("basic-kept", "web", of("awarded", "basic-information"), "Basic information", applicant("awarded")),
    Sight("path-kept", "web", of("awarded", "path"), "Choose your path", applicant("awarded")),
    Sight("assessment-kept", "web", of("awarded", "self-assessment"), "Self-assessment", applicant("awarded")),
    Sight("submission-kept", "web", of("awarded", "submission"), "Your application is submitted", applicant("awarded")),
    Sight("path-of-another", "web", of("awarded", "path"), "There is no such page", stranger, 404),
]


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
async def test_the_page_is_sound(browser: Browser, cast: Cast, sight: Sight) -> None:
    await look(browser, cast, sight)


async def test_an_applicant_works_by_keyboard_and_without_javascript(browser: Browser, cast: Cast) -> None:
    world = cast.whole.world
    walk = await begun(cast, "nia@example.org")
    async with reading(browser, walk.applicant, script=False) as reader:
        page = reader.page
        await page.goto(f"{world.addresses['web']}/applications/{walk.application_id}")

        await reader.press(page.get_by_role("link", name="Tell us who you are"))
        await headed(page, "Basic information")
        await reader.type_into(page.get_by_label("Your name"), "Nia Example")
        await reader.type_into(page.get_by_label("Institution"), "Example College")
        await reader.press(page.get_by_role("button", name="Save your basic information"))
        # The browser itself asks for what is required, and stays on the page.
        await reader.type_into(page.get_by_label("Position"), "Coordinator")
        await reader.press(page.get_by_role("button", name="Save your basic information"))
        await expect(page.get_by_role("status")).to_have_text("Your basic information is saved.")

        await reader.press(page.get_by_role("link", name="Read the agreement"))
        await headed(page, "Agreement")
        await reader.press(page.get_by_role("button", name="Accept the agreement"))
        await expect(page.get_by_role("alert")).to_contain_text("Tick the box, if you accept the agreement.")
        await sound(reader, "agreement-refused")
        await choose(reader, page.get_by_label("I have read this agreement, and I accept it"))
        await reader.press(page.get_by_role("button", name="Accept the agreement"))
        await expect(page.get_by_role("main")).to_contain_text("Step 2 of 7: Pay.")
        await expect(page.get_by_role("link", name="Pay the fee").first).to_be_visible()

        await walk.pay()
        await page.reload()
        await reader.press(page.get_by_role("link", name="Assess yourself"))
        await headed(page, "Self-assessment")
        groups = page.get_by_role("main").get_by_role("group")
        assert await groups.count() == 10
        for number in range(10):
            await choose(reader, groups.nth(number).get_by_role("radio").first, right=1 if number < 2 else 3)
        await reader.press(page.get_by_role("button", name="Save and see my gaps"))
        await expect(page.get_by_role("status")).to_have_text("Your self-assessment is saved.")
        await expect(page.get_by_role("main")).to_contain_text("10 of 10 rated")
        await expect(page.get_by_role("main").get_by_text("You said 2 of 5")).to_have_count(2)
        await sound(reader, "self-assessment")

        await reader.press(page.get_by_role("link", name="Back to the application"))
        await reader.press(page.get_by_role("link", name="Choose your path").first)
        await headed(page, "Choose your path")
        yes = page.get_by_role("radio", name="Yes: I am at the beginning")
        await choose(reader, yes)
        await choose(reader, page.get_by_role("radio", name="Narrated video presentation"), right=1)
        await reader.press(page.get_by_role("button", name="Choose this path"))
        await expect(page.get_by_role("alert")).to_contain_text("Your answer does not allow this path.")
        await expect(yes).to_be_checked()
        await sound(reader, "path-refused")
        await choose(reader, page.get_by_role("radio", name="Annotated materials"), right=1)
        await reader.press(page.get_by_role("button", name="Choose this path"))
        await expect(page.get_by_role("status")).to_have_text("Your path is chosen.")
        await expect(page.get_by_role("link", name="Hand in: Curriculum vitae")).to_be_visible()

        await reader.press(page.get_by_role("link", name="Check and submit"))
        await headed(page, "Check and submit")
        await expect(page.get_by_role("main")).to_contain_text("You can submit when nothing is missing any more.")
    found = await walk.application()
    assert (found["state"], found["paths"]["chosen"]) == ("open", "video")
    assert sorted(found["self_assessment"]["ratings"].values()) == [2, 2, *[4] * 8]
    assert found["basic_information"]["position"] == "Coordinator"


async def test_an_application_is_withdrawn_by_keyboard(browser: Browser, cast: Cast) -> None:
    walk = await begun(cast, "wes@example.org")
    async with reading(browser, walk.applicant, script=False) as reader:
        page = reader.page
        await page.goto(f"{cast.whole.world.addresses['web']}/applications/{walk.application_id}")
        await reader.press(page.get_by_role("link", name="Withdraw this application"))
        await headed(page, "Withdraw the application")
        await reader.type_into(page.get_by_label("Reason"), "I have no time this year.")
        await reader.press(page.get_by_role("button", name="Withdraw the application"))
        await expect(page.get_by_role("status")).to_have_text("Your application is withdrawn.")
        await expect(page.get_by_role("link", name="Apply again")).to_be_visible()
    assert (await walk.application())["state"] == "withdrawn"


async def begun(cast: Cast, email: str) -> Walk:
    """Somebody with an application that is just begun."""
    walk = Walk(await cast.whole.world.sign_in(email), FUNDAMENTALS)
    made = await walk.applicant.do("POST", "intake", "/api/applications", json={"credential": FUNDAMENTALS})
    walk.application_id = made["application_id"]
    return walk


async def choose(reader: Reader, target: Locator, right: int = 0) -> None:
    """Reach a box or a group of radio buttons by Tab; choose what has the focus, or what is so many to its right."""
    await reader.tab_to(target)
    for key in ["ArrowRight"] * right or [" "]:
        await reader.page.keyboard.press(key)
