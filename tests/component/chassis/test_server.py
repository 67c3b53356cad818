"""The limit of a request's head, tested with a real server over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from chassis.http.server import MOST_HEAD_BYTES, BoundedHttp
from tests.waiting import until

MEGABYTE = 1024 * 1024


async def _app(scope: Any, receive: Any, send: Any) -> None:
    size = 0
    more = True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    content = str(size).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(content)).encode())]}
    )
    await send({"type": "http.response.body", "body": content})


@asynccontextmanager
async def _server() -> AsyncIterator[int]:
    config = uvicorn.Config(
        _app, host="127.0.0.1", port=0, http=BoundedHttp, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


async def _ask(port: int, *pieces: bytes) -> tuple[bytes, int]:
    """What came back, and how many bytes were taken before the connection broke or all was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = 0
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            taken += len(piece)
    except ConnectionError:
        pass
    try:
        async with asyncio.timeout(10):
            return await reader.read(), taken
    except ConnectionError:
        return b"", taken
    finally:
        writer.close()


CLOSING = b"POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
LARGE = [b"x" * MEGABYTE] * 40


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET /", *LARGE],
        [CLOSING + b"X: ", *LARGE],
        [CLOSING, *([b"a: b\r\n" * 100_000] * 40)],
        [CLOSING + b"X: " + b"x" * MOST_HEAD_BYTES + b"\r\n\r\n"],
        [CLOSING + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: ", *LARGE],
        [CLOSING + b"Transfer-Encoding: chunked\r\n\r\n1;x=", *LARGE],
    ],
    ids=["address", "one field", "many fields", "one piece", "trailer", "chunk extension"],
)
async def test_a_head_beyond_its_bound_is_refused_before_it_is_here(pieces: list[bytes]) -> None:
    async with _server() as port:
        answer, taken = await _ask(port, *pieces)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 "), answer[
            :200
        ]  # a client that is still sending may miss the words
        assert taken < 16 * MEGABYTE  # what the operating system holds in its buffers, and not all of it
        assert (await _ask(port, CLOSING + b"Content-Length: 0\r\n\r\n"))[0].endswith(b"\r\n\r\n0")


async def test_the_refusal_names_the_bound() -> None:
    async with _server() as port:
        answer, _ = await _ask(port, CLOSING + b"X: " + b"x" * MOST_HEAD_BYTES + b"\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert f"Content-Length: {len(body)}".lower().encode() in head
    assert b'"type":"head_too_large"' in body
    assert str(MOST_HEAD_BYTES).encode() in body


async def test_bodies_and_ordinary_heads_pass() -> None:
    async with _server() as port:
        length = str(20 * MEGABYTE).encode()
        answer, _ = await _ask(port, CLOSING + b"Content-Length: " + length + b"\r\n\r\n", *([b"x" * MEGABYTE] * 20))
        assert answer.endswith(b"\r\n\r\n" + length)
        chunked = CLOSING + b"Transfer-Encoding: chunked\r\n\r\n"
        answer, _ = await _ask(port, chunked, *([b"100000\r\n" + b"x" * MEGABYTE + b"\r\n"] * 20), b"0\r\nX: y\r\n\r\n")
        assert answer.endswith(b"\r\n\r\n" + length)
        fields = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 500) for n in range(100))
        answer, _ = await _ask(port, *[bytes([byte]) for byte in CLOSING], fields, b"\r\n")
        assert answer.endswith(b"\r\n\r\n0")
