"""Status lists (W3C Bitstring Status List 1.0): where a badge's bits are, and the credential that publishes all bits of
one purpose.

Lists come in pairs with one number: revocation (final) and suspension (may end). A badge has the same place in both.
"""

import base64
import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from services.badging.domain.badges import State
from services.badging.domain.credentials import VC_CONTEXT, timestamp
from services.badging.domain.issuer import Issuer

ENTRIES = 131_072
"""The bits of a list: the least that the specification allows. So many bits hide which badge a reader looks up."""

GUESSES = 8
"""The number of random places tried in a list before it counts as full."""

FRESH = timedelta(days=1)
"""A list is signed again when it is older than this."""

VALID = timedelta(days=7)
"""For how long a copy is valid. An old copy cannot hide a revocation for longer."""

PURPOSES = ("revocation", "suspension")
"""The purposes in the order of a badge's `credentialStatus`. Some verifiers read only the first entry."""

SET_IN: Mapping[str, frozenset[State]] = MappingProxyType(
    {"revocation": frozenset({State.ABANDONED}), "suspension": frozenset()}
)
"""The states of a badge in which its bit is set. An abandoned badge was never published. Its bit makes bytes of it
void, if they ever leaked."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a badge's bits are."""

    number: int
    index: int


Standing = Literal["valid", "suspended", "revoked"]
"""Whether a badge is in force: it is, it is not for now, or it is not any more."""


def standing(state: State) -> Standing:
    """What the lists say about a badge in this state. Revocation is final, so it counts before suspension."""
    if state in SET_IN["revocation"]:
        return "revoked"
    return "suspended" if state in SET_IN["suspension"] else "valid"


def changed(before: State, after: State) -> tuple[str, ...]:
    """The purposes of the lists in which this change of state changes the badge's bit."""
    return tuple(purpose for purpose in PURPOSES if (before in SET_IN[purpose]) is not (after in SET_IN[purpose]))


def name(purpose: str, number: int) -> str:
    """The last part of a list's address."""
    return f"{purpose}-{number}"


def entries(issuer: Issuer, place: Place) -> list[dict[str, Any]]:
    """The `credentialStatus` of a badge."""
    urls = [(purpose, issuer.status_url(name(purpose, place.number))) for purpose in PURPOSES]
    return [
        {
            "id": f"{url}#{place.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": str(place.index),
            "statusListCredential": url,
        }
        for purpose, url in urls
    ]


def encoded_list(indexes: Iterable[int]) -> str:
    """The bits as `encodedList`: the first entry is the leftmost bit, gzip, base64url without padding, after a
    multibase `u` (section 3.3).

    The same indexes give the same text. Raises IndexError for a place outside of the list.
    """
    bits = bytearray(ENTRIES // 8)
    for index in indexes:
        if not 0 <= index < ENTRIES:
            raise IndexError(f"a status list has the places 0 to {ENTRIES - 1}, not {index}")
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")


def list_credential(issuer: Issuer, purpose: str, number: int, indexes: Iterable[int], now: datetime) -> dict[str, Any]:
    """A BitstringStatusListCredential without its proof, as of `now`."""
    url = issuer.status_url(name(purpose, number))
    return {
        "@context": [VC_CONTEXT],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": timestamp(now),
        "validUntil": timestamp(now + VALID),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encoded_list(indexes),
        },
    }
