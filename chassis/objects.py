"""The object store: files, and all texts that people wrote.

Each writing service has a prefix, and in it each person whom an object is about.

An object is put first, under a fresh random name; the row that names it follows (`chassis.writing`). Names are never
used again, and no API shows one. `chassis.showing` reads what people are shown.
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
"""A local file up to this size (bytes) is read or written directly, because handing it to a thread takes longer."""

PIECE_BYTES = 256 * 1024
"""The least size (bytes) of a piece that is read at once."""

_UNFINISHED = re.compile(r".*#\d+$")
"""The names of files that a local store is still writing. It lists none of them."""


class Gone(Exception):
    """The object is not there, because its person was erased. This is normal."""


class Corrupt(Exception):
    """The object's bytes are not those that its claim describes."""


class StoreFailed(Exception):
    """The store cannot be reached, or fails for this object."""


class NotAllowed(Exception):
    """This service may not read or write under that prefix (contracts/topics.py, OBJECT_READERS)."""


class ObjectStore:
    """A service's access to the store. It writes only under its own prefix and reads where the contracts allow it."""

    def __init__(self, service: str, store: Any) -> None:
        self.service = service
        self._store = store
        self._local = isinstance(store, LocalStore)

    @classmethod
    def open(cls, service: str, url: str) -> "ObjectStore":
        """Open `file:///folder` (made if missing), or another address that obstore takes, such as `s3://bucket/prefix`
        with its credentials in the environment."""
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(parents=True, exist_ok=True)
            return cls(service, LocalStore(folder))
        return cls(service, from_url(url))

    def fresh_name(self, person_id: UUID) -> str:
        """A name that no object has yet, for an object about this person."""
        return f"{self.service}/{person_id}/{secrets.token_urlsafe(24)}"

    async def put(self, person_id: UUID, data: bytes | AsyncIterator[bytes], media_type: str) -> ObjectClaim:
        """Write `data`, about this person, under a fresh name. Raises what `put_as` raises."""
        return await self.put_as(self.fresh_name(person_id), data, media_type)

    async def put_as(self, name: str, data: bytes | AsyncIterator[bytes], media_type: str) -> ObjectClaim:
        """Write `data` under a name that was made for it. An iterator's data is never whole in memory.

        Raises NotAllowed, StoreFailed, and what the iterator raises. Then nothing is kept.
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

        Raises what `get` raises when it is awaited. Corrupt and StoreFailed may also come instead of a piece.

        The last piece comes only if all pieces together fit the claim, so nobody gets a damaged object whole.
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

        It blocks until the store answers, so call it in a thread. Raises Gone, StoreFailed.
        """
        self._own(name)
        with _failing():
            return bytes(obstore.get_range(self._store, name, start=start, length=length))

    async def delete(self, name: str) -> None:
        """Delete one object of our own. It may be gone already. Raises StoreFailed."""
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
        """The names of all our objects older than this, by the store's own clock, some hundreds at a time."""
        before = datetime.now(UTC) - age
        async for chunk in obstore.list(self._store, prefix=f"{self.service}/", chunk_size=500):
            if names := [entry["path"] for entry in chunk if entry["last_modified"] < before]:
                yield names

    def forget_unfinished(self, age: timedelta) -> None:
        """Remove unfinished files older than this, left by processes that ended while they wrote.

        A local store keeps such files without listing them. A cloud's own rules remove unfinished uploads
        (docs/operations.md).
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
    """Turn the store's exceptions into ours. It raises ValueError for a name that is not valid."""
    try:
        yield
    except FileNotFoundError:
        raise missing("the object is not there any more") from None
    except (BaseError, OSError, ValueError) as error:
        raise StoreFailed(f"the object store failed: {str(error).partition(chr(10))[0]}") from error
