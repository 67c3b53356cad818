"""Free text on its way into and out of the object store: put before the transaction that names it, read after the one that found it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

import orjson

from chassis.http import Refusal
from chassis.objects import Gone, ObjectStore
from contracts.claims import ObjectClaim
from services.review.domain.access import NotThere
from services.review.domain.refusals import BadInput, NotYours, Refused
from services.review.usecases.panels import UnknownPerson

NOTHING_COMMITTED = (Refused, BadInput, NotYours, NotThere, UnknownPerson, Refusal)
"""Whoever raises one of these has written nothing: texts that were put for the request belong to nobody."""


class Texts:
    """Puts texts about one person, and remembers which."""

    def __init__(self, objects: ObjectStore, person_id: UUID) -> None:
        self._objects = objects
        self._person_id = person_id
        self._put: list[ObjectClaim] = []

    async def put_text(self, text: str) -> ObjectClaim:
        """As plain text."""
        return await self._keep(text.encode(), "text/plain")

    async def put_json(self, value: object) -> ObjectClaim:
        """As JSON."""
        return await self._keep(orjson.dumps(value), "application/json")

    async def _keep(self, data: bytes, media_type: str) -> ObjectClaim:
        claim = await self._objects.put(self._person_id, data, media_type)
        self._put.append(claim)
        return claim

    async def discard(self) -> None:
        """Delete what was put: no row names it."""
        for claim in self._put:
            await self._objects.delete(claim.name)
        self._put.clear()


@asynccontextmanager
async def texts_about(objects: ObjectStore, person_id: UUID) -> AsyncIterator[Texts]:
    """Texts for one request; deleted again when it is refused. Another failure may have come after the commit, and leaves them."""
    texts = Texts(objects, person_id)
    try:
        yield texts
    except NOTHING_COMMITTED:
        await texts.discard()
        raise


async def read_all(objects: ObjectStore, claims: Iterable[ObjectClaim | None]) -> dict[str, bytes]:
    """Object name to content; what is gone, because its person was erased, is missing."""

    async def read(claim: ObjectClaim) -> tuple[str, bytes] | None:
        try:
            return claim.name, await objects.get(claim)
        except Gone:
            return None

    found = await asyncio.gather(*(read(claim) for claim in claims if claim is not None))
    return dict(one for one in found if one is not None)


def text_of(contents: Mapping[str, bytes], claim: ObjectClaim | None) -> str:
    """The text, or nothing."""
    return contents.get(claim.name, b"").decode() if claim is not None else ""


def mapping_of(contents: Mapping[str, bytes], claim: ObjectClaim | None) -> dict[str, str]:
    """A JSON object of texts, or an empty one."""
    found: dict[str, str] = orjson.loads(contents[claim.name]) if claim is not None and claim.name in contents else {}
    return found
