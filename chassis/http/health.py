"""`livez`, `readyz`, `metrics`, `asyncapi.json`. Ready means that HTTP can be served. Kafka may be away: events then
wait in the outbox."""

from functools import cache
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis.database.pool import Database
from chassis.kafka.consumer import SILENT_SECONDS, Consumer
from chassis.kafka.relay import Relay
from chassis.telemetry import build_id
from contracts.asyncapi import of_service

_NOT_WELL: dict[int | str, dict[str, Any]] = {
    503: {"description": "Not well; the body says why", "content": {"application/json": {}}}
}


def router(service: str, database: Database, consumer: Consumer, relay: Relay) -> APIRouter:
    """The routes that monitors use."""
    routes = APIRouter(tags=["health"])

    @routes.get("/livez", responses=_NOT_WELL)
    async def livez() -> JSONResponse:
        """Whether the process is well. 503 means that it should be restarted."""
        silent = consumer.silent_seconds()
        if silent > SILENT_SECONDS:
            return JSONResponse(
                {"status": "stopped", "reason": f"the consumer has not polled for {silent:.0f} s"}, status_code=503
            )
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz", responses=_NOT_WELL)
    async def readyz(all: bool = False) -> JSONResponse:
        """Whether HTTP can be served. With `all`: whether the consumer and the outbox are well too."""
        http = await database.state()
        parts = {"http": http, "consumer": consumer.state, "outbox": relay.state}
        ready = all_ok(parts.values()) if all else http[0] != "stopped"
        return JSONResponse({name: _said(*state) for name, state in parts.items()}, status_code=200 if ready else 503)

    @routes.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus' text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @routes.get("/asyncapi.json")
    async def asyncapi() -> JSONResponse:
        """The topics and messages of this service (AsyncAPI 3.0)."""
        return JSONResponse(_asyncapi(service))

    return routes


@cache
def _asyncapi(service: str) -> dict[str, Any]:
    """The document, made only once: making it takes long enough to delay other answers."""
    return of_service(build_id(), service)


def all_ok(states: Any) -> bool:
    """Whether every (status, reason) is ok."""
    return all(status == "ok" for status, _ in states)


def _said(status: str, reason: str) -> dict[str, str]:
    return {"status": status, "reason": reason} if reason else {"status": status}
