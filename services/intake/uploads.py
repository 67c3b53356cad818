"""Files as they come in: read from the network into a temporary file, measured on the way, told apart by their content."""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.types import Message

from chassis.refusals import FieldError, invalid
from services.intake.domain import media
from services.intake.domain.refusals import TooLarge

OVERHEAD = 256 * 1024
"""What a form may have besides the file: its other fields and the boundaries, in bytes."""
_CHUNK = 1024 * 1024
_FIELDS = ("annotation", "items")


@dataclass(frozen=True)
class Upload:
    """A file that is here whole, and the fields that came with it."""

    file: UploadFile
    size: int
    media_type: str
    annotation: str | None
    items: tuple[str, ...]

    async def content(self) -> bytes | AsyncIterator[bytes]:
        """The file from its beginning: small ones whole, large ones piece by piece."""
        await self.file.seek(0)
        return await self.file.read() if self.size <= _CHUNK else self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        while piece := await self.file.read(_CHUNK):
            yield piece


@asynccontextmanager
async def receive(request: Request, most_bytes: int, too_large: TooLarge) -> AsyncIterator[Upload]:
    """The form of a request: one `file`, perhaps `annotation` and `items`. Raises `too_large` as soon as more than `most_bytes` have come."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes + OVERHEAD:
        raise too_large
    seen = 0

    async def measured() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > most_bytes + OVERHEAD:
            raise too_large
        return message

    async with Request(request.scope, measured).form(max_files=1, max_fields=200, max_part_size=OVERHEAD) as form:
        unknown = sorted(set(form) - {"file", *_FIELDS})
        if unknown:
            raise invalid([FieldError(field=name, message="is not known here; remove it") for name in unknown])
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise invalid([FieldError(field="file", message="is required; send the file in this part of the form")])
        size = file.size or 0
        if size > most_bytes:
            raise too_large
        annotations = [_text("annotation", value) for value in form.getlist("annotation")]
        if len(annotations) > 1:
            raise invalid([FieldError(field="annotation", message="is given twice; give it once")])
        items = tuple(_text("items", value) for value in form.getlist("items"))
        yield Upload(file, size, await asyncio.to_thread(_media_type, file.file), annotations[0] if annotations else None, items)


def _text(field: str, value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise invalid([FieldError(field=field, message="must be text, without the character U+0000")])
    return value


def _media_type(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(media.HEAD)
    if not media.is_archive(head):
        return media.media_type(head)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.namelist()
            declared = b""
            if "mimetype" in members:
                with archive.open("mimetype") as member:
                    declared = member.read(100)
    # All that zipfile raises for a broken, encrypted or foreign archive: it then is what its first bytes say, which the limits judge.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return media.media_type(head)
    return media.media_type(head, members, declared.decode("ascii", "replace").strip())
