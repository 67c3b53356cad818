"""People at every stage of an application in the system of `tests/whole`."""

import pytest
from playwright.async_api import Browser

from tests.system.whole import Whole
from tests.whole.browser.cast import Cast, gather


@pytest.fixture(scope="module")
async def cast(browser: Browser, whole: Whole) -> Cast:
    """Everybody whom the tests look over the shoulder of. (It asks for `browser` first: without Chromium nobody need
    come.)"""
    return await gather(whole)
