"""Stripe's API over HTTP: authentication, parameters, idempotency keys, and answers in Stripe's shape."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from devstack.stripe_sandbox import checkout, reading, refunds
from devstack.stripe_sandbox.form import Pairs, pairs, tree
from devstack.stripe_sandbox.objects import API_VERSION
from devstack.stripe_sandbox.parameters import CreateRefund, CreateSession, Parameters, read
from devstack.stripe_sandbox.refusals import Json, Refusal, bad_key, unknown_address
from devstack.stripe_sandbox.sandbox import Sandbox, Tx, new_id
from devstack.stripe_sandbox.store import Answer

KEY_LIVES_SECONDS = 86_400
LONGEST_KEY = 255
LARGEST_BODY = 1_000_000
TRIM_EVERY = 1_000
KEEP_NEWEST = 20_000
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Endpoint = Callable[[Request], Awaitable[Response]]
Writing = Callable[[Tx, str, Json], Json]


class Api:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._under_way: set[str] = set()

    def routes(self) -> list[Route]:
        """Every call that the sandbox knows. `unknown` refuses all others under /v1."""
        answers = {
            "/v1/checkout/sessions": self._by_method(
                get=self._list(reading.SESSIONS), post=self._write(_create_session)
            ),
            "/v1/checkout/sessions/{id}/expire": self._by_method(post=self._write(_expire_session)),
            "/v1/refunds": self._by_method(get=self._list(reading.REFUNDS), post=self._write(_create_refund)),
            "/v1/charges/search": self._by_method(get=self._read(self._search)),
        }
        for each in reading.COLLECTIONS:
            answers.setdefault(each.path, self._by_method(get=self._list(each)))
            answers[f"{each.path}/{{id}}"] = self._by_method(get=self._get(each))
        answers["/v1/{rest:path}"] = self.unknown
        return [Route(path, endpoint, methods=METHODS) for path, endpoint in answers.items()]

    async def unknown(self, request: Request) -> Response:
        return self._refused(unknown_address(request.method, request.url.path), new_id("req", 14))

    def _by_method(self, get: Endpoint | None = None, post: Endpoint | None = None) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            chosen = {"GET": get, "POST": post}.get(request.method)
            return await (chosen or self.unknown)(request)

        return endpoint

    def _get(self, collection: reading.Collection) -> Endpoint:
        return self._read(
            lambda object_id, params: reading.retrieve(self._sandbox.store, collection, object_id, params)
        )

    def _list(self, collection: reading.Collection) -> Endpoint:
        return self._read(lambda _, params: reading.listing(self._sandbox.store, collection, params))

    def _search(self, _: str, params: Json) -> Json:
        return reading.search_charges(self._sandbox.store, params)

    def _read(self, answer: Callable[[str, Json], Json]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            request_id = new_id("req", 14)
            try:
                params = tree(pairs(request.url.query))
                self._journal(request, request_id, params, None)
                authenticate(request.headers.get("authorization"))
                checkout.expire_overdue(self._sandbox)
                return self._respond(orjson.dumps(answer(request.path_params.get("id", ""), params)), 200, request_id)
            except Refusal as refusal:
                return self._refused(refusal, request_id)

        return endpoint

    def _write(self, operation: Writing) -> Endpoint:
        return partial(self._written, operation)

    async def _written(self, operation: Writing, request: Request) -> Response:
        request_id = new_id("req", 14)
        key = request.headers.get("idempotency-key")
        try:
            fields = await form_fields(request)
            params = tree(fields)
            self._journal(request, request_id, params, key)
            authenticate(request.headers.get("authorization"))
            checkout.expire_overdue(self._sandbox)
            if key is None:
                return await self._finish(self._run(operation, request, params, request_id, None), request_id)
            return await self._once(operation, request, fields, params, request_id, key)
        except Refusal as refusal:
            return self._refused(refusal, request_id, key)

    async def _once(
        self, operation: Writing, request: Request, fields: Pairs, params: Json, request_id: str, key: str
    ) -> Response:
        """Run a call under an idempotency key. Later calls with the key get the first answer."""
        path = request.url.path
        fingerprint = hashlib.sha256(orjson.dumps([request.method, path, sorted(fields)])).hexdigest()
        if not 0 < len(key) <= LONGEST_KEY:
            raise Refusal(f"Idempotency keys must have 1 to {LONGEST_KEY} characters.", type="idempotency_error")
        if key in self._under_way:
            raise Refusal(
                "There is currently another in-progress request using this Idempotent Key"
                " (that probably means you submitted twice, "
                f"and the other request is still going through): {key}. Please try again later.",
                status=409,
                type="idempotency_error",
                code="idempotency_key_in_use",
            )
        earlier = self._sandbox.store.answer(key, newer_than=self._sandbox.clock.now() - KEY_LIVES_SECONDS)
        if earlier is not None and earlier.fingerprint != fingerprint:
            only = (
                "with the same parameters they were first used with"
                if earlier.path == path
                else f"for the same endpoint they were first used for ('{earlier.path}')"
            )
            raise Refusal(
                f"Keys for idempotent requests can only be used {only}. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        if earlier is not None:
            return self._respond(
                earlier.body,
                earlier.status,
                request_id,
                {"Idempotency-Key": key, "Idempotent-Replayed": "true", "Original-Request": earlier.request_id},
            )
        self._under_way.add(key)
        try:
            return await self._finish(
                self._run(operation, request, params, request_id, (key, fingerprint)), request_id, key
            )
        finally:
            self._under_way.discard(key)

    def _run(
        self, operation: Writing, request: Request, params: Json, request_id: str, keyed: tuple[str, str] | None
    ) -> tuple[int, bytes]:
        """Carry out the call. Its effects and the answer stored for its key are committed together."""
        store, path = self._sandbox.store, request.url.path

        def kept(status: int, body: bytes, now: int) -> tuple[int, bytes]:
            if keyed:
                store.save_answer(keyed[0], Answer(keyed[1], path, request_id, status, body), now)
            return status, body

        try:
            with self._sandbox.transaction(request_id, keyed[0] if keyed else None) as tx:
                done = operation(tx, request.path_params.get("id", ""), params)
                return kept(200, orjson.dumps(done), tx.now)
        except Refusal as refusal:
            if not refusal.saved:
                raise
            return kept(refusal.status, orjson.dumps(refusal.body(request_id)), self._sandbox.clock.now())

    async def _finish(self, outcome: tuple[int, bytes], request_id: str, key: str | None = None) -> Response:
        """Send the answer. A test may have asked to delay or lose it."""
        status, body = outcome
        troubles = self._sandbox.troubles()
        if troubles.delay_ms:
            await asyncio.sleep(troubles.delay_ms / 1000)
        if self._sandbox.random.random() < troubles.lose_answers:
            lost = Refusal(
                "The answer to this request was lost on its way; what it asked for may have been done.",
                status=500,
                type="api_error",
            )
            return self._refused(lost, request_id, key)
        return self._respond(body, status, request_id, {"Idempotency-Key": key} if key else {})

    def _journal(self, request: Request, request_id: str, params: Json, key: str | None) -> None:
        now = self._sandbox.clock.now()
        count = self._sandbox.store.add_request(request_id, now, request.method, request.url.path, params, key)
        if count % TRIM_EVERY == 0:
            self._sandbox.store.trim(KEEP_NEWEST, answers_before=now - KEY_LIVES_SECONDS)

    def _refused(self, refusal: Refusal, request_id: str, key: str | None = None) -> Response:
        return self._respond(
            orjson.dumps(refusal.body(request_id)), refusal.status, request_id, {"Idempotency-Key": key} if key else {}
        )

    def _respond(self, body: bytes, status: int, request_id: str, headers: dict[str, str] | None = None) -> Response:
        return Response(
            body,
            status,
            {"Request-Id": request_id, "Stripe-Version": API_VERSION} | (headers or {}),
            media_type="application/json",
        )


def authenticate(header: str | None) -> None:
    """Check for Bearer or Basic authentication with a test key. There is one account, and every `sk_test_` key opens
    it."""
    scheme, _, given = (header or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            given = ""
    elif scheme.lower() != "bearer":
        given = ""
    if not given.startswith("sk_test_") or len(given) == len("sk_test_"):
        raise bad_key(given)


async def form_fields(request: Request) -> Pairs:
    """The fields of the body. The query of a POST is not read; Stripe does not read it either."""
    kind = request.headers.get("content-type", "application/x-www-form-urlencoded").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Refusal("Invalid request: the body is larger than 1 MB.", status=413)
    if kind != "application/x-www-form-urlencoded" and body:
        raise Refusal(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded).", status=400
        )
    try:
        return pairs(body.decode("ascii"))
    except UnicodeDecodeError:
        raise Refusal("Invalid request: the body is not form-encoded.") from None


def _create_session(tx: Tx, _: str, params: Json) -> Json:
    asked = read(CreateSession, params)
    return reading.shown(tx.store, checkout.create(tx, asked), asked.expand)


def _expire_session(tx: Tx, session_id: str, params: Json) -> Json:
    asked = read(Parameters, params)
    return reading.shown(tx.store, checkout.expire(tx, session_id), asked.expand)


def _create_refund(tx: Tx, _: str, params: Json) -> Json:
    asked = read(CreateRefund, params)
    return reading.shown(tx.store, refunds.create(tx, asked), asked.expand)
