"""The object store: files and everything that people wrote. One prefix a writing service, under it one for the person the text is about.

Objects are put first, under a fresh random name, then the row that names them; names are never reused, and no API shows one.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import obstore
from obstore.store import LocalStore, from_url

from contracts.claims import ObjectClaim
from contracts.topics import OBJECT_READERS

SMALL_BYTES = 64 * 1024
"""A local file up to this size is read or written here and now: that takes less time than to have a thread do it."""


class Gone(Exception):
    """The object is not there: its person was erased. A normal outcome."""


class Corrupt(Exception):
    """The object's bytes are not those that the claim names."""


class NotAllowed(Exception):
    """This service may not read or write under that prefix (contracts/topics.py, OBJECT_READERS)."""


class ObjectStore:
    """A service's way into the store; it writes under its own prefix only and reads where the contracts let it."""

    def __init__(self, service: str, store: Any) -> None:
        self.service = service
        self._store = store
        self._local = isinstance(store, LocalStore)

    @classmethod
    def open(cls, service: str, url: str) -> "ObjectStore":
        """`file:///folder` (made if missing) or what obstore takes: `s3://bucket/prefix` with its credentials in the environment."""
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(parents=True, exist_ok=True)
            return cls(service, LocalStore(folder))
        return cls(service, from_url(url))

    async def put(self, person_id: UUID, data: bytes | AsyncIterator[bytes], media_type: str) -> ObjectClaim:
        """Write `data`, about this person, under a fresh name. From an iterator, a few chunks are in memory at a time."""
        name = f"{self.service}/{person_id}/{secrets.token_urlsafe(24)}"
        digest, size = hashlib.sha256(), 0

        async def measured(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        if isinstance(data, bytes):
            digest.update(data)
            size = len(data)
            if self._at_once(size):
                obstore.put(self._store, name, data)
            else:
                await obstore.put_async(self._store, name, data)
        else:
            await obstore.put_async(self._store, name, measured(data), max_concurrency=2)
        return ObjectClaim(name=name, sha256=digest.hexdigest(), size=size, media_type=media_type)

    async def get(self, claim: ObjectClaim) -> bytes:
        """The whole object. Raises Gone, Corrupt, NotAllowed."""
        result = await self._open(claim)
        data = bytes(result.bytes() if self._at_once(claim.size) else await result.bytes_async())
        if hashlib.sha256(data).hexdigest() != claim.sha256:
            raise Corrupt("the object's content is not what its claim says")
        return data

    async def stream(self, claim: ObjectClaim) -> AsyncIterator[bytes]:
        """The object piece by piece. Raises Gone and NotAllowed when awaited, Corrupt at the end of what it gives."""
        result = await self._open(claim)

        async def pieces() -> AsyncIterator[bytes]:
            digest = hashlib.sha256()
            async for piece in result.stream(min_chunk_size=256 * 1024):
                digest.update(piece)
                yield bytes(piece)
            if digest.hexdigest() != claim.sha256:
                raise Corrupt("the object's content is not what its claim says")

        return pieces()

    async def delete(self, name: str) -> None:
        """Delete one object of our own; one that is gone already is fine."""
        self._own(name)
        try:
            await obstore.delete_async(self._store, name)
        except FileNotFoundError:
            return

    async def names(self, person_id: UUID) -> AsyncIterator[str]:
        """The names of all our objects about a person."""
        async for chunk in obstore.list(self._store, prefix=f"{self.service}/{person_id}/"):
            for entry in chunk:
                yield entry["path"]

    async def older_than(self, age: timedelta) -> AsyncIterator[list[str]]:
        """The names of all our objects that were written longer ago than that, by the store's own clock, some hundreds at a time."""
        before = datetime.now(UTC) - age
        async for chunk in obstore.list(self._store, prefix=f"{self.service}/", chunk_size=500):
            if names := [entry["path"] for entry in chunk if entry["last_modified"] < before]:
                yield names

    async def _open(self, claim: ObjectClaim) -> Any:
        owner = claim.name.partition("/")[0]
        if self.service not in OBJECT_READERS.get(owner, ()):
            raise NotAllowed(f"{self.service} may not read what {owner} wrote")
        try:
            return obstore.get(self._store, claim.name) if self._at_once(claim.size) else await obstore.get_async(self._store, claim.name)
        except FileNotFoundError:
            raise Gone("the object is not there any more") from None

    def _at_once(self, size: int) -> bool:
        return self._local and size <= SMALL_BYTES

    def _own(self, name: str) -> None:
        if not name.startswith(f"{self.service}/"):
            raise NotAllowed(f"{self.service} writes under its own prefix only")
