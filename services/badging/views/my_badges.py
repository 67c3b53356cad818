"""A person's own badges: the list of the API, and the cards of the page."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import PlainSerializer, WithJsonSchema

from services.badging.domain import status_lists
from services.badging.domain.badges import Badge, State
from services.badging.domain.issuer import Issuer
from services.badging.domain.status_lists import Standing
from services.badging.views.documents import View, groups_of

Time = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""A time with its offset: `2027-03-12T22:00:00+00:00`."""


class MyBadge(View):
    """One badge, for programs of its earner."""

    id: UUID
    achievement: str
    credential_version: int
    name: str
    state: State
    awarded_at: Time
    application_id: UUID
    url: str
    credential_url: str


class MyBadges(View):
    """A page of the signed-in person's badges, oldest first."""

    items: tuple[MyBadge, ...]
    next: str | None


class Card(View):
    """One badge in the list on its earner's page."""

    badge_id: UUID
    slug: str
    name: str
    groups: tuple[int, ...]
    standing: Standing
    awarded_at: datetime


def my_badge(who: Issuer, badge: Badge) -> MyBadge:
    """For the API."""
    url = who.badge_url(badge.badge_id)
    return MyBadge(
        id=badge.badge_id,
        achievement=badge.achievement,
        credential_version=badge.credential_version,
        name=(badge.document or {}).get("name", badge.achievement),
        state=badge.state,
        awarded_at=badge.awarded_at,
        application_id=badge.application_id,
        url=url,
        credential_url=f"{url}.json",
    )


def card(badge: Badge) -> Card:
    """For the page."""
    document = badge.document or {}
    return Card(
        badge_id=badge.badge_id,
        slug=badge.achievement,
        name=document.get("name", badge.achievement),
        groups=groups_of(document.get("credentialSubject", {}).get("achievement", {})),
        standing=status_lists.standing(badge.state),
        awarded_at=badge.awarded_at,
    )
