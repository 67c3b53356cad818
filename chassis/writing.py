"""What people write, on its way into the object store: put before the row that names it, and deleted again when no row
will.

Everything that a request writes goes through a `Writing`. A request that is refused, or answered as one before it was,
leaves nothing behind; what a kept command replaced goes right after its commit. What the end of a process leaves
between object and row is swept a day later.
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
"""An object is put before the row that names it; after so long without one it never gets any."""

REPLAYED = "Idempotent-Replayed"
"""The header of an answer that was given before, to the same key and body: nothing was done for it now."""

Unnamed = Callable[[Tx, Sequence[str]], Awaitable[list[str]]]
"""Those of these object names that no row of a service names."""


class Writing:
    """What one request writes about one person; made by `Writer.about`, which ends it."""

    def __init__(self, objects: ObjectStore, person_id: UUID) -> None:
        self._objects = objects
        self._person_id = person_id
        self._put: list[str] = []
        self._replaced: list[str] = []
        self.kept = False

    async def put(self, data: bytes | AsyncIterator[bytes], media_type: str) -> ObjectClaim:
        """Put bytes, or what an iterator gives.

        Raises NotNow where the store does not take it; what the iterator raises.
        """
        name = self._objects.fresh_name(self._person_id)
        self._put.append(name)
        try:
            return await self._objects.put_as(name, data, media_type)
        except StoreFailed as error:
            log.error("the object store takes nothing", error=str(error))
            raise NotNow(Text("What you sent cannot be stored now; try again later.")) from None

    async def put_text(self, text: str) -> ObjectClaim:
        """Put a text."""
        return await self.put(text.encode(), "text/plain")

    async def put_json(self, value: object) -> ObjectClaim:
        """Put JSON."""
        return await self.put(orjson.dumps(value), "application/json")

    def keep(self, *replaced: ObjectClaim | None) -> None:
        """The command is committed: what was put has its row.

        `replaced` is what no row names any more because of it.
        """
        self.kept = True
        self._replaced += [claim.name for claim in replaced if claim is not None]

    def answered(self, response: Response) -> None:
        """The command is answered by `chassis.http.answer_once`: kept, unless the answer is an earlier one."""
        if REPLAYED not in response.headers:
            self.keep()

    async def end(self) -> None:
        """Delete what nobody needs: what was put, or what it replaced."""
        for name in self._replaced if self.kept else self._put:
            await _delete(self._objects, name)
        self._put.clear()
        self._replaced.clear()


class Writer:
    """Makes the `Writing` of each request.

    `refused` are the exceptions by which a service refuses: nothing was committed then.
    """

    def __init__(self, objects: ObjectStore, *refused: type[Exception]) -> None:
        self.objects = objects
        self._refused = (Refused, HTTPException, RequestValidationError, *refused)

    @asynccontextmanager
    async def about(self, person_id: UUID) -> AsyncIterator[Writing]:
        """What a request writes about this person.

        Without `keep` (or `answered`) it is deleted at the end, also when it was refused.

        Any other exception may have come in the middle of a commit: then it is left to the sweep, which asks the rows.
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
    """The job that deletes the objects of a service that no row names: what a process left that ended between object
    and row.
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
        log.warning("an object that nobody needs is left to the sweep", object=name, error=str(error))
