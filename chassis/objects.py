"""The object store: files and everything that people wrote.

One prefix a writing service, under it one for the person the text is about.

Objects are put first, under a fresh random name, then the row that names them (`chassis.writing`); names are never
reused, and no API shows one. What people are shown is read by `chassis.showing`.
"""

import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from contracts.claims import ObjectClaim
from contracts.topics import OBJECT_READERS

SMALL_BYTES = 64 * 1024
"""A local file up to this size is read or written here and now: that takes less time than to have a thread do it."""

PIECE_BYTES = 256 * 1024
"""The least size of a piece that is read at once."""

_UNFINISHED = re.compile(r".*#\d+$")
"""What a local store calls a file that is still being written; it lists none of them."""


class Gone(Exception):
    """The object is not there: its person was erased. A normal outcome."""


class Corrupt(Exception):
    """The object's bytes are not those that the claim names."""


class StoreFailed(Exception):
    """The store is away, or fails for this object."""


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
        """`file:///folder` (made if missing) or what obstore takes: `s3://bucket/prefix` with its credentials in the
        environment."""
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(parents=True, exist_ok=True)
            return cls(service, LocalStore(folder))
        return cls(service, from_url(url))

    def fresh_name(self, person_id: UUID) -> str:
        """A name that no object has, for one about this person."""
        return f"{self.service}/{person_id}/{secrets.token_urlsafe(24)}"

    async def put(self, person_id: UUID, data: bytes | AsyncIterator[bytes], media_type: str) -> ObjectClaim:
        """Write `data`, about this person, under a fresh name. Raises what `put_as` raises."""
        return await self.put_as(self.fresh_name(person_id), data, media_type)

    async def put_as(self, name: str, data: bytes | AsyncIterator[bytes], media_type: str) -> ObjectClaim:
        """Write `data` under a name that was made for it. From an iterator, a few chunks are in memory at a time.

        Raises NotAllowed, StoreFailed, and what the iterator raises: then nothing is kept.
        """
        self._own(name)
        digest, size = hashlib.sha256(), 0

        async def measured(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        with _failing(missing=StoreFailed):
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
        """The whole object. Raises Gone, Corrupt, NotAllowed, StoreFailed."""
        result = await self._open(claim)
        with _failing():
            data = bytes(result.bytes() if self._at_once(claim.size) else await result.bytes_async())
        if hashlib.sha256(data).hexdigest() != claim.sha256:
            raise Corrupt("the object's content is not what its claim says")
        return data

    async def stream(self, claim: ObjectClaim) -> AsyncIterator[bytes]:
        """The object piece by piece.

        Raises what `get` raises: when awaited, or Corrupt and StoreFailed in the place of a piece.

        The last piece is given only when all of them are what the claim says, so nobody gets a damaged object whole.
        """
        result = await self._open(claim)

        async def pieces() -> AsyncIterator[bytes]:
            digest, held = hashlib.sha256(), b""
            with _failing():
                async for piece in result.stream(min_chunk_size=PIECE_BYTES):
                    if held:
                        yield held
                    held = bytes(piece)
                    digest.update(held)
            if digest.hexdigest() != claim.sha256:
                raise Corrupt("the object's content is not what its claim says")
            yield held

        return pieces()

    def read_range(self, name: str, start: int, length: int) -> bytes:
        """Some bytes of one of our own objects; fewer where it ends.

        It waits for the store, so it is for a thread. Raises Gone, StoreFailed.
        """
        self._own(name)
        with _failing():
            return bytes(obstore.get_range(self._store, name, start=start, length=length))

    async def delete(self, name: str) -> None:
        """Delete one object of our own; one that is gone already is fine. Raises StoreFailed."""
        self._own(name)
        try:
            with _failing():
                await obstore.delete_async(self._store, name)
        except Gone:
            return

    async def names(self, person_id: UUID) -> AsyncIterator[str]:
        """The names of all our objects about a person."""
        async for chunk in obstore.list(self._store, prefix=f"{self.service}/{person_id}/"):
            for entry in chunk:
                yield entry["path"]

    async def older_than(self, age: timedelta) -> AsyncIterator[list[str]]:
        """The names of all our objects that were written longer ago than that, by the store's own clock, some hundreds
        at a time."""
        before = datetime.now(UTC) - age
        async for chunk in obstore.list(self._store, prefix=f"{self.service}/", chunk_size=500):
            if names := [entry["path"] for entry in chunk if entry["last_modified"] < before]:
                yield names

    def forget_unfinished(self, age: timedelta) -> None:
        """Remove files whose writing was interrupted by the end of a process longer ago than that.

        A local store keeps them, and lists none. A cloud's own rules end what was not finished (docs/operations.md).
        """
        if not self._local:
            return
        before = (datetime.now(UTC) - age).timestamp()
        for file in (Path(self._store.prefix) / self.service).rglob("*#*"):
            if _UNFINISHED.fullmatch(file.name) and file.is_file() and file.stat().st_mtime < before:
                file.unlink(missing_ok=True)

    async def _open(self, claim: ObjectClaim) -> Any:
        owner = claim.name.partition("/")[0]
        if self.service not in OBJECT_READERS.get(owner, ()):
            raise NotAllowed(f"{self.service} may not read what {owner} wrote")
        with _failing():
            result = (
                obstore.get(self._store, claim.name)
                if self._at_once(claim.size)
                else await obstore.get_async(self._store, claim.name)
            )
        if result.meta["size"] != claim.size:
            raise Corrupt("the object's size is not what its claim says")
        return result

    def _at_once(self, size: int) -> bool:
        return self._local and size <= SMALL_BYTES

    def _own(self, name: str) -> None:
        if not name.startswith(f"{self.service}/"):
            raise NotAllowed(f"{self.service} writes under its own prefix only")


@contextmanager
def _failing(missing: type[Exception] = Gone) -> Iterator[None]:
    """What the store raises, as ours. It raises ValueError for a name that cannot be one."""
    try:
        yield
    except FileNotFoundError:
        raise missing("the object is not there any more") from None
    except (BaseError, OSError, ValueError) as error:
        raise StoreFailed(f"the object store failed: {str(error).partition(chr(10))[0]}") from error
