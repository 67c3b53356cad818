"""Other duties of the gateway: foreign hosts, bodies, correlation ids, services that are away, and its log."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from tests.one_gateway import OneGateway, running
from tests.waiting import until

ID = "0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10"
MEGABYTE = 1024 * 1024
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OneGateway]:
    """A gateway whose public name is another than that of its port, and one of its services is away."""
    folder = tmp_path_factory.mktemp("gateway")
    async with running(folder, public_url="https://Badges.example.org", away=["notify"]) as one:
        yield one


async def talk(front: OneGateway, head: str, *pieces: bytes, end: bytes = b"") -> bytes:
    """The answer to these bytes, until the connection ends or `end` has come. Each further piece of the body is sent
    when something came back for the piece before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
    writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
    came = b""
    try:
        async with asyncio.timeout(10):
            for piece in pieces:
                came += await reader.read(65536)
                writer.write(piece)
            while more := await reader.read(65536):
                came += more
                if end and end in came:
                    break
    finally:
        writer.close()
    return came


@pytest.mark.parametrize("host", ["badges.example.org", "BADGES.example.org", "127.0.0.1:1", "localhost", "[::1]:8000"])
async def test_our_own_names_are_answered_for(front: OneGateway, host: str) -> None:
    assert (await front.forwarded("/", headers={"Host": host})).headers["host"] == host


@pytest.mark.parametrize(
    "host",
    ["evil.example", "intake", "badges.example.org.evil.example", "example.org", "xbadges.example.org"],
)
async def test_a_foreign_host_is_refused_and_told_our_address(front: OneGateway, host: str) -> None:
    came = len(front.seen)
    for method in ("GET", "POST", "OPTIONS"):
        response = await front.http.request(method, "/ops", headers={"Host": host})
        assert response.status_code == 421
        assert response.json() == {
            "type": "misdirected",
            "title": "This host is not ours",
            "status": 421,
            "detail": "Use the program's own address: https://Badges.example.org",
            "correlation_id": response.headers["x-correlation-id"],
        }
    assert front.seen[came:] == []


async def test_a_request_without_a_host_is_refused(front: OneGateway) -> None:
    assert (await talk(front, "GET / HTTP/1.0\nConnection: close")).startswith(b"HTTP/1.0 421 ")
    assert (await talk(front, "GET / HTTP/1.1\nConnection: close")).startswith(b"HTTP/1.1 400 ")


async def test_a_story_goes_on_under_its_id_and_every_other_begins_one(front: OneGateway) -> None:
    assert (await front.forwarded("/", headers={"X-Correlation-ID": ID})).headers["x-correlation-id"] == ID
    for wrong in ("", "x", f"{ID}0", f'{ID}"', f"{ID}\t,x"):
        begun = (await front.forwarded("/", headers={"X-Correlation-ID": wrong})).headers["x-correlation-id"]
        assert str(UUID(begun)) == begun != ID


async def test_a_service_that_is_away_is_told_in_the_readers_form(front: OneGateway) -> None:
    told = await front.http.get("/api/preferences", headers={"X-Correlation-ID": ID})
    assert (told.status_code, told.headers["retry-after"]) == (503, "2")
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json() == {
        "type": "unavailable",
        "title": "Not available at the moment",
        "status": 503,
        "detail": "A part of this does not answer. Try again in a moment.",
        "correlation_id": ID,
    }
    page = await front.http.get("/preferences", headers=HTML | {"X-Correlation-ID": ID})
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "<h1>Not available at the moment</h1>" in page.text
    assert ID in page.text
    for one in (told, page):
        assert (one.headers["server"], one.headers["cache-control"]) == ("microcred", "no-store")
        assert "default-src 'none'" in one.headers["content-security-policy"]


