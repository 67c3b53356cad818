"""The issuer's key. Only this module reads it, and it is only used to sign (W3C Data Integrity, eddsa-rdfc-2022)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from services.badging.clients.jsonld import Canonicalizer
from services.badging.domain.credentials import timestamp
from services.badging.domain.issuer import method_id

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519 = b"\xed\x01"
"""The multicodec of an Ed25519 public key."""
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


class Signer:
    """Signs documents in the name of `did`. `public_keys`: the Multikey in use, then former ones."""

    def __init__(self, key: Ed25519PrivateKey, did: str, former: Sequence[Ed25519PublicKey] = ()) -> None:
        self._key = key
        self._canonicalizer = Canonicalizer()
        keys = [multikey(key.public_key()), *(multikey(each) for each in former)]
        self.public_keys = tuple(dict.fromkeys(keys))
        self.method = method_id(did, self.public_keys[0])

    @classmethod
    def open(cls, key_file: Path | None, former_keys_file: Path | None, did: str) -> "Signer":
        """Read the keys. Raises SystemExit with the setting's name and the remedy if one cannot be used."""
        former = () if former_keys_file is None else _public_keys(former_keys_file)
        return cls(_private_key(key_file), did, former)

    def sign(self, document: Mapping[str, Any], created: datetime) -> dict[str, Any]:
        """The document with its proof. The same document, time and key give the same proof.

        Raises clients.jsonld.UnsignableDocument. Takes some milliseconds of CPU: call it in a thread.
        """
        if "proof" in document:
            raise ValueError("the document has a proof already")
        options = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": timestamp(created),
            "verificationMethod": self.method,
            "proofPurpose": "assertionMethod",
        }
        canonical = self._canonicalizer.canonical
        parts = (canonical({"@context": document["@context"], **options}), canonical(document))
        signature = self._key.sign(b"".join(hashlib.sha256(part).digest() for part in parts))
        return {**document, "proof": [{**options, "proofValue": "z" + base58(signature)}]}


def multikey(key: Ed25519PublicKey) -> str:
    """A public key as `publicKeyMultibase` (W3C Controlled Identifiers, Multikey)."""
    return "z" + base58(_ED25519 + key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def base58(data: bytes) -> str:
    """Base 58 with Bitcoin's alphabet (multibase `z`, without the letter)."""
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def _private_key(file: Path | None) -> Ed25519PrivateKey:
    remedy = (
        "ISSUER_KEY_FILE names the issuer's private key, Ed25519 in PKCS #8 PEM: `openssl genpkey"
        " -algorithm ed25519 -out issuer.pem` makes one"
    )
    if file is None:
        raise SystemExit(f"ISSUER_KEY_FILE is not set. {remedy}")
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise SystemExit(f"ISSUER_KEY_FILE: {file} cannot be read ({error.strerror}). {remedy}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SystemExit(f"ISSUER_KEY_FILE: {file} does not hold a private key without a password. {remedy}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SystemExit(f"ISSUER_KEY_FILE: the key in {file} is not an Ed25519 key. {remedy}")
    return key


def _public_keys(file: Path) -> list[Ed25519PublicKey]:
    remedy = (
        "ISSUER_FORMER_KEYS_FILE holds public keys that signed badges before, Ed25519 in PEM, one"
        " after the other; unset it if there are none"
    )
    try:
        blocks = _PEM.findall(file.read_bytes())
        keys = [load_pem_public_key(block) for block in blocks]
    except OSError as error:
        raise SystemExit(f"ISSUER_FORMER_KEYS_FILE: {file} cannot be read ({error.strerror}). {remedy}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SystemExit(
            f"ISSUER_FORMER_KEYS_FILE: {file} holds something that is not a public key. {remedy}"
        ) from None
    wanted = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not keys or len(wanted) != len(keys):
        raise SystemExit(f"ISSUER_FORMER_KEYS_FILE: {file} does not hold Ed25519 public keys only. {remedy}")
    return wanted
