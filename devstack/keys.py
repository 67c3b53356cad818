"""Keys and passwords of one devstack: made once, each in a file that only its owner reads. Deployments bring their own."""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from nacl.public import PrivateKey

from devstack.names import SERVICES


@dataclass(frozen=True)
class Keys:
    """Where each key lies. Which process is given which path: `programs`."""

    folder: Path

    @property
    def session_private(self) -> Path:
        """JWK (RFC 8037) with which `intake` signs session tokens."""
        return self.folder / "session.jwk"

    @property
    def session_public(self) -> Path:
        """JWKS with which every service checks them."""
        return self.folder / "session.jwks.json"

    @property
    def seal_public(self) -> Path:
        """With it `intake` seals what only `notify` may read (libsodium sealed box; 32 bytes, base64)."""
        return self.folder / "seal.public"

    @property
    def seal_private(self) -> Path:
        """With it `notify` opens what was sealed."""
        return self.folder / "seal.private"

    @property
    def issuer(self) -> Path:
        """Ed25519 key that signs badges (PEM, PKCS8); for `badging` only."""
        return self.folder / "issuer.pem"

    @property
    def stripe_webhook_secret_file(self) -> Path:
        """Shared by the Stripe sandbox, which signs webhooks, and `payments`, which checks them."""
        return self.folder / "stripe_webhook_secret"

    @property
    def stripe_webhook_secret(self) -> str:
        """The secret itself."""
        return self.stripe_webhook_secret_file.read_text().strip()

    @property
    def stripe_api_key(self) -> str:
        """The key with which `payments` calls the sandbox."""
        return (self.folder / "stripe_api_key").read_text().strip()

    @property
    def postgres_admin_password(self) -> str:
        """The administrator of the embedded PostgreSQL."""
        return (self.folder / "postgres_admin").read_text().strip()

    @property
    def database_passwords(self) -> dict[str, str]:
        """The password of each service's role."""
        found: dict[str, str] = json.loads((self.folder / "databases.json").read_text())
        return found


def ensure_keys(folder: Path) -> Keys:
    """Makes what is missing and leaves what is there: the folder 0700, each file 0600. May be repeated."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    keys = Keys(folder)
    if not keys.session_private.exists():
        private, public = _session_key()
        _write(keys.session_public, json.dumps({"keys": [public]}, indent=2))
        _write(keys.session_private, json.dumps(private, indent=2))
    if not keys.seal_private.exists():
        box = PrivateKey.generate()
        _write(keys.seal_public, _base64(bytes(box.public_key)))
        _write(keys.seal_private, _base64(bytes(box)))
    if not keys.issuer.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(keys.issuer, pem.decode())
    for name, prefix in (("stripe_webhook_secret", "whsec_"), ("stripe_api_key", "sk_test_"), ("postgres_admin", "")):
        if not (folder / name).exists():
            _write(folder / name, prefix + secrets.token_hex(24))
    if not (folder / "databases.json").exists():
        _write(folder / "databases.json", json.dumps({service: secrets.token_hex(16) for service in SERVICES}, indent=2))
    return keys


def _session_key() -> tuple[dict[str, str], dict[str, str]]:
    key = Ed25519PrivateKey.generate()
    x = _base64url(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    d = _base64url(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    public = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": secrets.token_hex(8), "x": x}
    return {**public, "d": d}, public


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
    draft.replace(path)
