"""Keys that cannot be used: the error names the setting and the remedy."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from services.badging.clients.signer import Signer, multikey

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
FORMER = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key() for n in (1, 2)]
DID = "did:web:example.org"


def public_pem(*keys: object) -> bytes:
    return b"\n".join(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in keys)  # type: ignore[attr-defined]


def test_keys_are_read(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(PEM)
    (tmp_path / "former.pem").write_bytes(b"two keys that signed before:\n" + public_pem(*FORMER))

    signer = Signer.open(tmp_path / "key.pem", tmp_path / "former.pem", DID)

    assert signer.public_keys == tuple(multikey(key) for key in (KEY.public_key(), *FORMER))
    assert signer.method == f"{DID}#{multikey(KEY.public_key())}"


UNUSABLE = {
    "text": b"not a key",
    "empty": b"",
    "public": public_pem(KEY.public_key()),
    "with password": KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
    "other kind": generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_unusable_private_key(tmp_path: Path, what: str) -> None:
    (tmp_path / "key.pem").write_bytes(UNUSABLE[what])

    with pytest.raises(SystemExit, match=r"^ISSUER_KEY_FILE: .*key\.pem.*openssl genpkey -algorithm ed25519"):
        Signer.open(tmp_path / "key.pem", None, DID)


def test_missing_private_key(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^ISSUER_KEY_FILE is not set\. .*openssl"):
        Signer.open(None, None, DID)
    with pytest.raises(
        SystemExit, match=r"^ISSUER_KEY_FILE: .*gone\.pem cannot be read \(No such file or directory\)\. .*openssl"
    ):
        Signer.open(tmp_path / "gone.pem", None, DID)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", PEM, public_pem(generate_private_key(SECP256R1()).public_key(), *FORMER)]
)
def test_unusable_former_keys(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.pem").write_bytes(PEM)
    (tmp_path / "former.pem").write_bytes(content)

    with pytest.raises(SystemExit, match=r"^ISSUER_FORMER_KEYS_FILE: .*former\.pem.* unset it if there are none"):
        Signer.open(tmp_path / "key.pem", tmp_path / "former.pem", DID)


def test_missing_former_keys(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(PEM)

    with pytest.raises(SystemExit, match=r"^ISSUER_FORMER_KEYS_FILE: .* cannot be read"):
        Signer.open(tmp_path / "key.pem", tmp_path / "gone.pem", DID)
