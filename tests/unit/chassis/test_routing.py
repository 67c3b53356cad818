"""Routes that are put together late answer as FastAPI's own, and only those that are asked for are put together."""

import asyncio

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, PydanticUserError

from chassis.http import Router
from chassis.http.finding import Finder


class Cup(BaseModel):
    size: int


def _declared(routes: APIRouter) -> APIRouter:
    @routes.get("/cups/{number}", response_model=Cup)
    async def one(number: int, deep: bool = False) -> Cup:
        """One cup."""
        return Cup(size=number + 100 * deep)

    @routes.post("/cups", status_code=201)
    async def add(cup: Cup) -> Cup:
        return cup

    @routes.delete("/pots/{name}", status_code=204, include_in_schema=False)
    async def throw(name: str) -> None:
        return None

    return routes


def _site(routes: APIRouter) -> FastAPI:
    api = FastAPI()
    api.router.routes.extend([Finder(routes.routes), *routes.routes])
    return api


def _ask(api: FastAPI, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://x") as client:
            return await client.request(method, path, json=body)

    response = asyncio.run(asked())
    return response.status_code, response.content


def _together(routes: APIRouter) -> list[str]:
    """The paths of the routes that are put together."""
    return [str(vars(route)["path"]) for route in routes.routes if "path_regex" in vars(route)]


def test_they_answer_as_fastapi_s_own() -> None:
    late, own = (_site(_declared(kind(prefix="/api", tags=["china"]))) for kind in (Router, APIRouter))
    for method, path, body in (
        ("GET", "/api/cups/7?deep=true", None),
        ("GET", "/api/cups/many", None),
        ("POST", "/api/cups", {"size": 3}),
        ("POST", "/api/cups", {"size": "large"}),
        ("DELETE", "/api/pots/blue", None),
        ("PUT", "/api/pots/blue", None),
        ("GET", "/api/plates", None),
        ("GET", "/openapi.json", None),
    ):
        assert _ask(late, method, path, body) == _ask(own, method, path, body)


def test_only_what_is_asked_for_is_put_together() -> None:
    routes = _declared(Router(prefix="/api"))
    site = _site(routes)
    assert _together(routes) == []
    assert _ask(site, "GET", "/api/cups/7") == (200, b'{"size":7}')
    assert _together(routes) == ["/api/cups/{number}"]


def test_a_wrong_declaration_is_refused_when_it_is_asked_for() -> None:
    routes = Router()

    @routes.get("/wrong", response_model="NowhereToBeFound")
    async def wrong() -> None: ...

    site = _site(routes)
    for _ in range(2):
        with pytest.raises(PydanticUserError):
            site.openapi()
