"""Public pages in caches. A page that says the same to every stranger may be kept by anybody for a while. A page with
somebody's menu, or in a language that somebody chose, is kept by nobody.

So a cache can show a stranger's page to somebody who is signed in, and never one person's page to another, also where
it does not heed `Vary`.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from contracts.session import COOKIE
from web import flash
from web.languages import DEFAULT, Reader, preferred
from web.rendering import Pages
from web.visitor import LANGUAGE_COOKIE, NAME_COOKIE, Visitor

PERSONAL = frozenset({COOKIE, NAME_COOKIE, LANGUAGE_COOKIE, flash.COOKIE})
"""Cookies that change a public page. The zone is none of them: a public page shows every time in UTC."""


async def show_public(pages: Pages, request: Request, template: str, *, max_age_seconds: int, **facts: Any) -> Response:
    """A page that everybody may see: for a stranger from any cache, for somebody made anew. A stranger costs no look
    into the database for who it is."""
    if is_personal(request):
        mine = await pages.show(request, template, **facts)
        mine.headers["Cache-Control"] = "private, no-store"
        return mine
    language = preferred(request.headers.get("accept-language", "")) or DEFAULT
    page = await pages.show(request, template, visitor=Visitor(reader=Reader(language)), **facts)
    headers = {name: page.headers[name] for name in ("Content-Security-Policy", "Referrer-Policy", "Vary")}
    headers["Cache-Control"] = f"public, max-age={max_age_seconds}"
    return validated(request, bytes(page.body), "text/html", headers)


def is_personal(request: Request) -> bool:
    """Whether the sender of a request may be somebody, or has chosen how pages are shown."""
    return "authorization" in request.headers or not PERSONAL.isdisjoint(request.cookies)


def validated(request: Request, content: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """An answer with an `ETag`; 304 without content for who has exactly this (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(media_type.encode() + content).hexdigest()[:32]}"'
    given = {"ETag": tag, **headers}
    if _has(request.headers.get("If-None-Match", ""), tag):
        return Response(status_code=304, headers=given)
    return Response(content, media_type=media_type, headers=given)


def _has(held: str, tag: str) -> bool:
    tags = [each.strip().removeprefix("W/") for each in held.split(",")]
    return "*" in tags or tag in tags