async def test_pages_are_compressed_and_what_people_handed_in_is_not(front: OneGateway) -> None:
    weights = {}
    for kind in ("text/html", "text/css", "text/javascript", "application/json", "application/pdf", "text/plain"):
        async with front.http.stream("GET", f"/large/{kind}", headers={"Accept-Encoding": "gzip"}) as response:
            weights[kind] = len(b"".join([piece async for piece in response.aiter_raw()]))
            assert ("Accept-Encoding" in response.headers.get("vary", "")) == (weights[kind] < 6000)
    assert [kind for kind, weight in weights.items() if weight < 300] == ["text/html", "text/css", "text/javascript"]
    assert [kind for kind, weight in weights.items() if weight == 6000] == [
        "application/json",
        "application/pdf",
        "text/plain",
    ]
    plain = await front.http.get("/large/text/html", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


async def test_head_and_options_are_the_services(front: OneGateway) -> None:
    for method in ("HEAD", "OPTIONS", "PATCH", "DELETE"):
        assert await front.answered_by(f"/badges/{ID}", method) == "badging"
        assert front.seen[-1].method == method
    response = await front.http.head("/ops")
    assert (response.headers["content-length"], response.content) == ("18", b"")


async def test_nothing_says_what_the_gateway_is_made_of(front: OneGateway) -> None:
    for response in (
        await front.http.get("/ops"),
        await front.http.get("/livez"),
        await front.http.get("/preferences"),
    ):
        assert response.headers["server"] == "microcred"
        assert "via" not in response.headers
        assert "caddy" not in str(response.headers).lower() + response.text.lower()


async def test_a_service_that_wants_the_body_is_asked_first(front: OneGateway) -> None:
    head = "PUT /api/letters/x HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 4\nExpect: 100-continue"
    came = await talk(front, head, b"body")
    answers = re.findall(rb"HTTP/1.1 (\d+)", came)  # the gateway may say 100 for itself, beside the service's
    assert (answers[0], answers[-1], set(answers)) == (b"100", b"200", {b"100", b"200"})
    assert front.seen[-1].body_bytes == 4


async def test_a_refusal_does_not_wait_for_the_body(front: OneGateway) -> None:
    head = "PUT /api/refused HTTP/1.1\nHost: localhost\nContent-Length: 4000000\nExpect: 100-continue"
    came = await talk(front, head, end=b"HTTP/1.1 401 ")
    assert set(re.findall(rb"HTTP/1.1 (\d+)", came)) <= {b"100", b"401"}
    assert front.seen[-1].body_bytes == 0


async def test_an_upload_streams_and_is_not_gathered_in_memory(front: OneGateway) -> None:
    process = psutil.Process(front.child.pid)
    most = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal most
        for n in range(300):
            yield bytes(MEGABYTE)
            if n == 8:  # the service has the beginning while the end is not sent yet
                await until(lambda: front.seen[-1].path == "/api/letters/long" and front.seen[-1].body_bytes)
            most = max(most, process.memory_info().rss)

    response = await front.http.put("/api/letters/long", content=pieces())
    assert (response.status_code, front.seen[-1].body_bytes) == (200, 300 * MEGABYTE)
    assert most < 150 * MEGABYTE


async def test_an_answer_streams(front: OneGateway) -> None:
    async with front.http.stream("GET", "/api/slow") as response:
        pieces = response.aiter_raw()
        assert await anext(pieces) == b"first"
        front.go_on.set()
        assert b"".join([piece async for piece in pieces]) == b"last"


async def test_more_than_any_address_takes_is_cut_off(front: OneGateway) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(521):
            yield bytes(1_000_000)

    refused = await front.http.put("/api/letters/large", content=pieces())
    assert (refused.status_code, refused.json()["type"]) == (413, "too_large")
    assert front.seen[-1].body_bytes <= 520_000_000


async def test_a_log_holds_no_secret_and_nobodys_address(tmp_path: Path) -> None:
    async with running(tmp_path, away=["notify"], trusted="127.0.0.1") as front:
        hidden = {
            "Cookie": "microcred_session=hidden1",
            "Authorization": "Bearer hidden2",
            "X-Forwarded-For": "198.51.100.7",
        }
        paths = [
            "/sign-in?token=hidden3",
            "/letters/hidden4",
            "/api/letters/hidden5",
            "/unsubscribe/hidden6/x",
            "/confirm/hidden7?a=b",
        ]
        for path in [*paths, "/ops/journeys/seen?after=hidden8"]:
            await front.http.get(path, headers=hidden | {"X-Correlation-ID": ID, "Referer": "http://x/hidden9"})
        await until(lambda: front.log().count('"handled request"') > len(paths))
        said = front.log()
    assert re.findall(r'"uri":"([^"]*)"', said)[-1] == "/ops/journeys/seen"
    assert f'"correlation_id":"{ID}"' in said
    assert re.findall(r"hidden\d", said) == []
    assert "198.51.100.7" not in said
