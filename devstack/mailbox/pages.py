"""The mailbox for people: the list of mails, and one mail. There is no script. A mail's HTML is shown in a frame that
can only open links."""

import re
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from devstack.mailbox.message import parse
from devstack.mailbox.search import compiled
from devstack.mailbox.store import Store

HERE = Path(__file__).parent
PAGE_LENGTH = 50
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
FRAME_HEADERS = {
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src"
    " 'none'; style-src 'unsafe-inline'; "
    "img-src data: http://127.0.0.1:*; base-uri 'none'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


class Pages:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"linked": linked, "moment": moment, "who": who}

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", self.inbox, methods=["GET"]),
            Route("/delete", self.delete, methods=["POST"]),
            Route("/view/{id}.html", self.html, methods=["GET"]),
            Route("/view/{id}", self.mail, methods=["GET"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]

    async def inbox(self, request: Request) -> Response:
        query, start = request.query_params.get("query", "").strip()[:500], request.query_params.get("start", "")
        first = int(start) if start.isdecimal() else 0
        found = list(self._store.newest_first(compiled(query, self._store.having_words) if query else None))
        shown = [entry.described() for entry in found[first : first + PAGE_LENGTH]]
        older = (
            f"/?{urlencode({'query': query, 'start': first + PAGE_LENGTH})}"
            if first + PAGE_LENGTH < len(found)
            else None
        )
        newer = f"/?{urlencode({'query': query, 'start': max(0, first - PAGE_LENGTH)})}" if first else None
        total, unread = self._store.counts()
        return self._page(
            "inbox.html",
            200,
            mails=shown,
            query=query,
            found=len(found),
            total=total,
            unread=unread,
            first=first,
            older=older,
            newer=newer,
        )

    async def mail(self, request: Request) -> Response:
        entry, source = self._store.find(request.path_params["id"]), self._store.source(request.path_params["id"])
        if entry is None or source is None:
            return self._page("gone.html", 404)
        self._store.mark_read(entry.searchable.id)
        return self._page("mail.html", 200, mail=parse(source), summary=entry.described())

    async def html(self, request: Request) -> Response:
        source = self._store.source(request.path_params["id"])
        if source is None:
            return self._page("gone.html", 404)
        return HTMLResponse(framed(parse(source).html), headers=FRAME_HEADERS)

    async def delete(self, _: Request) -> Response:
        self._store.delete_all()
        return RedirectResponse("/", 303)

    def _page(self, template: str, status: int, **context: object) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(context), status, HEADERS)


def linked(text: str) -> Markup:
    """The text with its web addresses as links; everything else is escaped."""
    pieces, end = [], 0
    for match in _LINK.finditer(text):
        pieces += [escape(text[end : match.start()]), Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(match[0])]
        end = match.end()
    return Markup("").join([*pieces, escape(text[end:])])


def framed(html: str) -> str:
    """A mail's HTML whose links open outside its frame."""
    base = '<base target="_blank">'
    return _HEAD.sub(lambda head: head[0] + base, html, count=1) if _HEAD.search(html) else base + html


def moment(created: str) -> str:
    """2026-11-23T14:05:06.789Z -> 2026-11-23 14:05:06"""
    return created[:19].replace("T", " ")


def who(person: dict[str, str]) -> str:
    return f"{person['Name']} <{person['Address']}>" if person["Name"] else person["Address"]
