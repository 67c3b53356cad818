"""Keys: session tokens that only `intake` signs, and link tokens that only `notify` can open. Also reads the program's
folder."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import jwt
from nacl.public import PublicKey, SealedBox

from contracts.catalog import CredentialDefinition
from contracts.session import ALGORITHM, LIFETIME, SessionClaims
from program import lock
from program.checks import lacking
from program.loader import ProgramError, load
from program.source import Fault
from services.intake.domain.links import Secret


class Signer:
    """Signs session tokens with the private JWK (RFC 8037) in a file. The token names the key by its `kid`."""

    def __init__(self, file: Path) -> None:
        try:
            found = json.loads(file.read_text())
            self._key = jwt.PyJWK(found, algorithm=ALGORITHM).key
            self._kid = found["kid"]
        except (OSError, ValueError, KeyError, jwt.PyJWTError) as error:
            raise SystemExit(
                f"SESSION_KEY_FILE: {file} holds no private Ed25519 JWK with a `kid` ({error!r})"
            ) from None

    def sign(self, person_id: UUID, began_at: datetime) -> tuple[str, datetime]:
        """A token for a session that began at that time, and the time when it expires. The same arguments give the same
        token."""
        expires_at = began_at + LIFETIME
        claims = SessionClaims(sub=person_id, iat=began_at.timestamp(), exp=expires_at.timestamp())
        return jwt.encode(
            claims.model_dump(mode="json"), self._key, algorithm=ALGORITHM, headers={"kid": self._kid}
        ), expires_at


class Sealer:
    """Makes link tokens and seals them with the public key of `notify` (libsodium sealed box)."""

    def __init__(self, file: Path) -> None:
        try:
            self._box = SealedBox(PublicKey(base64.b64decode(file.read_text(), validate=False)))
        except (OSError, ValueError, TypeError) as error:
            raise SystemExit(f"SEAL_PUBLIC_KEY_FILE: {file} does not hold 32 bytes in base64 ({error!r})") from None

    def make(self) -> Secret:
        """A new token of 256 random bits: its hash, and the sealed token."""
        token = secrets.token_urlsafe(32)
        return Secret(hash_of(token), base64.b64encode(self._box.encrypt(token.encode())).decode())


def hash_of(token: str) -> bytes:
    """The hash of a link token, which is all that is kept of it."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class Files:
    """The present content of the program's folder: every version, or its faults (files named from the folder on).

    `pinned`: the versions in `released.lock`, as `slug/v1`. Their judged parts never change.
    """

    definitions: Mapping[tuple[str, int], CredentialDefinition] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    pinned: frozenset[str] = frozenset()


class ProgramFolder:
    """The folder with the program as data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def read(self) -> Files:
        """Read and check the folder, as at the start of the service."""
        return await asyncio.to_thread(self._read)

    @staticmethod
    def lacking(definition: CredentialDefinition) -> list[str]:
        """What a version lacks to be opened, in the words of `python -m program check`."""
        return [f"{one.field}: {one.problem}; {one.remedy}" for one in lacking(definition)]

    def _read(self) -> Files:
        pinned = frozenset(lock.read(self.folder)[0])
        try:
            found = load(self.folder).credentials
        except ProgramError as error:
            return Files(faults=tuple(replace(one, file=self._called(one.file)) for one in error.faults), pinned=pinned)
        return Files({(one.slug, one.version): one for one in found}, pinned=pinned)

    def _called(self, file: str) -> str:
        path = Path(file)
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else path.name
