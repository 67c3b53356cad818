"""DIDs and addresses from one public URL."""

import pytest

from services.badging.domain.issuer import BadPublicUrl, did_document, did_web, issuer
from tests.unit.badging import sample


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://badges.example.org", "did:web:badges.example.org"),
        ("https://badges.example.org/", "did:web:badges.example.org"),
        ("https://Badges.Example.org:8443", "did:web:badges.example.org%3A8443"),
        ("http://127.0.0.1:8004", "did:web:127.0.0.1%3A8004"),
        ("https://example.org/cep/badges/", "did:web:example.org:cep:badges"),
        ("https://example.org:8443/a b", "did:web:example.org%3A8443:a%20b"),
        ("https://example.org/a%20b", "did:web:example.org:a%20b"),
    ],
)
def test_did_web(url: str, did: str) -> None:
    assert did_web(url) == did


@pytest.mark.parametrize(
    "url",
    [
        "",
        "badges.example.org",
        "ftp://example.org",
        "https://",
        "https://user:secret@example.org",
        "https://example.org/?a=b",
        "https://example.org/#a",
        "https://example.org:port",
        "https://[::1]:8004",
    ],
)
def test_url_that_is_no_did_web(url: str) -> None:
    with pytest.raises(BadPublicUrl) as refused:
        did_web(url)
    assert "secret" not in str(refused.value)


def test_addresses_stand_below_the_public_url() -> None:
    who = issuer("https://example.org/cep/", "The Program")

    assert who.badge_url(sample.PERSON) == f"https://example.org/cep/badges/{sample.PERSON}"
    assert who.achievement_url("a", 2) == "https://example.org/cep/achievements/a/2"
    assert who.status_url("revocation-1") == "https://example.org/cep/status/revocation-1"


def test_did_document_holds_the_key_in_use_and_former_ones() -> None:
    did = "did:web:example.org"

    assert did_document(did, ["zNew", "zOld"]) == {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [
            {"id": f"{did}#zNew", "type": "Multikey", "controller": did, "publicKeyMultibase": "zNew"},
            {"id": f"{did}#zOld", "type": "Multikey", "controller": did, "publicKeyMultibase": "zOld"},
        ],
        "assertionMethod": [f"{did}#zNew", f"{did}#zOld"],
    }
