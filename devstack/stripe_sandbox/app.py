"""Puts the sandbox together: one ASGI application, and the tasks that it does by itself."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from devstack.serving import serve
from devstack.stripe_sandbox.api import Api
from devstack.stripe_sandbox.clock import Clock
from devstack.stripe_sandbox.controls import Controls
from devstack.stripe_sandbox.courier import Courier
from devstack.stripe_sandbox.expiry import Expiry
from devstack.stripe_sandbox.pages import Pages
from devstack.stripe_sandbox.sandbox import Sandbox
from devstack.stripe_sandbox.store import Store


@dataclass(frozen=True)
class Settings:
    """`webhook_events`: the event types that the endpoint subscribes to; None: all."""

    public_url: str
    webhook_url: str
    webhook_secret: str
    clock_file: Path
    state_dir: Path
    webhook_events: frozenset[str] | None = None


async def run(settings: Settings, claimed: socket) -> None:
    """Serve, send webhooks and expire sessions until told to stop. If one of these fails, the process ends."""
    store = Store(settings.state_dir / "stripe.sqlite")
    courier = Courier(store, settings.webhook_url, settings.webhook_secret)
    sandbox = Sandbox(
        store, Clock(settings.clock_file), courier, settings.public_url.rstrip("/"), settings.webhook_events
    )
    expiry = Expiry(sandbox)
    async with asyncio.TaskGroup() as tasks:
        background = [tasks.create_task(courier.run()), tasks.create_task(expiry.run())]
        await serve(build(sandbox, expiry), [claimed])
        for task in background:
            task.cancel()
    store.close()


def build(sandbox: Sandbox, expiry: Expiry) -> Starlette:
    health = [Route("/livez", _well), Route("/readyz", _well)]
    return Starlette(
        routes=[*health, *Api(sandbox).routes(), *Controls(sandbox, expiry).routes(), *Pages(sandbox).routes()]
    )


async def _well(_: Request) -> Response:
    return JSONResponse({"http": {"status": "ok"}})
