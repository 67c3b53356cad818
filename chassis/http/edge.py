"""The edge of a service's HTTP: everything that is done for each request before a route sees it, and for each answer
after.

This is its correlation id and trace, the allowed hosts, requests from other sites, the size of the body, HEAD and
OPTIONS, the headers for caches, and metrics.
"""

import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.database.pool import AWAY
from chassis.http import refusals
from chassis.http.bodies import unstorable_address
from chassis.telemetry import HTTP_SECONDS, hop
from contracts.refusals import Invalid, NotYours, Refused, Text, TooLarge, WrongMediaType
from contracts.sizes import said

log = structlog.get_logger(__name__)

MOST_BODY_BYTES = 1024 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")
HEALTH = ("/livez", "/readyz", "/metrics")
"""Monitors ask for these by the bare address of a process. Their answers do not depend on the host name."""
HUNG_UP = 499
"""The status counted for a request whose client left before the answer. It is no failure of ours, and it is never
sent."""

_TOKEN = re.compile(r"/[A-Za-z0-9_-]{43}(?=/|$)")
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_UTF_8 = re.compile(r'((?!charset).)*charset="?(utf-?8|us-ascii)"?((?!charset).)*')


@dataclass(frozen=True)
class Uploads:
    """The `requests` (`PUT /path`) whose forms may have `most_bytes`. Their routes read them piece by piece.

    Any other body has at most MOST_BODY_BYTES, because it is read into memory.
    """

    requests: re.Pattern[str]
    most_bytes: int

    def takes(self, scope: Scope) -> bool:
        """Whether this request is one of them."""
        kind = Headers(scope=scope).get("content-type", "")
        asked = f"{scope['method']} {scope['path']}"
        return "multipart/form-data" in kind and self.requests.fullmatch(asked) is not None


@dataclass(frozen=True)
class EdgeSettings:
    """Settings of a service's edge. `hosts`: the names that requests may be addressed to, without ports.

    `public`: paths whose answers scripts of any site may read. They say nothing personal and read no cookie.
    """

    service: str
    hosts: Collection[str]
    uploads: Uploads | None = None
    public: re.Pattern[str] | None = None


