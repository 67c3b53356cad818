"""Answers with public documents: in the form that the client asks for, with a validator, readable by scripts of any
site."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response

from chassis.http.refusals import MEDIA_TYPE
from web.public import validated

HTML = "text/html"
JSON = "application/json"
CREDENTIAL_TYPES = (JSON, "application/ld+json", "application/vc", "application/vc+ld+json")
"""The media types of a credential (VC Data Model 2.0, section 6.2). All have the same bytes."""
LINKED_DATA_TYPES = (JSON, "application/ld+json")
DID_TYPES = (JSON, "application/did+json", "application/did+ld+json", "application/did")


def described(types: Sequence[str]) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the answers of `answer` in these media types. The refusals of a page are pages."""
    refusals = (MEDIA_TYPE, HTML) if HTML in types else (MEDIA_TYPE,)
    return {
        200: {"description": "The document, in the requested media type", "content": {kind: {} for kind in types}},
        304: {"description": "It has not changed"},
        404: {"description": "There is no such thing", "content": {kind: {} for kind in refusals}},
    }


def chosen(request: Request, offers: Sequence[str]) -> str:
    """The offer that `Accept` prefers (RFC 9110, 12.5.1). Among equals, and if none is wanted, it is the first."""
    accepted = _accepted(request.headers.get("Accept", "*/*"))
    return max(offers, key=lambda offer: (_quality(offer, accepted), -offers.index(offer)))


def answer(request: Request, content: bytes, media_type: str, max_age: int) -> Response:
    """A public document that caches may keep for `max_age` seconds. A client that has it gets 304 without content."""
    headers = {"Cache-Control": f"public, max-age={max_age}", "Vary": "Accept"}
    return validated(request, content, media_type, headers)


def _accepted(header: str) -> dict[str, float]:
    accepted = {}
    for part in header.split(","):
        kind, *parameters = [each.strip() for each in part.split(";")]
        quality = next((each[2:] for each in parameters if each.lower().startswith("q=")), "1")
        try:
            accepted[kind.lower()] = min(1.0, max(0.0, float(quality)))
        except ValueError:
            accepted[kind.lower()] = 0.0
    return accepted


def _quality(offer: str, accepted: Mapping[str, float]) -> float:
    return next((accepted[kind] for kind in (offer, f"{offer.partition('/')[0]}/*", "*/*") if kind in accepted), 0.0)
