"""How objects are shown to people. If one text cannot be read, everything else on the page is still shown.

Every text that is shown is read here. A text that cannot be read is replaced by words that say so. It is counted
(`microcred_objects_unreadable_total`) and logged for operators, with the object's name and never with its content.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

import orjson
import structlog
from fastapi.responses import Response, StreamingResponse
from pydantic import TypeAdapter, ValidationError
from starlette.types import Send

from chassis.objects import Corrupt, Gone, NotAllowed, ObjectStore, StoreFailed
from chassis.telemetry import OBJECTS_UNREADABLE
from contracts import media
from contracts.claims import ObjectClaim
from contracts.refusals import NotNow, NotThere, Refused, Text

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST_TEXT_BYTES = 8 * 1024 * 1024
"""The most bytes of a text, which is read into memory. A longer text is not ours, as requests have at most one
megabyte."""

CHECKED_FIRST_BYTES = 1024 * 1024
"""A file up to this size (bytes) is checked whole before its first byte is sent."""

TEXTS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])
"""JSON: an object with a text for each key."""


class Why(StrEnum):
    """Why an object cannot be shown."""

    GONE = "gone"
    CORRUPT = "corrupt"
    UNFIT = "unfit"
    FAILED = "failed"


_WORDS = {
    Why.GONE: Text(
        "This is not there any more. It was deleted, as happens when the person whom it is about is erased."
    ),
    Why.CORRUPT: Text("This cannot be shown: what is stored is not what was written. The operators are told."),
    Why.UNFIT: Text(
        "This cannot be shown: what is stored is not of the kind that was written. The operators are told."
    ),
    Why.FAILED: Text(
        "This cannot be shown at the moment: it cannot be read from where it is stored."
        " Try again later. The operators are told."
    ),
}


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What was read. If it could not be read, `value` is None and `why` is the reason."""

    value: T | None
    why: Why | None = None

    @property
    def words(self) -> str | None:
        """The words to show when it could not be read; None if it could."""
        return None if self.why is None else str(_WORDS[self.why])


def text_of(reading: Reading[str]) -> str:
    """The text, or the words to show instead."""
    return reading.words or reading.value or ""


async def read_text(objects: ObjectStore, claim: ObjectClaim, **ids: object) -> Reading[str]:
    """Read a text to show it. Never raises.

    `ids` (of the application, the case) go into the log if it cannot be read.
    """
    data = await _read(objects, claim, ids)
    if not isinstance(data, bytes):
        return Reading(None, data)
    try:
        return Reading(data.decode(media.charset(claim.media_type)))
    except UnicodeDecodeError as error:
        return Reading(None, _told(objects, claim, Why.UNFIT, f"no text: {error.reason}", ids))


async def read_json(objects: ObjectStore, claim: ObjectClaim, kind: TypeAdapter[T], **ids: object) -> Reading[T]:
    """Read JSON of this kind to show it. Never raises; JSON of another kind counts as unreadable."""
    data = await _read(objects, claim, ids)
    if not isinstance(data, bytes):
        return Reading(None, data)
    try:
        return Reading(kind.validate_python(orjson.loads(data), strict=True))
    except orjson.JSONDecodeError:
        return Reading(None, _told(objects, claim, Why.UNFIT, "no JSON", ids))
    except ValidationError as error:  # the error's own text would quote the content
        return Reading(
            None, _told(objects, claim, Why.UNFIT, f"other JSON than was written: {error.error_count()} faults", ids)
        )


async def serve(objects: ObjectStore, claim: ObjectClaim, name: str, **ids: object) -> Response:
    """Serve a whole file, to be saved as `name` with the ending of its media type. A browser saves it and never runs
    it.

    A small file is checked before it is sent. The last piece of a large file is held back until the whole file is known
    to be what was handed in, so the download of a damaged file breaks off. Raises NotThere if it is gone, NotNow if it
    cannot be read now.
    """
    kind = media.safe(claim.media_type)
    headers = {
        "Content-Disposition": f'attachment; filename="{_safe(name)}{media.extension(kind)}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    try:
        if claim.size <= CHECKED_FIRST_BYTES:
            return Response(await objects.get(claim), media_type=kind, headers=headers)
        pieces = await objects.stream(claim)
    except (Gone, Corrupt, StoreFailed, NotAllowed) as error:
        raise _refusal(_told(objects, claim, _why(error), str(error), ids)) from None
    return _Streamed(
        objects, claim, pieces, ids, media_type=kind, headers={**headers, "Content-Length": str(claim.size)}
    )


class _Streamed(StreamingResponse):
    """Breaks the connection in the middle if the object is not what was handed in."""

    def __init__(
        self,
        objects: ObjectStore,
        claim: ObjectClaim,
        pieces: AsyncIterator[bytes],
        ids: dict[str, object],
        **parts: Any,
    ) -> None:
        super().__init__(pieces, **parts)
        self._objects, self._claim, self._ids = objects, claim, ids

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async for piece in self.body_iterator:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except (Corrupt, StoreFailed) as error:
            _told(self._objects, self._claim, _why(error), str(error), self._ids)
            return  # the server sees that the answer is incomplete and closes the connection
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _read(objects: ObjectStore, claim: ObjectClaim, ids: dict[str, object]) -> bytes | Why:
    if claim.size > MOST_TEXT_BYTES:
        return _told(objects, claim, Why.UNFIT, "too long for a text", ids)
    try:
        return await objects.get(claim)
    except Exception as error:  # any error: the rest of the page is shown without this text
        return _told(objects, claim, _why(error), str(error), ids)


def _why(error: Exception) -> Why:
    match error:
        case Gone():
            return Why.GONE
        case Corrupt():
            return Why.CORRUPT
        case _:
            return Why.FAILED


def _told(objects: ObjectStore, claim: ObjectClaim, why: Why, error: str, ids: dict[str, object]) -> Why:
    OBJECTS_UNREADABLE.labels(objects.service, why).inc()
    say = log.info if why is Why.GONE else log.error
    written_by, _, rest = claim.name.partition("/")
    say(
        "an object cannot be shown",
        why=why.value,
        error=error,
        written_by=written_by,
        about=rest.partition("/")[0],
        object=claim.name,
        size=claim.size,
        media_type=claim.media_type,
        **{key: str(value) for key, value in ids.items()},
    )
    return why


def _refusal(why: Why) -> Refused:
    if why is Why.GONE:
        return NotThere(_WORDS[why])
    return NotNow(_WORDS[why], type="unreadable", title=Text("It cannot be shown now"))


def _safe(name: str) -> str:
    return "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_.")) or "file"
