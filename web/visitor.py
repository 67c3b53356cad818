"""The visitor of a page: a stranger or a person with roles, and how they read."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http.sessions import find_principal
from contracts.session import COOKIE
from web.languages import DEFAULT, Reader, preferred, supported, zone_of

LANGUAGE_COOKIE = "microcred_language"
ZONE_COOKIE = "microcred_zone"
"""The time zone that the browser told, for people who have not chosen one."""
NAME_COOKIE = "microcred_name"
"""The person's name for the menu, so that services without names can show it too. It proves nothing and is shown to
this browser only."""
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    """A stranger (`person_id` is None), or somebody who is signed in. `name` is for the menu only and may be empty."""

    person_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    name: str = ""
    reader: Reader = field(default_factory=Reader)

    @property
    def signed_in(self) -> bool:
        """Whether the visitor is signed in."""
        return self.person_id is not None


async def visitor_of(request: Request) -> Visitor:
    """The sender of a request. Language and zone come from the account, else from a cookie, else from the browser."""
    me = await find_principal(request)
    if me is None:
        return stranger(request)
    reader = _reader(request, me.language, "" if me.time_zone == "UTC" else me.time_zone)
    return Visitor(me.person_id, me.roles, unquote(request.cookies.get(NAME_COOKIE, ""))[:200], reader)


def stranger(request: Request) -> Visitor:
    """A stranger, who reads as the browser says. It does not check who is signed in."""
    return Visitor(reader=_reader(request, "", ""))


def _reader(request: Request, language: str, zone: str) -> Reader:
    cookie = supported(request.cookies.get(LANGUAGE_COOKIE, ""))
    browser = preferred(request.headers.get("accept-language", ""))
    told = zone or unquote(request.cookies.get(ZONE_COOKIE, ""))
    return Reader(supported(language) or cookie or browser or DEFAULT, zone_of(told))


def remember(response: Response, name: str, *, secure: bool, max_age: int) -> None:
    """Make the menu show this name, as long as the session lasts."""
    response.set_cookie(NAME_COOKIE, quote(name[:200]), max_age=max_age, httponly=True, samesite="lax", secure=secure)


def forget(response: Response) -> None:
    """Remove the name from this browser, because the session is over."""
    for name in (COOKIE, NAME_COOKIE):
        response.delete_cookie(name)
