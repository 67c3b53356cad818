"""Two verifiers that share no code with the signer: openbadgeslib, and the algorithm of vc-di-eddsa (3.2) written a
second time."""

import copy
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadgeslib.ob3 import OB3LdpVerifier, OpenBadgeCredential
from openbadgeslib.ob3.contexts import document_loader
from pyld import jsonld

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def by_openbadgeslib(credential: dict[str, Any], key: Ed25519PublicKey) -> OpenBadgeCredential:
    """Raises OB3VerificationError."""
    return OB3LdpVerifier(pubkey_pem=key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).verify(
        copy.deepcopy(credential)
    )


def by_the_book(credential: dict[str, Any], key: Ed25519PublicKey) -> None:
    """Raises InvalidSignature."""
    unsecured = {name: value for name, value in credential.items() if name != "proof"}
    (proof,) = credential["proof"]
    options = {name: value for name, value in proof.items() if name != "proofValue"} | {
        "@context": credential["@context"]
    }
    hashes = [hashlib.sha256(plain_canonical(part).encode()).digest() for part in (options, unsecured)]
    key.verify(from_base58(proof["proofValue"].removeprefix("z")), b"".join(hashes))


def plain_canonical(document: dict[str, Any]) -> str:
    """RDFC-1.0 of a document, expanded anew, by pyld's public function."""
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": document_loader()}
    text: str = jsonld.normalize(copy.deepcopy(document), options)
    return text


def from_base58(text: str) -> bytes:
    number = 0
    for letter in text:
        number = number * 58 + ALPHABET.index(letter)
    return b"\0" * (len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8)
