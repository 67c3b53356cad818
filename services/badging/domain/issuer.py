"""The issuer. One public base URL gives the DID and every address in a badge."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

DID_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


class BadPublicUrl(ValueError):
    """The base URL cannot be a did:web."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer. `url` is the public base URL without a slash at its end, `did` what `did_web` makes of it."""

    url: str
    did: str
    name: str

    @property
    def profile(self) -> dict[str, Any]:
        """The Profile in every badge (Open Badges 3.0, section B.1.13)."""
        return {"id": self.did, "type": ["Profile"], "name": self.name, "url": self.url}

    def badge_url(self, badge_id: UUID) -> str:
        """The address of a badge's page, and of its credential for requests for JSON. It is the credential's id."""
        return f"{self.url}/badges/{badge_id}"

    def achievement_url(self, slug: str, version: int) -> str:
        """The id of one version of an achievement."""
        return f"{self.url}/achievements/{slug}/{version}"

    def status_url(self, name: str) -> str:
        """The id of a status list."""
        return f"{self.url}/status/{name}"


def issuer(public_url: str, name: str) -> Issuer:
    """The issuer at `public_url`. Raises BadPublicUrl."""
    did = did_web(public_url)
    return Issuer(url=public_url.rstrip("/"), did=did, name=name)


def did_web(url: str) -> str:
    """The did:web whose document is under `url`. The port's colon becomes %3A, and slashes of the path become colons
    (did:web method, 3.2).

    `https://example.org:8443/badges` is `did:web:example.org%3A8443:badges`. Plain http gives the same DID, for
    development; resolvers always use https. Raises BadPublicUrl.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise BadPublicUrl("the port is not a number from 0 to 65535") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise BadPublicUrl("it must begin with https:// and a host")
    if "@" in parts.netloc or parts.query or parts.fragment or ":" in parts.hostname:
        raise BadPublicUrl(
            "it must be a host, a port or none, and a path or none: no user, query, fragment or IPv6 address"
        )
    host = parts.hostname if port is None else f"{parts.hostname}%3A{port}"
    return ":".join(["did:web", host, *(quote(segment, safe="-._~%") for segment in parts.path.split("/") if segment)])


def method_id(did: str, public_key: str) -> str:
    """The id of a verification method. Its fragment is the key itself, so a new key never has the id of an old one."""
    return f"{did}#{public_key}"


def did_document(did: str, public_keys: Sequence[str]) -> dict[str, Any]:
    """The DID document: the key in use first, then former keys, whose signatures stay valid.

    `public_keys` are Multikeys (`z6Mk...`). A former key that leaked must be left out.
    """
    methods = [
        {"id": method_id(did, key), "type": "Multikey", "controller": did, "publicKeyMultibase": key}
        for key in public_keys
    ]
    return {
        "@context": list(DID_CONTEXTS),
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
