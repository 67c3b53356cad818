"""Drafts that save themselves, in a real Chromium with one intake: two tabs, an expired session, no connection, a store
that refuses, another person in the same browser, and no script."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, expect

from contracts.session import COOKIE
from tests.component.intake.films import film
from tests.component.intake.walker import Applicant, Walker

pytestmark = pytest.mark.timeout(300)
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
KEPT = "() => Object.entries(localStorage)"


@pytest.fixture
async def origin(intake: Walker) -> AsyncIterator[str]:
    """Where a browser finds this intake."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(intake.one.running.api, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving
    listening.close()


@asynccontextmanager
async def window(
    browser: Browser, who: Applicant, origin: str, *, script: bool = True
) -> AsyncIterator[BrowserContext]:
    """The browser of somebody who is signed in."""
    context = await browser.new_context(java_script_enabled=script, locale="en-US", timezone_id="UTC")
    context.set_default_timeout(PATIENCE_MS)
    await sign_in(context, who, origin)
    yield context
    await context.close()


async def sign_in(context: BrowserContext, who: Applicant, origin: str) -> None:
    """Signed in as a person who has pressed the button of a mailed link."""
    token = who.headers["Authorization"].split()[1]
    await context.add_cookies([{"name": COOKIE, "value": token, "url": origin, "httpOnly": True, "sameSite": "Lax"}])


async def opened(context: BrowserContext, address: str) -> Page:
    """A new tab with a page."""
    page = await context.new_page()
    await page.goto(address)
    return page


def state(page: Page) -> Any:
    """What the page says of the text: saved or not."""
    return page.locator(".save-state [role=status]")


async def test_a_text_saves_itself_and_is_there_on_another_device(
    browser: Browser, intake: Walker, ada: Applicant, path: str, origin: str
) -> None:
    address = f"{origin}{path}/materials/essay"
    async with window(browser, ada, origin) as context:
        page = await opened(context, address)
        await page.get_by_label("Your text").press_sequentially("Three small words and many more than six")
        await expect(state(page)).to_contain_text("Draft saved at")
        kept = await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200)
        assert (kept["text"], kept["draft"], kept["words"]) == ("Three small words and many more than six", True, 8)
        assert await page.evaluate(KEPT) == []
        await page.get_by_role("button", name="Save the text").click()
        await expect(page.get_by_role("alert")).to_contain_text("at most 6 words; this has 8")
        await page.get_by_label("Your text").fill("Three small words")
        await page.get_by_role("button", name="Save the text").click()
        await expect(page.get_by_role("status").first).to_contain_text("It is saved.")
        assert (await intake.call(ada, "GET", f"/api{path}/materials/essay", 200))["text"] == "Three small words"
        assert (await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200))["draft"] is False
        assert await page.evaluate(KEPT) == []
        await page.get_by_label("Your text").fill("Four small words here")
        await expect(state(page)).to_contain_text("Draft saved at")
    async with window(browser, ada, origin) as context:
        page = await opened(context, address)
        await expect(page.get_by_label("Your text")).to_have_value("Four small words here")
        await expect(state(page)).to_contain_text("It is not handed in yet.")
        await page.get_by_role("button", name="Throw the draft away").click()
        await expect(page.get_by_label("Your text")).to_have_value("Three small words")


async def test_of_two_tabs_the_older_stops_and_shows_both(
    browser: Browser, intake: Walker, ada: Applicant, path: str, origin: str
) -> None:
    address = f"{origin}{path}/materials/essay"
    async with window(browser, ada, origin) as context:
        one, other = await opened(context, address), await opened(context, address)
        await one.get_by_label("Your text").fill("Of the first tab")
        await expect(state(one)).to_contain_text("Draft saved at")
        await other.get_by_label("Your text").fill("Of the second tab")
        await expect(state(other)).to_contain_text("changed in another window")
        await other.get_by_label("Your text").press_sequentially(", and on")
        assert (await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200))["text"] == "Of the first tab"
        await other.get_by_role("button", name="See both texts").click()
        main = other.get_by_role("main")
        await expect(main).to_contain_text("There are two texts now")
        await expect(main).to_contain_text("Of the first tab")
        await expect(other.get_by_label("Your text")).to_have_value("Of the second tab, and on")
        await other.get_by_role("button", name="Save as a draft").click()
        await expect(other.get_by_role("status").first).to_contain_text("Your draft is saved.")
        assert (await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200))["text"] == "Of the second tab, and on"


async def test_a_session_that_ends_while_typing_loses_nothing(
    browser: Browser, intake: Walker, ada: Applicant, path: str, origin: str
) -> None:
    address = f"{origin}{path}/materials/essay"
    async with window(browser, ada, origin) as context:
        page = await opened(context, address)
        await page.get_by_label("Your text").fill("Saved before")
        await expect(state(page)).to_contain_text("Draft saved at")
        await context.clear_cookies()
        await page.get_by_label("Your text").fill("Typed after the end")
        await expect(state(page)).to_contain_text("Not saved: you are signed out")
        await expect(page.get_by_role("link", name="Sign in, in another tab")).to_be_visible()
        assert (await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200))["text"] == "Saved before"
        await page.close()

        # Somebody else on the same browser sees nothing of it.
        eve = await intake.sign_in("eve@example.org")
        hers = await intake.open(eve)
        await sign_in(context, eve, origin)
        page = await opened(context, f"{origin}{hers.removeprefix('/api')}/materials/essay")
        await expect(page.get_by_label("Your text")).to_have_value("")
        await expect(page.get_by_text("This browser kept what you typed")).to_be_hidden()
        assert "Typed after the end" not in await page.locator("body").inner_text()
        await page.close()

        await sign_in(context, ada, origin)
        page = await opened(context, address)
        await expect(page.get_by_label("Your text")).to_have_value("Saved before")
        await expect(page.get_by_text("This browser kept what you typed")).to_be_visible()
        await page.get_by_role("button", name="Put it into the form").click()
        await expect(page.get_by_label("Your text")).to_have_value("Typed after the end")
        await expect(state(page)).to_contain_text("Draft saved at")
        assert (await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200))["text"] == "Typed after the end"
        assert await page.evaluate(KEPT) == []


