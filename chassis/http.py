"""HTTP in: the FastAPI application that every service has, idempotency keys, and lists by cursor."""

import base64
import binascii
import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson
import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import refusals
from chassis.bodies import Body, unstorable_address
from chassis.database import Database
from chassis.refusals import FieldError, Refusal, conflict, forbidden, invalid, not_found, too_large, too_often, wrong_type
from chassis.sessions import Principals
from chassis.telemetry import HTTP_SECONDS, hop
from chassis.times import read_time
from chassis.transaction import Tx
from contracts.session import COOKIE

__all__ = [
    "Answer",
    "Body",
    "FieldError",
    "Refusal",
    "Uploads",
    "conflict",
    "create_api",
    "decode_cursor",
    "decode_place",
    "edge",
    "encode_cursor",
    "forbidden",
    "invalid",
    "no_cursor",
    "not_found",
    "once",
    "page",
    "settle_once",
    "too_large",
    "too_often",
    "wrong_type",
]

log = structlog.get_logger(__name__)

MOST_BODY_BYTES = 1024 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")

CLAIM_KEY = """
    INSERT INTO idempotency_keys (who, key, fingerprint, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key
"""
FIND_KEY = "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE who = $1 AND key = $2"
KEEP_ANSWER = "UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE who = $1 AND key = $2"


T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What a creating POST answers."""

    status: int
    body: BaseModel | Mapping[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Uploads:
    """Forms that are PUT to a path that matches `paths` may have `most_bytes` (their route reads them piece by piece); any other body
    has at most MOST_BODY_BYTES, for it is read into memory."""

    paths: re.Pattern[str]
    most_bytes: int

    def takes(self, scope: Scope) -> bool:
        """Whether this request is one of those."""
        return scope["method"] == "PUT" and "multipart/form-data" in _content_type(scope) and self.paths.fullmatch(scope["path"]) is not None


def create_api(
    service: str,
    database: Database,
    routers: Sequence[APIRouter],
    refused: Mapping[type[Exception], Callable[[Any], Refusal]],
    uploads: Uploads | None = None,
) -> FastAPI:
    """The application of a service. `refused` says how each of the domain's own exceptions is answered, `uploads` where files may come in."""
    # No page with documentation: FastAPI's loads its script from another host. `/openapi.json` is there.
    # Spans and metrics are `_Edge`'s: FastAPI's own would tell everything twice.
    silent = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    api = FastAPI(title=f"microcred {service}", docs_url=None, redoc_url=None, telemetry=silent)
    api.state.database = database
    api.state.principals = Principals(database)
    for router in routers:
        api.router.routes.extend(router.routes)  # each route matched as it is: `include_router` wraps them, which costs every request
    api.add_exception_handler(Refusal, refusals.on_refusal)
    api.add_exception_handler(HTTPException, refusals.on_http_exception)
    api.add_exception_handler(RequestValidationError, refusals.on_validation_error)
    for kind, translate in refused.items():
        api.add_exception_handler(kind, _translating(translate))
    api.add_middleware(_Edge, service=service, uploads=uploads)
    return api


def edge(request: Request) -> Database:
    """The service's database, for a route's transaction."""
    return request.app.state.database  # type: ignore[no-any-return]


async def settle_once(request: Request, who: object, work: Callable[[Tx], Awaitable[Answer]]) -> JSONResponse:
    """`once` with a transaction of its own, and without a key as `Database.settle` does it, which costs less."""
    if "Idempotency-Key" not in request.headers:
        return _json(await edge(request).settle(work))
    async with edge(request).transaction() as tx:
        return await once(tx, request, who, partial(work, tx))


