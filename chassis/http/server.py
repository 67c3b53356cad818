"""uvicorn's HTTP/1.1 with a bound on the request's head. Without it, a head of 60 MB blocks the event loop for
seconds."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 1024
"""The most bytes of the request line with all header fields; trailers and chunk extensions have the same bound."""

_TOO_LARGE = (
    b'{"type":"head_too_large","title":"The request\'s header fields are too large","status":431,'
    b'"detail":"At most %d bytes are taken beside the body; send fewer or shorter header fields."}' % MOST_HEAD_BYTES
)


class _HeadTooLarge(Exception):
    """Ends the parsing. It never leaves this module."""


class BoundedHttp(HttpToolsProtocol):
    """Refuses (431) and closes the connection as soon as a head is too large. The application bounds the bodies that it
    reads."""

    _head_is_large = False
    _progress = False
    _unparsed = 0
    """Bytes since the parser last saw a whole head, a piece of a body, or the end of a request."""

    def data_received(self, data: bytes) -> None:
        """Bytes from the network."""
        self._progress = False
        super().data_received(data)
        self._unparsed = 0 if self._progress else self._unparsed + len(data)
        if self._unparsed > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse()

    def on_headers_complete(self) -> None:
        """A whole head."""
        self._progress = True
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MOST_HEAD_BYTES:
            self._head_is_large = True
            raise _HeadTooLarge
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._progress = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request."""
        self._progress = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """The parser gave up."""
        if self._head_is_large:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _refuse(self) -> None:
        head = b"content-type: application/problem+json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(
            _TOO_LARGE
        )
        self.transport.write(STATUS_LINE[431] + head + _TOO_LARGE)
        self.transport.close()
