"""A real Caddy with the gateway's own file, before six servers that answer who they are and what they got."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from devstack import gateway
from devstack.child import Child
from devstack.names import SERVICES
from devstack.ports import LOOPBACK, free_port
from tests.waiting import until

READY_SECONDS = 20.0


@dataclass
class Seen:
    """A request as it came to a service. `body_bytes`: how much of its body has come so far."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body_bytes: int = 0


@dataclass
class OneGateway:
    """The gateway. `http` speaks to it; `seen` is what reached a service; `child` is its process."""

    url: str
    port: int
    http: httpx.AsyncClient
    child: Child
    seen: list[Seen] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    """What an answer at `/api/slow` waits for after its first piece."""

    async def answered_by(self, path: str, method: str = "GET") -> str:
        """The service that answers; what else answered, by its status."""
        response = await self.http.request(method, path)
        return str(response.headers.get("x-service", response.status_code))

    async def forwarded(self, path: str = "/", **options: Any) -> Seen:
        """The request as the gateway passes it on to a service."""
        response = await self.http.get(path, **options)
        assert response.status_code == 200, response.text
        return self.seen[-1]

    def log(self) -> str:
        """The lines of its log."""
        return self.child.log.read_text()

    async def serve(self, service: str, request: web.BaseRequest) -> web.StreamResponse:
        """Any of the six."""
        seen = Seen(service, request.method, request.raw_path, {k.lower(): v for k, v in request.headers.items()})
        self.seen.append(seen)
        headers = {"X-Service": service, "X-Story": seen.headers.get("x-correlation-id", "")}
        if request.raw_path == "/api/refused":
            return web.Response(status=401, headers=headers)
        if request.headers.get("expect") == "100-continue":
            assert request.transport is not None
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        async for piece in request.content.iter_any():
            seen.body_bytes += len(piece)
        if request.raw_path == "/api/slow":
            answer = web.StreamResponse(headers=headers)
            await answer.prepare(request)
            await answer.write(b"first")
            await self.go_on.wait()
            await answer.write(b"last")
            return answer
        if request.raw_path.startswith("/large/"):
            kind = request.raw_path.removeprefix("/large/")
            return web.Response(text="words " * 1000, content_type=kind, headers=headers)
        return web.Response(text=json.dumps({"service": service}), headers=headers)


@asynccontextmanager
async def running(
    folder: Path, *, public_url: str = "", trusted: str = "", away: Sequence[str] = ()
) -> AsyncIterator[OneGateway]:
    """A gateway that is ready. `away`: services that do not answer. `public_url`: that of its port, if left out."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    upstreams: dict[str, str] = {}
    runners = []
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        child = Child("web", [], folder / "web.log")
        one = OneGateway(url, port, http, child)
        for service in SERVICES:
            upstreams[service] = f"{LOOPBACK}:{free_port()}"
            if service not in away:
                runners.append(await _serve(one, service, upstreams[service]))
        child.command = gateway.command(gateway.caddy())
        child.environ = os.environ | gateway.environment(public_url or url, port, upstreams, folder / "caddy", trusted)
        child.start()
        try:
            await until(lambda: asyncio.to_thread(_answers, child, url), READY_SECONDS)
            yield one
        finally:
            one.go_on.set()
            await asyncio.to_thread(child.stop)
            for runner in runners:
                await runner.cleanup()


async def _serve(one: OneGateway, service: str, address: str) -> web.ServerRunner:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return await one.serve(service, request)

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    host, _, port = address.partition(":")
    await web.TCPSite(runner, host, int(port)).start()
    return runner


def _answers(child: Child, url: str) -> bool:
    assert child.running(), child.last_lines()
    return gateway.answers(url)
