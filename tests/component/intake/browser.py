"""A visitor with a browser's behaviour: cookies, HTML, forms of our own pages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx

from contracts.session import COOKIE
from tests.component.intake.walker import Applicant, Walker

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@asynccontextmanager
async def browsing(intake: Walker, language: str = "en-US") -> AsyncIterator[httpx.AsyncClient]:
    """A browser with no cookies yet, whose reader prefers a language."""
    headers = {
        "Sec-Fetch-Site": "same-origin",
        "Accept": ACCEPT,
        "Accept-Language": language,
        "User-Agent": FIREFOX,
    }
    transport = httpx.ASGITransport(intake.one.running.api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        yield client


async def sign_in_by_page(intake: Walker, here: httpx.AsyncClient, email: str, next: str = "") -> httpx.Response:
    """Ask for a link, open it, press its button: what the button answers."""
    token = await ask_by_page(intake, here, email, next)
    await here.get(f"/sign-in?token={token}")
    return await here.post("/sign-in", data={"token": token})


async def ask_by_page(intake: Walker, here: httpx.AsyncClient, email: str, next: str = "") -> str:
    """Ask for a link: the token in the mail."""
    asked = await here.post("/sign-in", data={"email": email, "next": next})
    assert asked.status_code == 303, asked.text
    return await intake.last_token()


def words(page: httpx.Response) -> str:
    """What a person reads, in one line."""
    body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def heading(page: httpx.Response) -> str:
    """The first heading."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page.text, re.DOTALL)
    assert found is not None, page.text
    return unescape(re.sub(r"<[^>]+>", "", found[1]))


def went(answer: httpx.Response) -> tuple[int, str]:
    """Status and where it leads."""
    return answer.status_code, answer.headers.get("location", "")


def known_as(who: Applicant, here: httpx.AsyncClient) -> httpx.AsyncClient:
    """The browser of somebody who is signed in."""
    here.cookies.set(COOKIE, who.headers["Authorization"].split()[1])
    return here


def hidden(page: httpx.Response, name: str) -> str:
    """What a hidden field holds."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page.text)
    assert found is not None, page.text
    return unescape(found[1])


def typed(page: httpx.Response, name: str) -> str:
    """What stands in a field."""
    area = re.search(rf'<textarea id="field-{name}"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    field = re.search(rf'<input [^>]*name="{name}"[^>]* value="([^"]*)"', page.text)
    found = area or field
    assert found is not None, page.text
    return unescape(found[1])


def problems(page: httpx.Response) -> list[str]:
    """What the summary on top says is to be put right."""
    found = re.search(r'<div class="error-summary".*?</div>', page.text, re.DOTALL)
    items = re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL) if found else []
    return [unescape(re.sub(r"<[^>]+>", "", item)) for item in items]


def beside(page: httpx.Response, name: str) -> str:
    """The fault beside a field."""
    found = re.search(rf'<p class="error" id="field-{name}-error">(.*?)</p>', page.text, re.DOTALL)
    assert found is not None, page.text
    return unescape(re.sub(r"<[^>]+>", "", found[1]))


def ticked(page: httpx.Response) -> list[str]:
    """The items that are ticked."""
    return re.findall(r'name="items" value="(\w+)" checked', page.text)
