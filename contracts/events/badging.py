"""The events of `badging`."""

from uuid import UUID

from contracts.event import Event, Payload
from contracts.topics import BADGING_BADGES


class _BadgeEvent(Payload):
    badge_id: UUID
    person_id: UUID
    application_id: UUID
    decision_id: UUID
    achievement: str
    credential_version: int

    @property
    def key(self) -> str:
        return str(self.person_id)


class BadgeIssued(
    _BadgeEvent, Event, type="badging.badge.issued.v1", topic=BADGING_BADGES, heard_by=("intake", "notify")
):
    """A badge is signed and public at `url`. `achievement` is the credential's slug."""

    url: str


class BadgeRevoked(
    _BadgeEvent, Event, type="badging.badge.revoked.v1", topic=BADGING_BADGES, heard_by=("intake", "notify")
):
    """A badge is revoked for ever."""


class BadgeSuspended(
    _BadgeEvent, Event, type="badging.badge.suspended.v1", topic=BADGING_BADGES, heard_by=("intake", "notify")
):
    """A badge does not count while an investigation or an appeal runs."""


class BadgeReinstated(
    _BadgeEvent, Event, type="badging.badge.reinstated.v1", topic=BADGING_BADGES, heard_by=("intake", "notify")
):
    """A suspension ended."""


BadgingBadgesEvent = BadgeIssued | BadgeRevoked | BadgeSuspended | BadgeReinstated