async def test_without_a_connection_or_a_store_it_is_kept_and_saved_later(
    browser: Browser, intake: Walker, ada: Applicant, path: str, origin: str
) -> None:
    async with window(browser, ada, origin) as context:
        page = await opened(context, f"{origin}{path}/materials/essay")
        await context.set_offline(True)
        await page.get_by_label("Your text").fill("Typed on a train")
        await expect(state(page)).to_contain_text("Not saved: no connection. Your text is kept in this browser.")
        assert "Typed on a train" in str(await page.evaluate(KEPT))
        await context.set_offline(False)
        await expect(state(page)).to_contain_text("Draft saved at")
        assert (await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200))["text"] == "Typed on a train"
        assert await page.evaluate(KEPT) == []

        # The disk is full: what is written to it is refused.
        folder = intake.one.keys.folder / "objects" / "intake"
        away = folder.with_name("away")
        folder.rename(away)
        folder.write_text("no folder")
        await page.get_by_label("Your text").fill("Typed on a full disk")
        await expect(state(page)).to_contain_text("Not saved: it cannot be stored at the moment.")
        assert "Typed on a full disk" in str(await page.evaluate(KEPT))
        folder.unlink()
        away.rename(folder)
        await expect(state(page)).to_contain_text("Draft saved at")
        assert (await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200))["text"] == "Typed on a full disk"


async def test_what_was_typed_into_other_forms_is_kept_in_the_browser(
    browser: Browser, intake: Walker, ada: Applicant, path: str, origin: str
) -> None:
    async with window(browser, ada, origin) as context:
        basic = f"{origin}{path}/basic-information"
        page = await opened(context, basic)
        await page.get_by_label("Position").fill("Spinner of long threads")
        await page.reload()
        await expect(page.get_by_label("Position")).to_have_value("Weaver")
        await page.get_by_role("button", name="Put it into the form").click()
        await expect(page.get_by_label("Position")).to_have_value("Spinner of long threads")
        await page.get_by_role("button", name="Save your basic information").click()
        await expect(page.get_by_role("status").first).to_contain_text("Your basic information is saved.")
        page = await opened(context, f"{origin}{path}/self-assessment")
        assert await page.evaluate(KEPT) == []
        await page.locator("[name='ratings.warp'][value='4']").check()
        await page.reload()
        await page.get_by_role("button", name="Throw it away").click()
        await expect(page.get_by_text("This browser kept what you typed")).to_be_hidden()
        assert await page.evaluate(KEPT) == []


async def test_without_a_script_a_button_saves_the_draft(
    browser: Browser, intake: Walker, ada: Applicant, path: str, origin: str
) -> None:
    address = f"{origin}{path}/materials"
    async with window(browser, ada, origin, script=False) as context:
        page = await opened(context, f"{address}/essay")
        await page.get_by_label("Your text").fill("Word" + " word" * 20)
        await page.get_by_role("button", name="Save as a draft").click()
        await expect(page.get_by_role("status").first).to_contain_text("Your draft is saved. It is not handed in yet.")
        await expect(page.get_by_label("Your text")).to_have_value("Word" + " word" * 20)
        other = await opened(context, f"{address}/essay")
        await other.get_by_label("Your text").fill("Newer words")
        await other.get_by_role("button", name="Save as a draft").click()
        await page.get_by_label("Your text").fill("Older words")
        await page.get_by_role("button", name="Save the text").click()
        await expect(page.get_by_role("main")).to_contain_text("There are two texts now")
        await expect(page.get_by_role("main")).to_contain_text("Newer words")
        await expect(page.get_by_label("Your text")).to_have_value("Older words")
        # The annotation of an artifact, with what is ticked.
        page = await opened(context, f"{address}/works")
        await page.get_by_label("Annotation").fill("A cloth")
        await page.get_by_label("Warp").check()
        await page.get_by_role("button", name="Save as a draft").click()
        await expect(page.get_by_label("Annotation")).to_have_value("A cloth")
        await expect(page.get_by_label("Warp")).to_be_checked()


async def test_a_film_is_handed_in_by_the_keyboard_alone(
    browser: Browser, intake: Walker, ada: Applicant, path: str, origin: str, tmp_path: Path
) -> None:
    await intake.call(ada, "PUT", f"/api{path}/path", 200, json={"path": "spoken"})
    file = tmp_path / "talk.mp4"
    await asyncio.to_thread(file.write_bytes, film(17.5))
    async with window(browser, ada, origin) as context:
        page = await opened(context, f"{origin}{path}/materials/talk")
        # Whoever listens only now may be later than the key, and then the browser opens a window of its own.
        page.on("filechooser", lambda _: None)

        async def tab_to(name: str) -> None:
            for _ in range(60):
                await page.keyboard.press("Tab")
                if await page.evaluate("name => document.activeElement.matches(name)", name):
                    return
            raise AssertionError(f"Tab does not lead to {name}")

        await tab_to("input[type=file]")
        async with page.expect_file_chooser() as chooser:
            await page.keyboard.press("Enter")
        await (await chooser.value).set_files(file)
        await tab_to("form[enctype] button")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").first).to_contain_text("It is saved.")
        await expect(page.get_by_role("main")).to_contain_text("Minutes: 17.5")
