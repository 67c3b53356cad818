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
    COHORT_CREATED = "cohort_created"
    COHORT_CHANGED = "cohort_changed"
    COHORT_OPENED = "cohort_opened"
    COHORT_CANCELLED = "cohort_cancelled"
    COHORT_SESSIONS_CHANGED = "cohort_sessions_changed"
    COHORT_MEMBER_MOVED = "cohort_member_moved"
    COHORT_MEMBER_REMOVED = "cohort_member_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: whose, what, and what it was about. `before` and `after` are what changed: the person's roles,
    the state of a cohort, the cohorts between which somebody was moved."""

    audit_id: UUID
    actor: UUID
    act: Act
    application_id: UUID | None = None
    person_id: UUID | None = None
    cohort_id: UUID | None = None
    before: Sequence[str] | None = None
    after: Sequence[str] | None = None
