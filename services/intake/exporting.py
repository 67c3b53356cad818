"""A person's data as a ZIP: a page to read (`index.html`), the same for programs (`data.json`), and the files.

It is made piece by piece and sent straight from the object store. The page and the JSON come last, because they say
which files could not be read.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import structlog
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from stream_zip import ZIP_AUTO, Method, ZipError, async_stream_zip

from chassis.database.pool import Database
from chassis.objects import Corrupt, Gone, NotAllowed, ObjectStore, StoreFailed
from contracts.refusals import Text, TooOften
from services.intake.domain.exports import MOST_ATTEMPTS, File, Made, Section
from services.intake.domain.people import Person
from services.intake.personal import TABLES
from services.intake.store import exports as exports_store
from services.intake.store import people as people_store
from services.intake.usecases import exports
from services.intake.usecases.exports import files_of
from web.languages import DEFAULT, Reader, supported, zone_of
from web.rendering import Pages
from web.visitor import Visitor

log = structlog.get_logger(__name__)

PIECE_BYTES = 256 * 1024
MODE = 0o600
FORMAT = "microcred-export/1"
AGAIN_SECONDS = 30
TELL_SECONDS = 1.0
"""The progress of an export is stored after so many seconds."""

Progress = Callable[[int, int], Awaitable[None]]
"""Called after each file with the number of files so far, and of all files."""
Member = tuple[str, datetime, int, Method, AsyncIterator[bytes]]


class Exporter:
    """Makes the ZIPs. `shown` renders their page, with the `words` of states and moments (`tag`, `moment_of`)."""

    def __init__(self, objects: ObjectStore, shown: Pages, words: Mapping[str, Any]) -> None:
        self._objects = objects
        self._shown = shown
        self._words = words
        self._streaming: set[UUID] = set()

    def begin(self, person_id: UUID) -> None:
        """Begin to send a ZIP to a person, until `end` is called. One ZIP at a time for each person in this process.
        Raises TooOften."""
        if person_id in self._streaming:
            raise TooOften(AGAIN_SECONDS, text=Text("Your data is being sent already; wait until that has ended."))
        self._streaming.add(person_id)

    def end(self, person_id: UUID) -> None:
        """The ZIP was sent, or sending it broke off."""
        self._streaming.discard(person_id)

    def stream(
        self, person: Person, sections: Sequence[Section], now: datetime, progress: Progress | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes of the ZIP. Files that cannot be read are left out, and named in its page and its JSON."""
        return aiter(
            async_stream_zip(self._members(person, sections, now, progress or _nobody), chunk_size=PIECE_BYTES)
        )

    async def _members(
        self, person: Person, sections: Sequence[Section], now: datetime, progress: Progress
    ) -> AsyncIterator[Member]:
        files, unread = files_of(sections), set[str]()
        for done, file in enumerate(files):
            await progress(done, len(files))
            try:
                pieces = await self._objects.stream(file.claim)
            except (Gone, Corrupt, StoreFailed, NotAllowed) as error:
                _note(file, error, unread)
                continue
            yield (file.path, now, MODE, ZIP_AUTO(file.claim.size, level=_level(file)), _read(file, pieces, unread))
        await progress(len(files), len(files))
        for name, content in (
            ("data.json", self._json(person, sections, now, unread)),
            ("index.html", self._page(person, sections, now, unread)),
        ):
            yield (name, now, MODE, ZIP_AUTO(len(content), level=6), _once(content))

    def _json(self, person: Person, sections: Sequence[Section], now: datetime, unread: set[str]) -> bytes:
        def plain(value: object) -> Any:
            if isinstance(value, File):
                facts = {"media_type": value.claim.media_type, "size": value.claim.size}
                return {"file": None if value.path in unread else value.path, **facts}
            return value

        whole = {
            "format": FORMAT,
            "made_at": now.astimezone(UTC),
            "person_id": person.person_id,
            "sections": {
                one.table: [{name: plain(value) for name, value in row.items()} for row in one.rows] for one in sections
            },
        }
        return orjson.dumps(whole, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)

    def _page(self, person: Person, sections: Sequence[Section], now: datetime, unread: set[str]) -> bytes:
        reader = Reader(supported(person.language) or DEFAULT, zone_of(person.time_zone))
        page = self._shown.render(
            "intake/export.html",
            Visitor(person.person_id, reader=reader),
            sections=[(TABLES[one.table].export, one) for one in sections],
            unread=unread,
            made_at=now,
            is_file=lambda value: isinstance(value, File),
            **self._words,
        )
        return page.encode()


class Sent(StreamingResponse):
    """A ZIP that is being sent to its person. Another one may begin when this one has ended in any way."""

    def __init__(self, exporter: Exporter, person_id: UUID, pieces: AsyncIterator[bytes]) -> None:
        headers = {
            "Content-Disposition": 'attachment; filename="my-data.zip"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        }
        super().__init__(pieces, media_type="application/zip", headers=headers)
        self._exporter, self._person_id = exporter, person_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._exporter.end(self._person_id)


def _level(file: File) -> int:
    """The compression level: high for texts, none for the rest (pictures, documents and videos are compressed
    already)."""
    return 6 if file.claim.media_type.startswith(("text/", "application/json")) else 0


async def _read(file: File, pieces: AsyncIterator[bytes], unread: set[str]) -> AsyncIterator[bytes]:
    try:
        async for piece in pieces:
            yield piece
    except (Corrupt, StoreFailed) as error:  # the file in the ZIP is no longer the same
        _note(file, error, unread)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _nobody(done: int, files: int) -> None:
    """A progress that nobody reads."""


def _note(file: File, error: Exception, unread: set[str]) -> None:
    unread.add(file.path)
    log.warning("a file is missing in an export", object=file.claim.name, error=str(error))


async def make_all(database: Database, objects: ObjectStore, exporter: Exporter) -> None:
    """Make the exports that people asked for, one after another. An export that breaks off begins again, a few
    times."""
    while (made := await database.write(exports.take)) is not None:
        if made.attempts > MOST_ATTEMPTS:
            log.error("an export cannot be made", export_id=str(made.export_id))
            await database.write(partial(exports_store.fail, export_id=made.export_id))
            continue
        try:
            await _make(database, objects, exporter, made)
        except (StoreFailed, ZipError) as error:
            log.warning("an export broke off", export_id=str(made.export_id), error=str(error))


async def _make(database: Database, objects: ObjectStore, exporter: Exporter, made: Made) -> None:
    async with database.reading() as tx:
        person = await people_store.load(tx, made.person_id)
        sections = [] if person is None else await exports.collect(tx, made.person_id)
    if person is None:
        return  # the person was erased meanwhile, and the row with them
    told = 0.0

    async def progress(done: int, files: int) -> None:
        nonlocal told
        if done == files or time.monotonic() - told > TELL_SECONDS:
            told = time.monotonic()
            await database.write(partial(exports_store.progress, export_id=made.export_id, done=done, files=files))

    name = objects.fresh_name(made.person_id)
    file = await objects.put_as(name, exporter.stream(person, sections, tx.now, progress), "application/zip")
    try:
        await database.write(partial(exports.finish, made=made, file=file, files=len(files_of(sections))))
    except exports.NotWanted:
        await objects.delete(name)


async def forget(database: Database, objects: ObjectStore) -> None:
    """Delete exports whose time is over."""
    async with database.reading() as tx:
        expired = await exports_store.expired(tx)
    for made in expired:
        await database.write(partial(exports_store.expire, export_id=made.export_id))
        if made.file is not None:
            await objects.delete(made.file.name)
