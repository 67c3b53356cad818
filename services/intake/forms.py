"""A form with files (multipart/form-data, RFC 7578) as it comes from the network: part by part, and each part in
pieces. Nothing is stored on disk."""

import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect

from chassis.http import BadRequest
from contracts.refusals import Fault, Invalid, Text

MOST_PARTS = 100
_LENGTH = re.compile(r"[0-9]{1,18}")
PIECE_BYTES = 256 * 1024
"""Pieces of a file are collected up to this size, because each piece costs the same, however small it is."""


@dataclass(frozen=True, slots=True)
class Part:
    """The head of a part. `filename` is None for a plain field."""

    name: str
    filename: str | None


def unreadable(text: Text) -> BadRequest:
    """The refusal of a form that cannot be read. The client is at fault, not a field."""
    return BadRequest(text, type="bad_form", title=Text("The form cannot be read"))


class Form:
    """A request's form. Read `parts`, and the `pieces` of each part before the next part.

    `declared_bytes` is the request's own statement of its length; 0 without one.
    """

    def __init__(self, request: Request) -> None:
        declared = request.headers.get("content-length", "")
        self.declared_bytes = int(declared) if _LENGTH.fullmatch(declared) else 0
        self._body = request.stream()
        self._events: deque[Part | bytes | None] = deque()
        self._parts = 0
        self._over = False
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value = b"", b""
        _, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise unreadable(
                Text(
                    "The Content-Type names no boundary: multipart/form-data; boundary=..."
                    " Let your program make the form."
                )
            )
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_name,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._begun,
                    "on_part_data": self._data,
                    "on_part_end": lambda: self._events.append(None),
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise unreadable(Text("%(why)s.", why=error)) from None

    async def parts(self) -> AsyncIterator[Part]:
        """The parts in the order in which they come.

        Raises BadRequest for a form that is broken or incomplete; Invalid for too many parts.
        """
        while True:
            event = await self._next()
            if event is None:
                return
            if not isinstance(event, Part):
                raise unreadable(Text("A part of the form has no beginning."))
            yield event

    async def pieces(self) -> AsyncIterator[bytes]:
        """The content of the present part, some hundred KB at a time."""
        gathered = bytearray()
        while True:
            event = await self._next()
            if not isinstance(event, bytes):
                break
            gathered += event
            if len(gathered) >= PIECE_BYTES:
                yield bytes(gathered)
                gathered.clear()
        if gathered:
            yield bytes(gathered)

    async def rest(self) -> None:
        """Reads the rest of the request and discards it. A browser that still sends shows no answer."""
        with suppress(ClientDisconnect):
            async for _ in self._body:
                pass

    async def _next(self) -> Part | bytes | None:
        """The next event of the parser; None at the end of a part, and of the form."""
        while not self._events:
            if self._over:
                return None
            try:
                piece = await anext(self._body, None)
            except ClientDisconnect:
                piece = None
            if piece is None:
                raise unreadable(Text("The form ended too early: the last boundary is missing. Send it again."))
            try:
                self._parser.write(piece)
            except FormParserError as error:
                raise unreadable(Text("%(why)s.", why=error)) from None
        return self._events.popleft()

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Invalid(Fault("body", Text("has more than %(most)s parts; send fewer parts", most=MOST_PARTS)))
        self._headers = {}

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _begun(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        if b"name" not in options:
            raise unreadable(Text('A part of the form has no name: Content-Disposition: form-data; name="...".'))
        filename = options.get(b"filename")
        self._events.append(Part(_text(options[b"name"]), None if filename is None else _text(filename)))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(data[start:end])

    def _end(self) -> None:
        self._over = True


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
