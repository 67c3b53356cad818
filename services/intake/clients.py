"""Keys at work: session tokens that `intake` alone signs, link tokens that only their reader can open."""

import base64
import hashlib
import json
import secrets
from datetime import datetime
from pathlib import Path
from uuid import UUID

import jwt
from nacl.public import PublicKey, SealedBox

from contracts.session import ALGORITHM, LIFETIME, SessionClaims
from services.intake.domain.links import Secret


class Signer:
    """Signs session tokens with the private JWK (RFC 8037) in a file; the token names the key by its `kid`."""

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
        """A token for a session that began then, and when it runs out. The same arguments give the same token."""
        expires_at = began_at + LIFETIME
        claims = SessionClaims(sub=person_id, iat=began_at.timestamp(), exp=expires_at.timestamp())
        return jwt.encode(
            claims.model_dump(mode="json"), self._key, algorithm=ALGORITHM, headers={"kid": self._kid}
        ), expires_at


class Sealer:
    """Makes link tokens and seals them with the public key of who mails them (libsodium sealed box)."""

    def __init__(self, file: Path) -> None:
        try:
            self._box = SealedBox(PublicKey(base64.b64decode(file.read_text(), validate=False)))
        except (OSError, ValueError, TypeError) as error:
            raise SystemExit(f"SEAL_PUBLIC_KEY_FILE: {file} does not hold 32 bytes in base64 ({error!r})") from None

    def make(self) -> Secret:
        """A fresh token of 256 random bits: its hash, and itself sealed."""
        token = secrets.token_urlsafe(32)
        return Secret(hash_of(token), base64.b64encode(self._box.encrypt(token.encode())).decode())


def hash_of(token: str) -> bytes:
    """What is kept of a link token."""
    return hashlib.sha256(token.encode()).digest()
