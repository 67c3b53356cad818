"""How texts and files of people get into the object store. An object is put before the row that names it, and deleted
if no such row is written.

Everything that a request puts goes through a `Writing`. A request that is refused, or gets a stored answer, leaves no
object. Objects that a command replaced are deleted right after its commit. If a process ends between object and row, a
sweep deletes the object a day later.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.jobs import Job
from chassis.objects import ObjectStore, StoreFailed
from contracts.claims import ObjectClaim
from contracts.refusals import NotNow, Refused, Text

log = structlog.get_logger(__name__)

GRACE = timedelta(days=1)
"""An object without a row for so long will never get one."""

REPLAYED = "Idempotent-Replayed"
"""The header of a stored answer to the same key and body. Nothing was done for it now."""

Unnamed = Callable[[Tx, Sequence[str]], Awaitable[list[str]]]
"""Returns the given object names that no row of a service has."""


class Writing:
    """The objects that one request puts about one person. `Writer.about` makes it and ends it."""

    def __init__(self, objects: ObjectStore, person_id: UUID) -> None:
        self._objects = objects
        self._person_id = person_id
        self._put: list[str] = []
        self._replaced: list[str] = []
        self.kept = False

    async def put(self, data: bytes | AsyncIterator[bytes], media_type: str) -> ObjectClaim:
        """Put bytes, or the data of an iterator.

        Raises NotNow if the store does not take it, and what the iterator raises.
        """
        name = self._objects.fresh_name(self._person_id)
        self._put.append(name)
        try:
            return await self._objects.put_as(name, data, media_type)
        except StoreFailed as error:
            log.error("the object store does not accept objects", error=str(error))
            raise NotNow(Text("What you sent cannot be stored now; try again later.")) from None

    async def put_text(self, text: str) -> ObjectClaim:
        """Put a text."""
        return await self.put(text.encode(), "text/plain")

    async def put_json(self, value: object) -> ObjectClaim:
        """Put JSON."""
        return await self.put(orjson.dumps(value), "application/json")

    def keep(self, *replaced: ObjectClaim | None) -> None:
        """Keep the objects, because the command is committed and they have their rows.

        `replaced`: objects that no row names any more.
        """
        self.kept = True
        self._replaced += [claim.name for claim in replaced if claim is not None]

    def answered(self, response: Response) -> None:
        """Keep the objects if `chassis.http.answer_once` gave a new answer, and not if it is a stored one."""
        if REPLAYED not in response.headers:
            self.keep()

    async def end(self) -> None:
        """Delete the objects that are not needed: those that were put, or those that they replaced."""
        for name in self._replaced if self.kept else self._put:
            await _delete(self._objects, name)
        self._put.clear()
        self._replaced.clear()


class Writer:
    """Makes the `Writing` of each request.

    `refused`: the exceptions of a refusal. Nothing was committed then.
    """

    def __init__(self, objects: ObjectStore, *refused: type[Exception]) -> None:
        self.objects = objects
        self._refused = (Refused, HTTPException, RequestValidationError, *refused)

    @asynccontextmanager
    async def about(self, person_id: UUID) -> AsyncIterator[Writing]:
        """The objects that a request puts about this person.

        Without `keep` (or `answered`) they are deleted at the end, also after a refusal.

        After any other exception the commit may have happened, so the sweep decides by the rows.
        """
        writing = Writing(self.objects, person_id)
        try:
            yield writing
        except Exception as error:
            if writing.kept or isinstance(error, self._refused):
                await writing.end()
            raise
        await writing.end()


def sweep(objects: ObjectStore, unnamed: Unnamed) -> Job:
    """The job that deletes objects of a service that no row names. A process that ended between object and row leaves
    them.
    """

    async def run(database: Database) -> None:
        async for names in objects.older_than(GRACE):
            async with database.reading() as tx:
                left = await unnamed(tx, names)
            for name in left:
                await _delete(objects, name)
        await asyncio.to_thread(objects.forget_unfinished, GRACE)

    return Job("sweep-objects", timedelta(hours=6), run)


async def drop(objects: ObjectStore, claims: Iterable[ObjectClaim]) -> None:
    """Delete what no row names any more, after the commit that made it so."""
    for claim in claims:
        await _delete(objects, claim.name)


async def _delete(objects: ObjectStore, name: str) -> None:
    try:
        await objects.delete(name)
    except StoreFailed as error:
        log.warning(
            "an object that is not needed could not be deleted; the sweep will delete it", object=name, error=str(error)
        )