class Edge:
    """The middleware around a service's routes."""

    def __init__(self, app: ASGIApp, settings: EdgeSettings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            await _Exchange(self.app, self.settings, scope, receive, send).run()
        else:
            await self.app(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, settings: EdgeSettings, scope: Scope, receive: Receive, send: Send) -> None:
        self.app = app
        self.settings = settings
        self.headers = Headers(scope=scope)
        self.asked = scope["method"]
        # The server leaves out the body of an answer to HEAD, so routes treat it as GET.
        self.scope: Scope = {**scope, "method": "GET"} if self.asked == "HEAD" else scope
        self.story = _correlation_id(self.headers.get("x-correlation-id"))
        self.public = settings.public is not None and settings.public.fullmatch(scope["path"]) is not None
        self.status = 500
        self.started = self.hung_up = False
        self.seen = 0
        self._receive = receive
        self._send = send

    async def run(self) -> None:
        """Refuse the request or let the routes answer it, then count it."""
        began = time.monotonic()
        try:
            with hop(
                f"{self.asked} {without_secrets(self.scope['path'])}",
                self.story,
                self.headers.get("traceparent"),
                "server",
            ):
                try:
                    await self._answer()(self.scope, self.receive, self.send)
                except ClientDisconnect:
                    self.hung_up = True
                except Exception as error:
                    await self._fail(error)
        finally:
            route = getattr(self.scope.get("route"), "path", "unmatched")
            status = HUNG_UP if self.hung_up else self.status
            HTTP_SECONDS.labels(self.settings.service, self.asked, route, status).observe(time.monotonic() - began)

    async def _fail(self, error: Exception) -> None:
        """Answer after an unexpected exception. The answer gives no internal details."""
        if self.hung_up:  # any exception is a consequence of that
            return
        away = isinstance(error, AWAY)
        if away:
            log.warning(
                "the request failed, because something that it needs is away",
                method=self.asked,
                path=without_secrets(self.scope["path"]),
                error=repr(error),
            )
        else:
            log.error("request failed", method=self.asked, path=without_secrets(self.scope["path"]), exc_info=error)
        if self.started:
            raise error
        await self._refused(refusals.unavailable() if away else refusals.unexpected())(
            self.scope, self.receive, self.send
        )

    async def receive(self) -> Message:
        """A piece of the body. Raises when the body is too large."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.hung_up = self.hung_up or not self.started
        self.seen += len(message.get("body", b""))
        if self.seen > self._most_bytes:
            # FastAPI turns any other exception raised while a body is read into a 400.
            raise HTTPException(413, str(self._too_large().text))
        return message

    async def send(self, message: Message) -> None:
        """A piece of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.started = message["status"], True
            given = message["headers"]
            if self.status == 405:  # the framework names only the methods of one of the address's routes
                given = [
                    *(pair for pair in given if pair[0] != b"allow"),
                    (b"allow", ", ".join(self._methods()).encode()),
                ]
            message = {**message, "headers": [*given, *self._more_headers(given)]}
        await self._send(message)

    def _answer(self) -> ASGIApp:
        refusal = self._refuse()
        if refusal is not None:
            return self._refused(refusal)
        return self._options() if self.asked == "OPTIONS" else self.app

    def _refused(self, refusal: Refused) -> ASGIApp:
        async def respond(scope: Scope, receive: Receive, send: Send) -> None:
            response = await refusals.answer(Request(scope, receive), refusal)
            await response(scope, receive, send)

        return respond

    def _refuse(self) -> Refused | None:
        if self.scope["path"] not in HEALTH and not self._is_ours():
            return refusals.misdirected()
        if faults := unstorable_address(self.scope):
            return Invalid(*faults)
        if self.asked not in SAFE and "authorization" not in self.headers and not _same_site(self.headers):
            return NotYours(
                Text("The request comes from another site; send it from our own pages or with an access token.")
            )
        length = self.headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length) > self._most_bytes:
            return self._too_large()
        return _wrong_charset(self.headers.get("content-type", ""))

    def _too_large(self) -> TooLarge:
        return TooLarge(Text("At most %(most)s are accepted here.", most=said(self._most_bytes)))

    def _is_ours(self) -> bool:
        named = self.headers.getlist("host")
        return len(named) == 1 and host_name(named[0]) in self.settings.hosts

    def _options(self) -> ASGIApp:
        allowed = self._methods()
        if not allowed:
            return self._refused(refusals.not_here())
        headers = {"Allow": ", ".join(allowed)}
        if self.public:
            headers["Access-Control-Allow-Methods"] = headers["Allow"]
            headers["Access-Control-Allow-Headers"] = "Accept, Content-Type, If-None-Match"
            headers["Access-Control-Max-Age"] = "86400"
        return Response(status_code=204, headers=headers)

    def _methods(self) -> list[str]:
        """The methods of the address; none if there is no such address."""
        routes: Sequence[BaseRoute] = self.scope["app"].router.routes
        matching = [route for route in routes if route.matches(self.scope)[0] is not Match.NONE]
        methods = {method for route in matching for method in getattr(route, "methods", None) or ()}
        if "GET" in methods:
            methods.add("HEAD")
        return sorted(methods | {"OPTIONS"}) if methods else []

    def _more_headers(self, given: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        more = [(b"x-correlation-id", str(self.story).encode()), (b"x-content-type-options", b"nosniff")]
        if not any(name == b"cache-control" for name, _ in given):
            more.append((b"cache-control", b"no-store"))
        if self.public:
            more.append((b"access-control-allow-origin", b"*"))
        return more

    @cached_property
    def _most_bytes(self) -> int:
        uploads = self.settings.uploads
        return uploads.most_bytes if uploads is not None and uploads.takes(self.scope) else MOST_BODY_BYTES


def without_secrets(path: str) -> str:
    """A path for logs and traces: what looks like the token of a mailed link is left out."""
    return _TOKEN.sub("/*", path)


def host_name(authority: str) -> str:
    """The name in a `Host` header (RFC 9110, 7.2), without its port; empty if the header is malformed."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def _same_site(headers: Mapping[str, str]) -> bool:
    """Whether one of our own pages sent this, as the browser says. A request without such a header is not a
    browser's."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _wrong_charset(content_type: str) -> Refused | None:
    """Forms must be UTF-8. Parsers would accept any codec of Python as a charset, and some of those give no text or
    fail."""
    kind = content_type.lower()
    if "charset" not in kind or kind.partition(";")[0].strip() not in _FORMS or _UTF_8.fullmatch(kind):
        return None
    return WrongMediaType(Text("Send the form in UTF-8, and without a charset in its Content-Type."))


def _correlation_id(given: str | None) -> UUID:
    try:
        return UUID(given) if given else uuid4()
    except ValueError:
        return uuid4()
