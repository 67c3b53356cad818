"""An operator who uses the console's pages without a browser."""

from dataclasses import dataclass
from html.parser import HTMLParser

import httpx

from contracts.session import COOKIE
from tests.component.ops.conftest import Console
from tests.one_service import OneService

HTML = {"Accept": "text/html,application/xhtml+xml"}


def cookie(service: OneService, person_id: object) -> dict[str, str]:
    token = service.session_for(person_id)["Authorization"].removeprefix("Bearer ")  # type: ignore[arg-type]
    return HTML | {"Cookie": f"{COOKIE}={token}"}


@dataclass
class Page:
    """A page as it is read: its headings, its text, its links, the values of its fields, the rows of its tables."""

    response: httpx.Response

    def __post_init__(self) -> None:
        parser = _Reader()
        parser.feed(self.response.text)
        self.headings, self.links, self.fields = parser.headings, parser.links, parser.fields
        self.rows = [[" ".join(cell.split()) for cell in row] for row in parser.rows]
        self.text = " ".join("".join(parser.texts).split())

    @property
    def status(self) -> int:
        return self.response.status_code


async def look(console: Console, path: str = "/ops", **headers: str) -> Page:
    return Page(await console.service.client.get(path, headers=cookie(console.service, console.operator) | headers))


async def send(console: Console, path: str, **form: str | list[str]) -> httpx.Response:
    headers = cookie(console.service, console.operator) | {"Sec-Fetch-Site": "same-origin"}
    return await console.service.client.post(path, data=form, headers=headers)


async def after(console: Console, answer: httpx.Response) -> Page:
    """The page that a form leads to, with what it says of what was done."""
    assert answer.status_code == 303, answer.text
    told = answer.headers["set-cookie"].partition(";")[0]
    headers = cookie(console.service, console.operator)
    headers["Cookie"] += f"; {told}"
    return Page(await console.service.client.get(answer.headers["location"], headers=headers))


INLINE = frozenset({"a", "b", "i", "code", "small", "span", "strong", "time"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.links: list[str] = []
        self.fields: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self.texts: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._within.append(tag)
        if tag not in INLINE:
            self.texts.append(" ")
        if tag in ("h1", "h2"):
            self.headings.append("")
        elif tag == "a":
            self.links.append(found.get("href") or "")
        elif tag == "input":
            self.fields.append((found.get("name") or "", found.get("value") or ""))
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self._within[-1:] in (["script"], ["title"]):
            return
        self.texts.append(data)
        if any(tag in ("h1", "h2") for tag in self._within[-2:]):
            self.headings[-1] += data
        if any(tag in ("td", "th") for tag in self._within) and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        while tag in self._within and self._within.pop() != tag:
            pass
