"""A Chromium, and people at every stage of an application in the system of `tests/whole`."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.system.whole import Whole
from tests.whole.browser.cast import Cast, gather


@pytest.fixture(scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The machine's own Chromium, which resolves no name and so reaches nothing but this machine."""
    async with async_playwright() as playwright:
        arguments = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        browser = await playwright.chromium.launch(executable_path=chromium, headless=True, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def cast(browser: Browser, whole: Whole) -> Cast:
    """Everybody whom the tests look over the shoulder of. (It asks for `browser` first: without Chromium nobody need
    come.)"""
    return await gather(whole)
