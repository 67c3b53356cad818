"""Files from the network: they go straight into the object store, and their size and kind are found on the way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from chassis.objects import ObjectStore
from chassis.writing import Writing
from contracts.claims import ObjectClaim
from contracts.refusals import Fault, Invalid, Refused, Text
from contracts.sizes import said
from services.intake import looking
from services.intake.domain.sniffing import Sniffer
from services.intake.forms import PIECE_BYTES, Form, Part

OVERHEAD = 256 * 1024
"""The most bytes of a form beside the file: its other fields and the boundaries."""
FILE_TWICE = Text("is given twice; send one file")
_FIELDS = ("annotation", "items", "minutes")
_ONCE = ("annotation", "minutes")

Fields = list[tuple[str, str]]
"""The fields of a form beside its file, by name, in their order."""
Measure = Callable[[int], None]
"""Called with the number of the file's bytes so far. Raises the refusal of a file that is too large."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A complete file, and the fields that came with it.

    A small file is in `data`. A larger one is already in the store, as `stored`.
    """

    filename: str
    media_type: str
    size: int
    data: bytes | None
    stored: ObjectClaim | None
    annotation: str | None
    items: tuple[str, ...]
    minutes: str | None = None

    async def put(self, written: Writing) -> ObjectClaim:
        """The file's claim, after it is in the store."""
        if self.data is not None:
            return await written.put(self.data, self.media_type)
        assert self.stored is not None, "what is not here is stored"
        return self.stored.model_copy(update={"media_type": self.media_type})


@dataclass(slots=True)
class _File:
    """The file of a form, while it comes."""

    filename: str
    sniffer: Sniffer
    size: int = 0
    data: bytes | None = None
    stored: ObjectClaim | None = None


async def receive(
    form: Form,
    objects: ObjectStore,
    written: Writing,
    measure: Measure,
    allowed: tuple[str, ...] | None,
    fields: Fields | None = None,
    more: Sequence[str] = (),
) -> Upload:
    """Receive a form: one `file`, perhaps `annotation`, `items` and `minutes`, in any order.

    Raises the errors of `measure` at once. With `fields`, the fields are added to it as they come, and a file that is
    declared too large is refused when it begins. So the fields before it can be shown again.

    `allowed` are the media types that the requirement takes; a file is looked into only for these. Raises BadRequest
    for a broken form, Invalid for fields that do not fit. `written` deletes what was put into the store until then.
    `more`: names of further fields that are ignored.
    """
    at_once, fields, file = fields is None, [] if fields is None else fields, None

    def measure_declared() -> None:
        if form.declared_bytes > OVERHEAD:
            measure(form.declared_bytes - OVERHEAD)

    if at_once:
        measure_declared()
    async for part in form.parts():
        if not _is_file(part):
            await _field(form, part, fields)
        elif file is not None:
            raise Invalid(Fault("file", FILE_TWICE))
        else:
            measure_declared()
            file = await _file(form, part, written, measure)
    unknown = sorted({name for name, _ in fields} - {"file", *_FIELDS, *more})
    if unknown:
        raise Invalid(*(Fault(name, Text("is not known here; remove it")) for name in unknown))
    if file is None:
        raise Invalid(Fault("file", Text("is required; send the file in this part of the form")))
    if any(name == "file" for name, _ in fields):
        raise Invalid(Fault("file", FILE_TWICE))
    given = {name: [value for field, value in fields if field == name] for name in _ONCE}
    if twice := [name for name, values in given.items() if len(values) > 1]:
        raise Invalid(*(Fault(name, Text("is given twice; give it once")) for name in twice))
    return Upload(
        filename=file.filename,
        media_type=await asyncio.to_thread(_looked_at, file, objects, allowed),
        size=file.size,
        data=file.data,
        stored=file.stored,
        annotation=next(iter(given["annotation"]), None),
        items=tuple(value for name, value in fields if name == "items"),
        minutes=next(iter(given["minutes"]), None),
    )


async def before_file(form: Form) -> Fields:
    """The fields of a form before its file, for a form that is refused anyway.

    Returns nothing of a form that is broken or too long.
    """
    fields: Fields = []
    with suppress(Refused):
        async for part in form.parts():
            if _is_file(part):
                break
            await _field(form, part, fields)
    return fields


def _is_file(part: Part) -> bool:
    return part.name == "file" and part.filename is not None


async def _field(form: Form, part: Part, fields: Fields) -> None:
    content, name = bytearray(), _shown(part)
    beside = sum(len(value.encode()) for _, value in fields)
    async for piece in form.pieces():
        content += piece
        if beside + len(content) > OVERHEAD:
            raise Invalid(Fault(name, Text("is too long; all fields have at most %(most)s", most=said(OVERHEAD))))
    fields.append((name, _text(name, bytes(content))))


async def _file(form: Form, part: Part, written: Writing, measure: Measure) -> _File:
    """Receive the file. It stays in memory while it is one piece; otherwise it is put into the store while it comes."""
    file = _File(part.filename or "", Sniffer())

    async def measured() -> AsyncIterator[bytes]:
        async for piece in form.pieces():
            file.size += len(piece)
            measure(file.size)
            file.sniffer.feed(piece)
            yield piece

    pieces = measured()
    first = await anext(pieces, b"")
    second = await anext(pieces, None) if len(first) >= PIECE_BYTES else None
    if second is None:
        file.data = first
        return file

    async def all_of_it() -> AsyncIterator[bytes]:
        yield first
        yield second
        async for piece in pieces:
            yield piece

    file.stored = await written.put(all_of_it(), "application/octet-stream")
    return file


def _looked_at(file: _File, objects: ObjectStore, allowed: tuple[str, ...] | None) -> str:
    data, stored = file.data, file.stored

    def read(start: int, length: int) -> bytes:
        if data is not None:
            return data[start : start + length]
        assert stored is not None, "what is not here is stored"
        return objects.read_range(stored.name, start, length)

    return looking.look(file.sniffer.told(), read, file.size, allowed)


def _shown(part: Part) -> str:
    """A part's name as a refusal may show it."""
    return "".join(character if character.isprintable() else "?" for character in part.name[:80])


def _text(field: str, content: bytes) -> str:
    try:
        value = content.decode()
    except UnicodeDecodeError:
        raise Invalid(Fault(field, Text("must be text in UTF-8"))) from None
    if "\x00" in value:
        raise Invalid(Fault(field, Text("must be text, without the character U+0000")))
    return value
