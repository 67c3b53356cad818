"""HTTP/1.1 as bytes: a client that sends what no library would send, one request after the other over one
connection."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httptools


@dataclass
class RawAnswer:
    """What came back. Names of header fields are in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    complete: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser's word."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """The parser's word."""
        self.content += body

    def on_message_complete(self) -> None:
        """The parser's word."""
        self.complete = True


class RawClient:
    """One connection, made again when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, headers: Mapping[str, bytes], content: bytes | None) -> RawAnswer:
        """Send a request; `Host` and `Content-Length` are added where they are missing. Raises TimeoutError,
        ConnectionError."""
        fields = {"Host": f"127.0.0.1:{self._port}".encode(), **headers}
        if content is not None or method in ("POST", "PUT"):
            fields["Content-Length"] = str(len(content or b"")).encode()
        head = f"{method} {path} HTTP/1.1\r\n".encode("latin-1")
        head += b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in fields.items())
        sent = head + b"\r\n" + (content or b"")
        for attempt in (1, 2):
            kept = self._streams is not None
            try:
                return await self._exchange(sent)
            except (ConnectionError, asyncio.IncompleteReadError):
                await self.close()
                if not kept or attempt == 2:  # a connection that was kept may have been closed meanwhile
                    raise
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """End the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, sent: bytes) -> RawAnswer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        answer = RawAnswer()
        parser = httptools.HttpResponseParser(answer)
        async with asyncio.timeout(30):
            writer.write(sent)
            while not answer.complete:
                piece = await reader.read(65_536)
                if not piece:
                    raise ConnectionResetError("the server closed the connection without a whole answer")
                parser.feed_data(piece)
        answer.status = parser.get_status_code()
        if answer.headers.get("connection") == "close":
            await self.close()
        return answer
