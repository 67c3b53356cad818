"""The object store: files and everything that people wrote. One prefix a writing service, under it one for the person the text is about.

Objects are put first, under a fresh random name, then the row that names them; names are never reused, and no API shows one.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import obstore
from obstore.store import LocalStore, from_url

from contracts.claims import ObjectClaim
from contracts.topics import OBJECT_READERS


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

    @classmethod
    def open(cls, service: str, url: str) -> "ObjectStore":
        """`file:///folder` (made if missing) or what obstore takes: `s3://bucket/prefix` with its credentials in the environment."""
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(parents=True, exist_ok=True)
            return cls(service, LocalStore(folder))
        return cls(service, from_url(url))

    async def put(self, person_id: UUID, data: bytes, media_type: str) -> ObjectClaim:
        """Write `data`, about this person, under a fresh name."""
        name = f"{self.service}/{person_id}/{secrets.token_urlsafe(24)}"
        await obstore.put_async(self._store, name, data)
        return ObjectClaim(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), media_type=media_type)

    async def get(self, claim: ObjectClaim) -> bytes:
        """The whole object. Raises Gone, Corrupt, NotAllowed."""
        owner = claim.name.partition("/")[0]
        if self.service not in OBJECT_READERS.get(owner, ()):
            raise NotAllowed(f"{self.service} may not read what {owner} wrote")
        try:
            result = await obstore.get_async(self._store, claim.name)
            data = bytes(await result.bytes_async())
        except FileNotFoundError:
            raise Gone("the object is not there any more") from None
        if hashlib.sha256(data).hexdigest() != claim.sha256:
            raise Corrupt("the object's content is not what its claim says")
        return data

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

    def _own(self, name: str) -> None:
        if not name.startswith(f"{self.service}/"):
            raise NotAllowed(f"{self.service} writes under its own prefix only")
