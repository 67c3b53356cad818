"""A badge, for everybody: what its signed credential says, whether it is in force, and how to check both."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson

from contracts import pages as addresses
from services.badging.domain import status_lists
from services.badging.domain.badges import Badge
from services.badging.domain.issuer import Issuer
from services.badging.domain.status_lists import Standing
from services.badging.views.documents import Found, View, found_in, groups_of

LINKEDIN = "https://www.linkedin.com/profile/add"


class Earner(View):
    """The earner of a badge in its credential: a hash of an address in lower case, followed by a salt."""

    algorithm: str
    digest: str
    salt: str


class StatusList(View):
    """A public list that says whether a badge is revoked or suspended. The badge's bit is at `index`."""

    purpose: str
    url: str
    index: int

    @property
    def path(self) -> str:
        """The path of the list on our present origin. The credential may name an older one."""
        return addresses.status_list(self.url.rpartition("/")[2])


class PublicBadge(View):
    """A badge's page. All of it comes from the signed credential, except `standing` and our own addresses, so a page
    cannot say more than the badge.

    `issuer_id` and `issued_at_url` come from the credential, because a badge may be older than the program's present
    address.
    """

    badge_id: UUID
    slug: str
    version: str
    name: str
    description: str
    criteria: str
    issuer_name: str
    issuer_id: str
    awarded_at: datetime
    standing: Standing
    found: tuple[Found, ...]
    groups: tuple[int, ...]
    earner: Earner | None
    status: tuple[StatusList, ...]
    cryptosuite: str
    verification_method: str
    issued_at_url: str
    url: str

    @property
    def awarded_on(self) -> date:
        """The day of the award in UTC, the same for all readers."""
        return self.awarded_at.astimezone(UTC).date()

    @property
    def linkedin_url(self) -> str:
        """LinkedIn's form for a certification, filled in."""
        told = {
            "startTask": "CERTIFICATION_NAME",
            "name": self.name,
            "organizationName": self.issuer_name,
            "issueYear": self.awarded_on.year,
            "issueMonth": self.awarded_on.month,
            "certUrl": self.url,
            "certId": str(self.badge_id),
        }
        return f"{LINKEDIN}?{urlencode(told)}"


def public_badge(who: Issuer, badge: Badge) -> PublicBadge:
    """The page of an issued badge. Raises ValueError if it has no credential."""
    if badge.credential is None:
        raise ValueError(f"badge {badge.badge_id} has no credential")
    credential = orjson.loads(badge.credential)
    subject, proof = credential["credentialSubject"], _first(credential["proof"])
    achievement = subject["achievement"]
    return PublicBadge(
        badge_id=badge.badge_id,
        slug=badge.achievement,
        version=achievement["version"],
        name=achievement["name"],
        description=achievement["description"],
        criteria=achievement["criteria"]["narrative"],
        issuer_name=credential["issuer"]["name"],
        issuer_id=credential["issuer"]["id"],
        awarded_at=datetime.fromisoformat(credential["awardedDate"]),
        standing=status_lists.standing(badge.state),
        found=found_in(subject),
        groups=groups_of(achievement),
        earner=_earner(subject),
        status=tuple(_status(entry) for entry in credential["credentialStatus"]),
        cryptosuite=proof["cryptosuite"],
        verification_method=proof["verificationMethod"],
        issued_at_url=credential["id"],
        url=who.badge_url(badge.badge_id),
    )


def _earner(subject: Mapping[str, Any]) -> Earner | None:
    identity = next(iter(subject.get("identifier", ())), None)
    if identity is None:
        return None
    algorithm, _, digest = identity["identityHash"].partition("$")
    return Earner(algorithm=algorithm, digest=digest, salt=identity["salt"])


def _status(entry: Mapping[str, Any]) -> StatusList:
    return StatusList(
        purpose=entry["statusPurpose"], url=entry["statusListCredential"], index=int(entry["statusListIndex"])
    )


def _first(proof: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = proof[0] if isinstance(proof, list) else proof
    return found
