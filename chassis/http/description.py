"""What `/openapi.json` says beyond the routes' own signatures: how to sign in, and which refusals there are."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from chassis.http import sessions
from chassis.http.edge import SAFE
from chassis.http.refusals import MEDIA_TYPE, TITLES, Problem
from contracts.session import COOKIE

_SIGNED_IN: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "`access_token` of POST /api/sessions (intake)",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "set by POST /api/sessions; for our own pages",
    },
}
_WORDS = """Bodies are JSON, ids UUIDs, times RFC 3339 with a zone. Refusals are `application/problem+json` (RFC 9457).

Every POST that makes something takes an `Idempotency-Key` (1 to 255 characters, best a UUID). The same key and body
give the same answer again; the same key with another body is refused with 422. Lists are paged by `limit` and
`after`; the value of `after` is `next` of the page before."""


_STORABLE = {"pattern": "^[^\x00]*$"}
"""The pattern of every text in an address: `chassis.http.bodies` refuses U+0000 for all routes."""


def refused(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the refusals of its own rules, beyond those that follow from its signature."""
    return {status: _refusal(status) for status in statuses}


def describe(api: FastAPI) -> None:
    """Make `api` describe the answers of its edge, its sessions and its refusals."""

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = _whole(api)
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]


def _whole(api: FastAPI) -> dict[str, Any]:
    routes = [route for route in api.routes if isinstance(route, APIRoute) and route.include_in_schema]
    whole = get_openapi(title=api.title, version=api.version, description=_WORDS, routes=routes)
    components = whole.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schemas["Problem"].pop("$defs", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for route in routes:
        for method in route.methods or ():
            _complete(whole["paths"][route.path_format][method.lower()], method, route)
    return whole


def _complete(operation: dict[str, Any], method: str, route: APIRoute) -> None:
    calls = list(_calls(route.dependant))
    signed_in = any(call is sessions.signed_in for call in calls)
    takes_body = "requestBody" in operation
    statuses = {421, 422, 500, 503}
    if signed_in:
        operation["security"] = _SIGNED_IN
        statuses.add(401)
    if method not in SAFE or any(hasattr(call, "roles") for call in calls):
        statuses.add(403)
    if route.dependant.path_params:
        statuses.add(404)
    if takes_body or method not in SAFE:
        statuses |= {400, 413, 415}
    for parameter in operation.get("parameters", ()):
        _without_null(parameter["schema"])
        if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
            parameter["schema"] = _STORABLE | parameter["schema"]
    responses = operation["responses"]
    responses |= {
        str(status): _refusal(status) for status in sorted(statuses) if status == 422 or str(status) not in responses
    }


def _without_null(schema: dict[str, Any]) -> None:
    """A parameter of an address may be missing; it is never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) == 1 and "anyOf" in schema:
        del schema["anyOf"]
        schema.update({**kinds[0], **schema})


def _refusal(status: int) -> dict[str, Any]:
    return {
        "description": str(TITLES[status][1]),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)