async def once(tx: Tx, request: Request, who: object, work: Callable[[], Awaitable[Answer]]) -> JSONResponse:
    """Do `work` and answer; with an `Idempotency-Key` the same key and body give the same answer again, in the same transaction as the effects.

    Raises Refusal 422 for the same key with another body. A refused request leaves no trace, so it may be tried again.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _json(await work())
    if not 1 <= len(key) <= 255:
        raise invalid([FieldError(field="Idempotency-Key", message="must have 1 to 255 characters; a UUID is usual")])
    fingerprint = hashlib.sha256(b"\0".join((request.method.encode(), request.url.path.encode(), await request.body()))).digest()
    if await tx.fetchrow(CLAIM_KEY, str(who), key, fingerprint, tx.now) is None:
        row = await tx.fetchrow(FIND_KEY, str(who), key)
        if row is None or row["fingerprint"] != fingerprint:
            raise invalid([FieldError(field="Idempotency-Key", message="was used for another request; use a new key for a new request")])
        return JSONResponse(row["body"], status_code=row["status"], headers={**row["headers"], "Idempotent-Replayed": "true"})
    answer = await work()
    response = _json(answer)
    await tx.execute(KEEP_ANSWER, str(who), key, answer.status, answer.headers, orjson.loads(bytes(response.body)))
    return response


def page(items: Sequence[Any], limit: int, cursor: Callable[[Any], str]) -> dict[str, Any]:
    """A page of a list: give `limit` + 1 items to let it know whether there are more; `cursor` makes the cursor of the last one shown."""
    shown = list(items[:limit])
    return {"items": shown, "next": cursor(shown[-1]) if len(items) > limit else None}


def encode_cursor(*values: object) -> str:
    """An opaque cursor of the values that the list is sorted by."""
    return base64.urlsafe_b64encode(orjson.dumps([str(value) for value in values])).decode().rstrip("=")


def decode_cursor(text: str, length: int) -> list[str]:
    """The values of a cursor; Refusal 422 for one that we did not make."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(isinstance(value, str) and "\x00" not in value for value in values):
        raise no_cursor()
    return values


def decode_place(after: str | None, beginning: T) -> tuple[datetime, UUID] | T:
    """The place in a list sorted by a time and an id, from a cursor of both; `beginning` without one. Refusal 422 for one that we did not make."""
    if after is None:
        return beginning
    moment, last = decode_cursor(after, 2)
    try:
        return read_time(moment), UUID(last)
    except ValueError:
        raise no_cursor() from None


def no_cursor() -> Refusal:
    """422 for a cursor that is none of this list's."""
    return invalid([FieldError(field="after", message="is not a cursor of this list; take it from `next`")])


def _json(answer: Answer) -> JSONResponse:
    body = answer.body.model_dump(mode="json") if isinstance(answer.body, BaseModel) else orjson.loads(orjson.dumps(dict(answer.body), default=str))
    return JSONResponse(body, status_code=answer.status, headers=answer.headers)


def _translating(translate: Callable[[Any], Refusal]) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def handle(_: Request, error: Exception) -> JSONResponse:
        return refusals.problem(translate(error))

    return handle


class _Edge:
    """Around every request: its correlation id and trace, the CSRF check for cookies, the limit of the body, and its time."""

    def __init__(self, app: ASGIApp, service: str, uploads: Uploads | None) -> None:
        self.app = app
        self.service = service
        self.uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request_headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        story = _correlation_id(request_headers.get("x-correlation-id"))
        began = time.monotonic()
        status, started = 500, False
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit(scope):
                # FastAPI turns any other exception of a body's reading into a 400.
                raise HTTPException(413, f"At most {self._limit(scope)} bytes are taken here.")
            return message

        async def sending(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message = {
                    **message,
                    "headers": [*message["headers"], (b"x-correlation-id", str(story).encode()), (b"x-content-type-options", b"nosniff")],
                }
            await send(message)

        try:
            with hop(f"{scope['method']} {scope['path']}", story, request_headers.get("traceparent"), "server"):
                try:
                    refusal = self._refuse(scope, request_headers)
                    answer = self.app if refusal is None else refusals.problem(refusal)
                    await answer(scope, limited, sending)
                except Exception:  # logged whole; the client is told nothing of the inside
                    log.exception("request failed", method=scope["method"], path=scope["path"])
                    if started:
                        raise
                    await refusals.problem(refusals.unexpected())(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            HTTP_SECONDS.labels(self.service, scope["method"], route, status).observe(time.monotonic() - began)

    def _refuse(self, scope: Scope, request_headers: Mapping[str, str]) -> Refusal | None:
        length = request_headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limit(scope):
            return too_large(f"At most {self._limit(scope)} bytes are taken here.")
        if faults := unstorable_address(scope):
            return invalid(faults)
        by_cookie = COOKIE in request_headers.get("cookie", "") and "authorization" not in request_headers
        if scope["method"] not in SAFE and by_cookie and not _same_site(request_headers):
            return forbidden("The request comes from another site; send it from our own pages or with an access token.")
        return None

    def _limit(self, scope: Scope) -> int:
        return self.uploads.most_bytes if self.uploads is not None and self.uploads.takes(scope) else MOST_BODY_BYTES


def _content_type(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"content-type"), "")


def _same_site(headers: Mapping[str, str]) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _correlation_id(given: str | None) -> UUID:
    try:
        return UUID(given) if given else uuid4()
    except ValueError:
        return uuid4()
