"""A connection to Stripe that fails if a test wants it. Each fault hits one request, in turn, before or after it
reached Stripe."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

BEFORE = ("down", "busy", "broken", "kept_error")
"""Faults of requests that never arrive: the connection is cut; 409 (the key is in use); 500; 500 as Stripe keeps it for
the key."""
AFTER = ("answer_lost", "answer_cut", "answer_late")
"""Faults of answers: the connection is cut; is cut in the middle of the body; nothing comes until the caller gives
up."""


@dataclass
class FaultyProxy:
    """`faults` are used up one a request; a request without one passes."""

    target: str
    faults: list[str] = field(default_factory=list)
    url: str = ""
    _session: aiohttp.ClientSession | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and fault not in (*BEFORE, *AFTER):
            raise ValueError(fault)
        body = await request.read()
        match fault:
            case "down":
                return self._cut(request)
            case "busy":
                refusal = {
                    "error": {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "in use"}
                }
                return web.json_response(refusal, status=409)
            case "broken" | "kept_error":
                headers = {"Stripe-Should-Retry": "false"} | (
                    {"Idempotent-Replayed": "true"} if fault == "kept_error" else {}
                )
                return web.json_response(
                    {"error": {"type": "api_error", "message": "inside"}}, status=500, headers=headers
                )
        assert self._session is not None
        kept = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in ("host", "content-length", "accept-encoding")
        }
        async with self._session.request(
            request.method, self.target + str(request.rel_url), data=body, headers=kept
        ) as answer:
            content, status = await answer.read(), answer.status
            replayed = {name: value for name, value in answer.headers.items() if name.lower() == "idempotent-replayed"}
        match fault:
            case "answer_lost":
                return self._cut(request)
            case "answer_cut":
                response = web.StreamResponse(
                    status=status, headers={"Content-Length": str(len(content)), "Content-Type": "application/json"}
                )
                await response.prepare(request)
                await response.write(content[: len(content) // 2])
                self._cut(request)
                return response
            case "answer_late":
                await asyncio.Event().wait()
        return web.Response(body=content, status=status, content_type="application/json", headers=replayed)

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


@asynccontextmanager
async def faulty_proxy(target: str) -> AsyncIterator[FaultyProxy]:
    """A proxy on a free port of this machine, in front of `target`."""
    proxy = FaultyProxy(target)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", proxy.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        proxy._session = session
        yield proxy
    await runner.cleanup()
