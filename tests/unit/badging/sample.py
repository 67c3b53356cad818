"""One credential, one decision and one badge, for badging's tests. Nobody's real data."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.catalog import CredentialDefinition, Group, Item, Level, Rubric
from contracts.claims import ObjectClaim
from contracts.events.catalog import CredentialPublished
from contracts.events.review import CaseDecided, ItemResult
from services.badging.domain import credentials, status_lists
from services.badging.domain.badges import Badge, State
from services.badging.domain.issuer import issuer
from services.badging.domain.status_lists import Place

PERSON, APPLICATION, CASE, DECISION, BADGE = (UUID(int=n) for n in range(1, 6))
AWARDED = datetime(2025, 3, 1, 10, 30, 15, 987654, tzinfo=UTC)
CREATED = datetime(2025, 3, 1, 10, 30, 16, tzinfo=UTC)
EMAIL, SALT = "ada@example.org", "5a17"
SLUG = "community-engagement-fundamentals"
WHO = issuer("https://badges.example.org:8443/cep", "The Program")
PLACE = Place(1, 4711)


def definition(**changes: Any) -> CredentialDefinition:
    """Two items in one group, three levels, the third passing."""
    fields: dict[str, Any] = {
        "slug": SLUG,
        "version": 1,
        "name": "Community Engagement Fundamentals",
        "state": "open",
        "summary": "The basics.",
        "criteria": "A panel judged.",
        "groups": (
            Group(
                key="competencies", kind="competency", name="Competencies", items=(_item("community"), _item("roles"))
            ),
        ),
        "rubric": Rubric(
            version="1",
            levels=(
                Level(key="none", name="Not demonstrated", passing=False, description="Nothing shown."),
                Level(key="shown", name="Demonstrated", passing=True),
                Level(key="more", name="Exceeded", passing=True, description="More than asked."),
            ),
        ),
    }
    return CredentialDefinition(**(fields | changes))


def published(change: int = 1, **changes: Any) -> CredentialPublished:
    return CredentialPublished(version=change, definition=definition(**changes))


def decided(**changes: Any) -> CaseDecided:
    claim = ObjectClaim(name=f"review/{PERSON}/x", sha256="0" * 64, size=1, media_type="text/plain")
    fields: dict[str, Any] = {
        "case_id": CASE,
        "application_id": APPLICATION,
        "decision_id": DECISION,
        "person_id": PERSON,
        "credential": SLUG,
        "credential_version": 1,
        "outcome": "awarded",
        "items": (result("roles", "more"), result("community", "shown")),
        "letter": claim,
        "feedback": claim,
    }
    return CaseDecided(**(fields | changes))


def result(item: str, level: str) -> ItemResult:
    return ItemResult(item=item, level=level, demonstrated=level != "none")


def document(**changes: Any) -> credentials.Document:
    """The unsigned credential of DECISION."""
    fields: dict[str, Any] = {
        "url": WHO.badge_url(BADGE),
        "awarded_at": AWARDED,
        "earner": credentials.identity(EMAIL, SALT),
        "items": decided().items,
        "status": status_lists.entries(WHO, PLACE),
    }
    what = changes.pop("definition", definition())
    return credentials.credential(WHO, what, **(fields | changes))


def badge(**changes: Any) -> Badge:
    """The unsigned badge of DECISION."""
    plain = Badge(
        badge_id=BADGE,
        decision_id=DECISION,
        person_id=PERSON,
        application_id=APPLICATION,
        achievement=SLUG,
        credential_version=1,
        state=State.UNSIGNED,
        version=1,
        awarded_at=AWARDED,
        created=CREATED,
        list_number=PLACE.number,
        list_index=PLACE.index,
        document=document(),
    )
    return replace(plain, **changes)


def _item(key: str) -> Item:
    return Item(key=key, name=f"About {key}")
