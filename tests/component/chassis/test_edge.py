"""The edge of every service's HTTP: hosts, other sites, HEAD and OPTIONS, caches, hostile addresses, clients that
disconnect."""

import asyncio
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from tests.component.chassis.conftest import known
from tests.one_service import OneService


def _counted(method: str, route: str, status: int) -> float:
    labels = {"service": "payments", "method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("microcred_http_seconds_count", labels) or 0.0


async def _cookie(site: OneService) -> dict[str, str]:
    person = await known(site, ("staff",))
    return {"Cookie": f"microcred_session={site.session_for(person)['Authorization'].split()[1]}"}


async def test_what_another_site_has_a_browser_send_is_refused(site: OneService) -> None:
    cookie = await _cookie(site)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Origin": ""},
    ):
        assert (await site.client.post("/staff", headers=cookie | headers)).status_code == 403
        # Without a cookie too: who is signed in where, and as whom, is not for other sites to decide.
        assert (await site.client.post("/form", data={"word": "a"}, headers=headers)).status_code == 403
        assert (await site.client.get("/staff", headers=cookie | headers)).status_code == 200
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://127.0.0.1"}, {}):
        assert (await site.client.post("/staff", headers=cookie | headers)).status_code == 200


@pytest.mark.parametrize("given", ["", "x", "Basic YTpi", "Bearer", "Bearer nonsense", "bearer "])
async def test_an_authorization_header_counts_alone(site: OneService, given: str) -> None:
    cookie = await _cookie(site)
    across = {"Sec-Fetch-Site": "cross-site", "Authorization": given}
    assert (await site.client.post("/staff", headers=cookie | across)).status_code == 401
    assert (await site.client.get("/staff", headers=cookie | across)).status_code == 401


async def test_an_access_token_works_from_anywhere(site: OneService) -> None:
    headers = site.session_for(await known(site)) | {
        "Sec-Fetch-Site": "cross-site",
        "Origin": "https://elsewhere.example",
    }
    assert (await site.client.post("/staff", headers=headers)).status_code == 200


