"""The finder takes a request to the same route as the framework, which tries one route after the other."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from chassis.http.finding import Finder

PATHS = [
    ("GET", "/"),
    ("GET", "/api/things"),
    ("POST", "/api/things"),
    ("GET", "/api/things/newest"),
    ("GET", "/api/things/{thing}"),
    ("PUT", "/api/things/{thing}"),
    ("GET", "/api/things/{thing}/parts/{part}"),
    ("GET", "/api/{kind}/all"),
    ("GET", "/{page}"),
    ("GET", "/{page}.json"),
    ("GET", "/files/{path:path}"),
    ("GET", "/files/first"),
    ("GET", "/{anything}/things"),
]


def an_app(*, finder: bool) -> FastAPI:
    api = FastAPI(redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None)

    def answer(named: str) -> object:
        async def respond(request: Request) -> PlainTextResponse:
            route = request.scope["route"].path
            return PlainTextResponse(f"{named} {sorted(request.path_params.items())} {route}")

        return respond

    for method, path in PATHS:
        api.add_api_route(path, answer(f"{method} {path}"), methods=[method])  # type: ignore[arg-type]
    if finder:
        api.router.routes.insert(0, Finder(list(api.router.routes)))
    return api


def ask(api: FastAPI, method: str, path: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://x") as client:
            return await client.request(method, f"http://x{path}")

    return asyncio.run(asked())


WITH, WITHOUT = an_app(finder=True), an_app(finder=False)
part = st.sampled_from(
    ["api", "things", "newest", "files", "first", "all", "parts", "x", "x.json", "", "%C3%A9", "{thing}"]
)


@given(st.lists(part, max_size=6), st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
def test_it_finds_what_the_framework_finds(parts: list[str], method: str) -> None:
    path = "/" + "/".join(parts)
    found, expected = ask(WITH, method, path), ask(WITHOUT, method, path)
    assert (found.status_code, found.text, found.headers.get("allow")) == (
        expected.status_code,
        expected.text,
        expected.headers.get("allow"),
    )


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/things/newest", "GET /api/things/newest"),
        ("/api/things/7", "GET /api/things/{thing}"),
        ("/api/others/all", "GET /api/{kind}/all"),
        ("/files/first", "GET /files/{path:path}"),
        ("/files/a/b/c", "GET /files/{path:path}"),
    ],
)
def test_the_first_that_fits_takes_it(path: str, found: str) -> None:
    assert ask(WITH, "GET", path).text.startswith(found + " ")


def test_it_asks_few_routes() -> None:
    asked: list[str] = []
    api = FastAPI()
    for n in range(50):
        api.add_api_route(f"/things-{n}/{{thing}}", lambda: None)
    routes = list(api.router.routes)

    def watch(route: object, path: str) -> None:
        really = route.matches  # type: ignore[attr-defined]

        def matches(scope: object) -> object:
            asked.append(path)
            return really(scope)

        route.matches = matches  # type: ignore[attr-defined]

    for route in routes:
        watch(route, route.path)  # type: ignore[attr-defined]
    Finder(routes).matches({"type": "http", "path": "/things-7/x", "method": "GET", "headers": []})
    assert asked == ["/things-7/{thing}"]
