"""The audit trail: what somebody of the program's staff looked at or changed. It holds ids, never a name or words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Act(StrEnum):
    """What was done."""

    APPLICATION_SEEN = "application_seen"
    APPLICATIONS_EXPORTED = "applications_exported"
    ROLES_CHANGED = "roles_changed"
    DEADLINE_EXTENDED = "deadline_extended"
    PERIOD_MADE = "period_made"
    PERIOD_CHANGED = "period_changed"
    PERIOD_REMOVED = "period_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: whose, what, and what it was about. `before` and `after`: what was changed (a person's roles, the days of
    a period, the last day of an application)."""

    audit_id: UUID
    actor: UUID
    act: Act
    application_id: UUID | None = None
    person_id: UUID | None = None
    before: Sequence[str] | None = None
    after: Sequence[str] | None = None
