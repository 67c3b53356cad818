"""Public pages and caches. A page that is the same for every stranger may be kept in any cache for a while. A page with
somebody's menu, or in a language that somebody chose, is not kept in any cache.

So a cache may show a stranger's page to somebody who is signed in, but never one person's page to another, even if it
ignores `Vary`.
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
"""The cookies that change a public page. The zone is not among them, because a public page shows all times in UTC."""


async def show_public(pages: Pages, request: Request, template: str, *, max_age_seconds: int, **facts: Any) -> Response:
    """A page that everybody may see. For a stranger it may come from a cache, and nobody is looked up in the database.
    For a known person it is made each time."""
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
    """Whether the sender of a request may be signed in, or has chosen a language."""
    return "authorization" in request.headers or not PERSONAL.isdisjoint(request.cookies)


def validated(request: Request, content: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """An answer with an `ETag`. A client that has exactly this content gets 304 without content (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(media_type.encode() + content).hexdigest()[:32]}"'
    given = {"ETag": tag, **headers}
    if _has(request.headers.get("If-None-Match", ""), tag):
        return Response(status_code=304, headers=given)
    return Response(content, media_type=media_type, headers=given)


def _has(held: str, tag: str) -> bool:
    tags = [each.strip().removeprefix("W/") for each in held.split(",")]
    return "*" in tags or tag in tags
