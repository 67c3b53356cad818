"""A badge from the panel's decision to its signature."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from contracts.events.badging import BadgeIssued


class State(StrEnum):
    UNSIGNED = "unsigned"
    ISSUED = "issued"
    ABANDONED = "abandoned"


class Action(StrEnum):
    SIGN = "sign"
    FORGET = "forget the person"


_S, _A = State, Action
TRANSITIONS: Mapping[tuple[State, Action], State] = MappingProxyType(
    {
        (_S.UNSIGNED, _A.SIGN): _S.ISSUED,
        (_S.UNSIGNED, _A.FORGET): _S.ABANDONED,
        (_S.ISSUED, _A.SIGN): _S.ISSUED,
        (_S.ISSUED, _A.FORGET): _S.ISSUED,
        (_S.ABANDONED, _A.SIGN): _S.ABANDONED,
        (_S.ABANDONED, _A.FORGET): _S.ABANDONED,
    }
)
"""These actions follow from facts, so the table is total. An issued badge stays after its person is erased, because it
holds only a salted hash."""

LIVE = frozenset({State.UNSIGNED, State.ISSUED})
"""The states of a live badge. A person has at most one live badge of an achievement."""


class Verdict(StrEnum):
    """What an awarding decision led to. A decision cannot be refused, so the reason for no badge is written down."""

    BADGE = "badge"
    ALREADY_HELD = "already_held"
    PERSON_ERASED = "person_erased"


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge. `document` is the credential without proof, `credential` the signed bytes as they are served.

    `badge_id` is public and random, so nobody can compute it from the decision. `created` is the time in the proof;
    signing again with it gives the same bytes. `achievement` is the credential's slug.
    """

    badge_id: UUID
    decision_id: UUID
    person_id: UUID
    application_id: UUID
    achievement: str
    credential_version: int
    state: State
    version: int
    awarded_at: datetime
    created: datetime
    list_number: int
    list_index: int
    document: dict[str, Any] | None
    credential: bytes | None = None


def verdict(person_erased: bool, holds_one: bool) -> Verdict:
    """What an awarding decision leads to. A person who holds a live badge of the achievement keeps it, so that links to
    it stay valid."""
    if person_erased:
        return Verdict.PERSON_ERASED
    return Verdict.ALREADY_HELD if holds_one else Verdict.BADGE


def sign(badge: Badge, credential: bytes, url: str) -> tuple[Badge, BadgeIssued | None]:
    """Put in the signed bytes. If the badge is not unsigned any more, nothing changes and nothing is said."""
    if badge.state is not State.UNSIGNED:
        return _move(badge, Action.SIGN), None
    event = BadgeIssued(
        badge_id=badge.badge_id,
        person_id=badge.person_id,
        application_id=badge.application_id,
        decision_id=badge.decision_id,
        achievement=badge.achievement,
        credential_version=badge.credential_version,
        url=url,
    )
    return replace(_move(badge, Action.SIGN), credential=credential), event


def forget(badge: Badge) -> Badge:
    """Its person is erased. A badge that is not signed yet is abandoned, and its document is deleted."""
    moved = _move(badge, Action.FORGET)
    return replace(moved, document=None) if moved.state is State.ABANDONED else moved


def _move(badge: Badge, action: Action) -> Badge:
    state = TRANSITIONS[badge.state, action]
    return badge if state is badge.state else replace(badge, state=state, version=badge.version + 1)
