"""Independent verifiers accept everything that is signed, and nothing else."""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from openbadgeslib.ob3 import OB3VerificationError
from openbadgeslib.ob3.did import resolve_verification_method

from services.badging.clients.signer import Signer, base58, multikey
from services.badging.domain import issuer as issuers
from services.badging.domain import status_lists
from tests.unit.badging import sample
from tests.unit.badging.verifying import by_openbadgeslib, by_the_book, from_base58

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(KEY, sample.WHO.did)


@pytest.fixture(scope="module")
def signed(signer: Signer) -> dict[str, Any]:
    return signer.sign(sample.document(), sample.CREATED)


def test_signature_is_verified_by_others(signed: dict[str, Any]) -> None:
    by_the_book(signed, PUBLIC)
    found = by_openbadgeslib(signed, PUBLIC)

    assert (found.issuer.id, found.name, found.id) == (
        sample.WHO.did,
        "Community Engagement Fundamentals",
        sample.document()["id"],
    )
    assert [(result.value, result.result_description) for result in found.results] == [
        ("Demonstrated", f"{found.achievement.id}#result/community"),
        ("Exceeded", f"{found.achievement.id}#result/roles"),
    ]


def test_proof(signed: dict[str, Any]) -> None:
    (proof,) = signed["proof"]

    assert {name: value for name, value in proof.items() if name != "proofValue"} == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2025-03-01T10:30:16Z",
        "verificationMethod": f"{sample.WHO.did}#{multikey(PUBLIC)}",
        "proofPurpose": "assertionMethod",
    }
    assert len(from_base58(proof["proofValue"].removeprefix("z"))) == 64
    assert {name: value for name, value in signed.items() if name != "proof"} == sample.document()


def test_signing_again_gives_the_same(signer: Signer, signed: dict[str, Any]) -> None:
    assert signer.sign(sample.document(), sample.CREATED) == signed
    assert Signer(KEY, sample.WHO.did).sign(sample.document(), sample.CREATED) == signed
    assert signer.sign(sample.document(), sample.CREATED + timedelta(seconds=1)) != signed


def subject(credential: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = credential["credentialSubject"]
    return found


TAMPERING: dict[str, Callable[[dict[str, Any]], object]] = {
    "a name": lambda badge: badge.update(name="Doctor of Everything"),
    "the issuer's name": lambda badge: badge["issuer"].update(name="Somebody else"),
    "the date": lambda badge: badge.update(validFrom="2020-01-01T00:00:00Z"),
    "the earner": lambda badge: subject(badge)["identifier"][0].update(identityHash="sha256$" + "0" * 64),
    "the salt": lambda badge: subject(badge)["identifier"][0].update(salt="other"),
    "a level": lambda badge: subject(badge)["result"][0].update(
        achievedLevel=subject(badge)["result"][1]["achievedLevel"]
    ),
    "a level's name": lambda badge: subject(badge)["result"][0].update(value="Exceeded"),
    "a result left out": lambda badge: subject(badge)["result"].pop(),
    "a criterion": lambda badge: subject(badge)["achievement"]["criteria"].update(narrative="Nothing at all."),
    "a status entry left out": lambda badge: badge["credentialStatus"].pop(0),
    "another place in the list": lambda badge: badge["credentialStatus"][0].update(statusListIndex="1"),
    "when it was signed": lambda badge: badge["proof"][0].update(created="2020-01-01T00:00:00Z"),
    "no more status": lambda badge: badge.pop("credentialStatus"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampered_badge_is_rejected(signed: dict[str, Any], what: str) -> None:
    tampered = copy.deepcopy(signed)
    TAMPERING[what](tampered)
    assert tampered != signed

    with pytest.raises(InvalidSignature):
        by_the_book(tampered, PUBLIC)
    with pytest.raises(OB3VerificationError):
        by_openbadgeslib(tampered, PUBLIC)


def test_added_term_is_rejected_though_the_signature_does_not_see_it(signed: dict[str, Any]) -> None:
    with pytest.raises(OB3VerificationError):
        by_openbadgeslib({**signed, "honours": "summa cum laude"}, PUBLIC)


def test_other_key_does_not_verify(signed: dict[str, Any]) -> None:
    with pytest.raises(InvalidSignature):
        by_the_book(signed, OTHER)
    with pytest.raises(OB3VerificationError):
        by_openbadgeslib(signed, OTHER)


def test_status_list_is_signed_likewise(signer: Signer) -> None:
    document = status_lists.list_credential(sample.WHO, "revocation", 1, [4711], sample.AWARDED)

    by_the_book(signer.sign(document, sample.CREATED), PUBLIC)


def test_what_is_signed_already_is_refused(signer: Signer, signed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has a proof already"):
        signer.sign(signed, sample.CREATED)


def test_did_document_leads_to_the_key(signer: Signer, signed: dict[str, Any]) -> None:
    document = json.dumps(issuers.did_document(sample.WHO.did, signer.public_keys)).encode()
    asked = []

    def download(url: str) -> bytes:
        asked.append(url)
        return document

    pem = resolve_verification_method(signed["proof"][0]["verificationMethod"], download=download)

    assert asked == ["https://badges.example.org:8443/cep/did.json"]
    assert load_pem_public_key(pem) == PUBLIC


def test_former_keys_follow_the_one_in_use() -> None:
    signer = Signer(KEY, sample.WHO.did, [OTHER, PUBLIC])

    assert signer.public_keys == (multikey(PUBLIC), multikey(OTHER))


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\x01", bytes(range(64)), b"\xff" * 64])
def test_base58(data: bytes) -> None:
    assert from_base58(base58(data)) == data