async def test_only_hosts_of_ours_are_answered(site: OneService) -> None:
    for host in ("127.0.0.1", "127.0.0.1:8001", "pay.example", "PAY.example:443"):
        assert (await site.client.get("/open/a", headers={"Host": host})).status_code == 200
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[", "user@pay.example@evil.example", "pay.example."):
        answer = await site.client.get("/open/a", headers={"Host": host})
        assert (answer.status_code, answer.json()["type"]) == (421, "misdirected"), host
    twice = httpx.Request("GET", "http://127.0.0.1/open/a", headers=[("Host", "pay.example"), ("Host", "evil.example")])
    assert (await site.client.send(twice)).status_code == 421


async def test_no_address_leads_to_another_by_its_slash(site: OneService) -> None:
    for path in ("/staff/", "//staff", "/open/a/", "/me//"):
        answer = await site.client.get(path)
        assert answer.status_code == 404
        assert "location" not in answer.headers


async def test_head_is_get_without_a_body_and_options_says_what_there_is(site: OneService) -> None:
    seen = [await site.client.request(method, "/open/a") for method in ("GET", "HEAD")]
    assert [(one.status_code, one.headers["Cache-Control"], one.headers["Content-Length"]) for one in seen] == [
        (200, "public, max-age=60", "4")
    ] * 2
    assert (await site.client.head("/me")).status_code == 401
    assert (await site.client.head("/nowhere")).status_code == 404
    options = await site.client.options("/staff")
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert (await site.client.options("/nowhere")).status_code == 404
    other = await site.client.delete("/staff")
    assert (other.status_code, other.json()["type"], other.headers["Allow"]) == (
        405,
        "method_not_allowed",
        "GET, HEAD, OPTIONS, POST",
    )


async def test_what_is_public_may_be_read_by_any_sites_scripts_and_nothing_else_may(site: OneService) -> None:
    asking = {"Origin": "https://verifier.example"}
    for path in ("/open/a", "/open/gone", "/open/a/b", "/open/%00"):
        for method in ("GET", "HEAD"):
            assert (await site.client.request(method, path, headers=asking)).headers[
                "Access-Control-Allow-Origin"
            ] == "*", path
    preflight = await site.client.options("/open/a", headers=asking | {"Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    for path in ("/me", "/nowhere"):
        assert not [
            name for name in (await site.client.get(path, headers=asking)).headers if name.startswith("access-control")
        ]
    assert "access-control-allow-methods" not in (await site.client.options("/me", headers=asking)).headers


async def test_nothing_is_kept_by_caches_unless_its_route_says_so(site: OneService) -> None:
    me = site.session_for(await known(site))
    for answer in (
        await site.client.get("/me", headers=me),
        await site.client.get("/me"),
        await site.client.get("/nowhere"),
        await site.client.get("/fails"),
        await site.client.post("/things", json={}),
        await site.client.get("/open/gone"),
        await site.client.get("/open/a", headers={"Host": "evil.example"}),
    ):
        assert answer.headers["Cache-Control"] == "no-store"


async def test_nul_in_an_address_is_refused(site: OneService) -> None:
    for address, field in (
        ("/open/%00", "path"),
        ("/open/a%00b/c", "path"),
        ("/open/a?a=%00", "a"),
        ("/open/a?x=1&b=y%00", "b"),
        ("/open/a?%00c=1", "query"),
        ("/open/a?d=%2500&e=%00", "e"),
    ):
        answer = await site.client.get(address)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await site.client.get("/open/a?a=%2500")).status_code == 200


@pytest.mark.parametrize(
    "charset", ["foo", "utf-16", "unicode_escape", "idna", "'; drop", "utf-8; charset=utf-7", "utf-7"]
)
async def test_forms_are_utf_8(site: OneService, charset: str) -> None:
    parts = b'--x\r\nContent-Disposition: form-data; name="word"\r\n\r\n\\ud800\r\n--x--\r\n'
    for kind, content in (
        (f"multipart/form-data; boundary=x; charset={charset}", parts),
        (f"application/x-www-form-urlencoded;charset={charset}", b"word=a"),
    ):
        answer = await site.client.post("/form", content=content, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["type"]) == (415, "wrong_type")


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x; charset=UTF-8", "multipart/form-data; boundary=x"])
async def test_a_form_may_say_that_it_is_utf_8(site: OneService, kind: str) -> None:
    parts = 'a--x\r\nContent-Disposition: form-data; name="word"\r\n\r\né\r\n--x--\r\n'[1:].encode()
    answer = await site.client.post("/form", content=parts, headers={"Content-Type": kind})
    assert answer.json() == {"word": "é"}


async def _ask(
    site: OneService, method: str, path: str, kind: bytes, *messages: dict[str, Any]
) -> list[dict[str, Any]]:
    """One request whose messages are these and then the client's leaving; what was sent back."""
    waiting = list(messages)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", kind)],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    transport = site.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    await transport.app(scope, receive, send)  # type: ignore[arg-type]
    return sent


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/things", b"application/json"),
        ("PUT", "/stream", b"video/mp4"),
        ("POST", "/form", b"application/x-www-form-urlencoded"),
        ("POST", "/form", b"multipart/form-data; boundary=x"),
    ],
)
async def test_a_client_that_leaves_is_nobodys_failure(
    site: OneService, caplog: pytest.LogCaptureFixture, method: str, path: str, kind: bytes
) -> None:
    before = {status: _counted(method, path, status) for status in (499, 500, 400)}
    await _ask(site, method, path, kind, {"type": "http.request", "body": b"--x", "more_body": True})
    assert {status: _counted(method, path, status) - count for status, count in before.items()} == {
        499: 1.0,
        500: 0.0,
        400: 0.0,
    }
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


async def test_what_is_away_is_not_a_fault_of_ours(site: OneService) -> None:
    answer = await site.client.get("/away")
    assert (answer.status_code, answer.json()["type"], answer.headers["Retry-After"]) == (503, "unavailable", "2")
    assert "10.0.0.7" not in answer.text


async def test_requests_at_once_keep_their_stories_apart(site: OneService) -> None:
    stories = [f"00000000-0000-4000-8000-{n:012}" for n in range(20)]
    answers = await asyncio.gather(
        *(site.client.get("/fails", headers={"X-Correlation-ID": story}) for story in stories)
    )
    assert (
        [one.json()["correlation_id"] for one in answers]
        == [one.headers["X-Correlation-ID"] for one in answers]
        == stories
    )
