"""Every refusal is answered in one place: as problem+json, or as a page of a service that has pages."""

from typing import Any

import pytest
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from contracts.refusals import Refused
from tests.one_service import OneService

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PLACE = {"field": "place", "message": "lies in the sea"}

ANSWERS: dict[str, tuple[int, str, str, str, dict[str, Any], dict[str, str]]] = {
    "not_signed_in": (401, "not_signed_in", "Sign in first", "The token is over.", {}, {"WWW-Authenticate": "Bearer"}),
    "not_yours": (403, "forbidden", "You are not allowed to do this", "It is somebody else's.", {}, {}),
    "not_there": (404, "not_found", "This does not exist here", "There is no such cup.", {}, {}),
    "wrong_state": (409, "cup_broken", "A broken cup", "It is broken.", {"errors": [PLACE]}, {}),
    "changed_meanwhile": (
        *(412, "changed_meanwhile", "It was changed meanwhile", "It was painted."),
        {"current": {"colour": "red"}},
        {},
    ),
    "too_large": (413, "too_large", "The body is too large", "At most 6 cups.", {}, {}),
    "wrong_media_type": (415, "wrong_type", "This media type is not accepted here", "Cups only.", {}, {}),
    "invalid": (
        *(422, "invalid", "Some fields need another value", "size: must be at most 3; place: lies in the sea"),
        {"errors": [{"field": "size", "message": "must be at most 3"}, PLACE]},
        {},
    ),
    "too_often": (429, "too_often", "Too many requests", "Try again in 7 seconds.", {}, {"Retry-After": "7"}),
    "not_now": (503, "cups_away", "Not available at the moment", "Wait for 2 cups.", {}, {"Retry-After": "5"}),
    "bad_request": (400, "bad_cup", "The request cannot be read", "It cannot be read, 100% of it.", {}, {}),
    "bad_gateway": (
        *(502, "potter_refused", "Another service gave an answer that cannot be used", "The potter said no."),
        {},
        {},
    ),
}


def give_pages(site: OneService) -> None:
    """Have the site answer people with pages."""

    async def page(request: Request, refused: Refused, status: int) -> Response:
        return HTMLResponse(f"<h1>{status} {refused.type}</h1>{refused.text} {request.url.path}", status)

    site.client._transport.app.state.refusal_page = page  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", sorted(ANSWERS))
async def test_a_refusal_of_each_kind_is_a_problem(site: OneService, kind: str) -> None:
    status, slug, title, detail, more, headers = ANSWERS[kind]
    answer = await site.client.get(f"/refused/{kind}", headers=BROWSER)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        **{"type": slug, "title": title, "status": status, "detail": detail},
        "correlation_id": answer.headers["X-Correlation-ID"],
        **more,
    }
    assert answer.status_code == status
    names = ("WWW-Authenticate", "Retry-After")
    assert {name: answer.headers[name] for name in names if name in answer.headers} == headers


@pytest.mark.parametrize("kind", sorted(ANSWERS))
async def test_who_prefers_html_gets_the_page_with_the_same_status_and_headers(site: OneService, kind: str) -> None:
    give_pages(site)
    status, slug, _, detail, _, headers = ANSWERS[kind]
    answer = await site.client.get(f"/refused/{kind}", headers=BROWSER)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert answer.text == f"<h1>{status} {slug}</h1>{detail} /refused/{kind}"
    assert {name: answer.headers[name] for name in headers} == headers
    in_api = await site.client.get(f"/api/refused/{kind}", headers=BROWSER)
    assert (in_api.status_code, in_api.headers["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("text/html", True),
        ("TEXT/HTML; charset=utf-8", True),
        ("text/*", True),
        ("application/json", False),
        ("application/problem+json, text/html;q=0.9", False),
        ("text/html, application/json", False),
        ("text/html;q=0.4, application/json;q=0.3", True),
        ("text/html;q=0, */*", False),
        ("text/html;q=x, */*;q=0.1", False),
        ("text/html;q=7", False),
        ("application/*;q=0.2, text/html;q=0.5, */*;q=0.8", True),
        ("text/plain, application/xhtml+xml", False),
        (",;q=,", False),
    ],
)
async def test_only_who_prefers_html_gets_pages(site: OneService, accept: str | None, is_page: bool) -> None:
    give_pages(site)
    if accept is None:
        del site.client.headers["Accept"]
    answer = await site.client.get("/refused/not_there", headers={} if accept is None else {"Accept": accept})
    assert answer.headers["Content-Type"].startswith("text/html" if is_page else "application/problem+json")


async def test_refusals_of_the_edge_and_of_the_framework_are_pages_too(site: OneService) -> None:
    give_pages(site)
    client = site.client
    large = {"Content-Length": "2000000"}
    answers = [
        await client.get("/nowhere", headers=BROWSER),
        await client.put("/me", headers=BROWSER),
        await client.get("/me", headers=BROWSER | {"Host": "elsewhere.example"}),
        await client.post("/things", headers=BROWSER | {"Sec-Fetch-Site": "cross-site"}),
        await client.post("/things", content=b"x" * 2_000_000, headers=BROWSER | large),
        await client.post("/form", content=b"", headers=BROWSER | {"Content-Type": "text/plain"}),
        await client.get("/me?a=%00", headers=BROWSER),
        await client.options("/nowhere", headers=BROWSER),
        await client.get("/away", headers=BROWSER),
        await client.get("/fails", headers=BROWSER),
    ]
    assert [answer.text.partition("</h1>")[0] for answer in answers] == [
        "<h1>404 not_found",
        "<h1>405 method_not_allowed",
        "<h1>421 misdirected",
        "<h1>403 forbidden",
        "<h1>413 too_large",
        "<h1>422 invalid",
        "<h1>422 invalid",
        "<h1>404 not_found",
        "<h1>503 unavailable",
        "<h1>500 unexpected",
    ]
    assert answers[1].headers["Allow"] == "GET, HEAD, OPTIONS"
    assert answers[8].headers["Retry-After"] == "2"
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers)


async def test_a_page_that_fails_leaves_the_problem(site: OneService) -> None:
    async def page(request: Request, refused: Refused, status: int) -> Response:
        raise LookupError("no template")

    site.client._transport.app.state.refusal_page = page  # type: ignore[attr-defined]
    for path, status in (("/refused/not_there", 404), ("/fails", 500)):
        answer = await site.client.get(path, headers=BROWSER)
        assert (answer.status_code, answer.json()["status"]) == (status, status)
