"""The kinds of keys: how each is made and checked, and what is lost with it."""

import base64
import binascii
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from nacl.public import PrivateKey

from devstack.names import SERVICES

_IN_AN_ADDRESS = re.compile(r"[A-Za-z0-9_-]+")
"""The characters of a password, which is part of a database's address."""


class Unfit(Exception):
    """A key is not of its kind. The message completes `<file> ...`."""


@dataclass(frozen=True)
class Kind:
    """One file. `loss`: what it does and what is lost with it. `fits` raises Unfit. `make` gets the text of `private`,
    if the key has one.

    `several`: it may hold the public halves of other keys too, so it is never replaced by the public half of one key.
    """

    name: str
    loss: str
    make: Callable[[str], str]
    fits: Callable[[str, str], None]
    private: str = ""
    several: bool = False


def _make_session(_: str) -> str:
    key = Ed25519PrivateKey.generate()
    x, d = (
        _base64url(_public_bytes(key)),
        _base64url(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())),
    )
    return json.dumps(
        {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": secrets.token_hex(8), "x": x, "d": d},
        indent=2,
    )


def _public_session(private: str) -> str:
    return json.dumps({"keys": [{name: value for name, value in json.loads(private).items() if name != "d"}]}, indent=2)


def _is_session(text: str, _: str) -> None:
    key = _json(text)
    try:
        raw = base64.urlsafe_b64decode(key["d"] + "==")
        fits = _base64url(_public_bytes(Ed25519PrivateKey.from_private_bytes(raw))) == key["x"] and isinstance(
            key["kid"], str
        )
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise Unfit("is damaged: it is not a private Ed25519 key in the form of a JWK")


def _is_public_session(text: str, private: str) -> None:
    keys = _json(text)
    keys = keys.get("keys") if isinstance(keys, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Unfit("is damaged: it is not a JWKS")
    own = _json(private) if private else None
    if own and not any((key.get("kid"), key.get("x")) == (own["kid"], own["x"]) for key in keys):
        raise Unfit("does not hold the public half of session.jwk")


def _make_seal(_: str) -> str:
    return _base64(bytes(PrivateKey.generate()))


def _public_seal(private: str) -> str:
    return _base64(bytes(PrivateKey(base64.b64decode(private)).public_key))


def _is_seal(text: str, private: str) -> None:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != PrivateKey.SIZE:
        raise Unfit("is damaged: it is not 32 bytes in base64")
    if private and text != _public_seal(private):
        raise Unfit("is not the public half of seal.private")


def _make_issuer(_: str) -> str:
    return (
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()
    )


def _is_issuer(text: str, _: str) -> None:
    try:
        fits = isinstance(load_pem_private_key(text.encode(), None), Ed25519PrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        fits = False
    if not fits:
        raise Unfit("is damaged: it is not an Ed25519 private key in PEM")


def _word(prefix: str = "") -> Callable[[str], str]:
    return lambda _: prefix + secrets.token_hex(24)


def _is_word(text: str, _: str) -> None:
    if not text or len(text.split()) != 1:
        raise Unfit("is damaged: it is not one word")


def _is_password(text: str, _: str) -> None:
    if not _IN_AN_ADDRESS.fullmatch(text):
        raise Unfit("is damaged: a password of ours is letters, digits, - and _")


def _make_passwords(_: str) -> str:
    return json.dumps({service: secrets.token_hex(16) for service in SERVICES}, indent=2)


def _are_passwords(text: str, _: str) -> None:
    found = _json(text)
    if not isinstance(found, dict) or not all(
        isinstance(word, str) and _IN_AN_ADDRESS.fullmatch(word) for word in found.values()
    ):
        raise Unfit("is damaged: it is not one JSON object of services and passwords")
    if missing := [service for service in SERVICES if service not in found]:
        raise Unfit(f"has no password of {', '.join(missing)}")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unfit("is damaged: it is not whole JSON") from None


def _public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


KINDS = (
    Kind("session.jwk", "signs sessions: without it everybody has to sign in again", _make_session, _is_session),
    Kind(
        "session.jwks.json",
        "checks sessions: without it nobody is signed in",
        _public_session,
        _is_public_session,
        "session.jwk",
        several=True,
    ),
    Kind(
        "seal.private",
        "opens sealed links: without it the links under way cannot be read and are not mailed",
        _make_seal,
        _is_seal,
    ),
    Kind(
        "seal.public",
        "seals links for seal.private: without it no link is mailed",
        _public_seal,
        _is_seal,
        "seal.private",
    ),
    Kind(
        "issuer.pem",
        "signs badges: without it badges that were issued before cannot be verified any more",
        _make_issuer,
        _is_issuer,
    ),
    Kind(
        "stripe_webhook_secret",
        "signs webhooks: without it payments that are under way do not arrive",
        _word("whsec_"),
        _is_word,
    ),
    Kind("stripe_api_key", "lets payments call Stripe: without it nobody can pay", _word("sk_test_"), _is_word),
    Kind(
        "postgres_admin",
        "is the password of PostgreSQL's administrator: without it the data cannot be opened",
        _word(),
        _is_password,
    ),
    Kind(
        "databases.json",
        "holds the passwords of the services' databases: without it no service can open its database",
        _make_passwords,
        _are_passwords,
    ),
)
"""Every file; a private half stands before its public half."""
