"""Controls for tests and demonstrations: payments without a browser, disturbances, the clock, the journal. They are not
part of Stripe's API."""

import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from devstack.stripe_sandbox import checkout, objects
from devstack.stripe_sandbox.cards import card_of
from devstack.stripe_sandbox.expiry import Expiry
from devstack.stripe_sandbox.refusals import Json, Refusal
from devstack.stripe_sandbox.sandbox import Disturbances, Sandbox, Troubles

MOST_REQUESTS = 20_000


class Payment(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    card: str = "4242424242424242"


class Offset(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    offset_seconds: float = Field(ge=-1e9, le=1e9, allow_inf_nan=False)


class Journal(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str | None = None
    after: int = Field(default=0, ge=0)
    limit: int = Field(default=MOST_REQUESTS, ge=1, le=MOST_REQUESTS)


class Problem(Exception):
    """An `application/problem+json` answer."""

    def __init__(self, status: int, slug: str, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body: Json = {"type": slug, "title": title, "status": status, "detail": detail} | more


M = TypeVar("M", bound=BaseModel)


class Controls:
    def __init__(self, sandbox: Sandbox, expiry: Expiry) -> None:
        self._sandbox = sandbox
        self._expiry = expiry

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/sessions/{id}/pay", _problems(self.pay), methods=["POST"]),
            Route("/sandbox/sessions/{id}/abandon", _problems(self.abandon), methods=["POST"]),
            Route("/sandbox/webhooks", _problems(self.webhooks), methods=["GET", "PUT"]),
            Route("/sandbox/api", _problems(self.api), methods=["GET", "PUT"]),
            Route("/sandbox/requests", _problems(self.requests), methods=["GET", "DELETE"]),
            Route("/sandbox/clock", _problems(self.clock), methods=["GET", "PUT"]),
        ]

    async def pay(self, request: Request) -> Response:
        """Pay as a customer on the hosted page: 200 if paid, 402 if declined (the session stays open)."""
        asked = await _body(request, Payment)
        card = card_of(asked.card)
        if card is None:
            raise _invalid(
                [
                    {
                        "field": "card",
                        "message": f"{asked.card} is not a card number: use 4242424242424242 to pay,"
                        " 4000000000000002 to be declined",
                    }
                ]
            )
        checkout.expire_overdue(self._sandbox)
        try:
            with self._sandbox.transaction() as tx:
                session, decline = checkout.pay(tx, request.path_params["id"], card)
        except checkout.NotOpen as state:
            raise _not_open(str(state)) from None
        except Refusal as refusal:
            raise _no_session(refusal) from None
        if decline is not None:
            raise Problem(
                402,
                "card-declined",
                "The card was declined",
                decline.message,
                code=decline.code,
                decline_code=decline.decline_code,
            )
        return JSONResponse(
            {"paid": True, "redirect_url": checkout.return_address(session), "session": objects.public(session)}
        )

    async def abandon(self, request: Request) -> Response:
        """The customer does not come back: the session expires now instead of at its `expires_at`."""
        try:
            with self._sandbox.transaction() as tx:
                session = checkout.find(tx, request.path_params["id"])
                if session["status"] != "open":
                    raise _not_open(session["status"])
                session = checkout.expire(tx, session["id"])
        except Refusal as refusal:
            raise _no_session(refusal) from None
        return JSONResponse({"paid": False, "session": objects.public(session)})

    async def webhooks(self, request: Request) -> Response:
        if request.method == "PUT":
            wanted = await _body(request, Disturbances, ignoring=("secret", "url", "pending"))
            self._sandbox.store.set_switch("webhooks", wanted.model_dump())
        courier = self._sandbox.courier
        now = self._sandbox.disturbances().model_dump()
        return JSONResponse(
            now | {"secret": courier.secret, "url": courier.url, "pending": self._sandbox.store.pending()}
        )

    async def api(self, request: Request) -> Response:
        if request.method == "PUT":
            self._sandbox.store.set_switch("api", (await _body(request, Troubles)).model_dump())
        return JSONResponse(self._sandbox.troubles().model_dump())

    async def requests(self, request: Request) -> Response:
        """The newest API calls in their order. `path`, `after` (an id) and `limit` narrow the list; DELETE empties
        it."""
        if request.method == "DELETE":
            self._sandbox.store.forget_requests()
            return Response(status_code=204)
        asked = _validated(Journal, dict(request.query_params))
        items = self._sandbox.store.requests(asked.after, asked.path, asked.limit)
        return JSONResponse({"items": items, "next": str(items[-1]["id"]) if len(items) == asked.limit else None})

    async def clock(self, request: Request) -> Response:
        clock = self._sandbox.clock
        if request.method == "PUT":
            clock.shift((await _body(request, Offset)).offset_seconds)
            checkout.expire_overdue(self._sandbox)
            self._expiry.look_again()
        offset = clock.offset_seconds
        return JSONResponse(
            {
                "offset_seconds": int(offset) if math.isfinite(offset) and offset.is_integer() else offset,
                "now": clock.now(),
            }
        )


def _problems(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Problem as problem:
            return JSONResponse(problem.body, problem.status, media_type="application/problem+json")

    return answered


async def _body(request: Request, model: type[M], ignoring: tuple[str, ...] = ()) -> M:
    raw = await request.body()
    try:
        values = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError as broken:
        raise Problem(422, "invalid-body", "The body is not JSON", f"Send a JSON object: {broken}") from None
    if not isinstance(values, dict):
        raise Problem(422, "invalid-body", "The body is not a JSON object", "Send a JSON object.")
    return _validated(model, {name: value for name, value in values.items() if name not in ignoring})


def _validated(model: type[M], values: Json) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as invalid:
        raise _invalid(
            [{"field": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in invalid.errors()]
        ) from None


def _invalid(errors: list[dict[str, str]]) -> Problem:
    return Problem(
        422,
        "invalid-body",
        "A field is not as it must be",
        "; ".join(f"{each['field']}: {each['message']}" for each in errors),
        errors=errors,
    )


def _not_open(state: str) -> Problem:
    return Problem(
        409,
        "session-not-open",
        "The Checkout Session is not open",
        f"It is {state}; only an open one can be paid or abandoned. Create another.",
    )


def _no_session(refusal: Refusal) -> Problem:
    return Problem(404, "not-found", "No such Checkout Session", refusal.message)
