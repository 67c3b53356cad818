"""The audit trail: what the program's staff looked at or changed. It holds ids, never a name or a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Act(StrEnum):
    """What somebody did."""

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
    DEADLINE_EXTENDED = "deadline_extended"
    PERIOD_MADE = "period_made"
    PERIOD_CHANGED = "period_changed"
    PERIOD_REMOVED = "period_removed"
    CREDENTIAL_STATE_CHANGED = "credential_state_changed"
    PROGRAM_PUBLISHED = "program_published"
    REQUIREMENTS_REOPENED = "requirements_reopened"
    REOPENING_ENDED = "reopening_ended"
    APPLICATIONS_MOVED = "applications_moved"
    APPLICATION_MOVED = "application_moved"
    MOVE_UNDONE = "move_undone"
    APPLICATION_MOVED_BACK = "application_moved_back"


@dataclass(frozen=True, slots=True)
class By:
    """The staff member who acts, and the id of the line in the audit trail."""

    actor: UUID
    audit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: who did it, what it was, and what it was about.

    `about` is a version of a credential (`slug/version`) or a cohort (`cohorts/id`). `before` and `after` are the value
    that the act changed: a person's roles, a credential's or a cohort's state, the requirements that are open, the days
    of a period, the last day of an application, the cohorts of a move.
    """

    audit_id: UUID
    actor: UUID
    act: Act
    application_id: UUID | None = None
    person_id: UUID | None = None
    about: str | None = None
    before: Sequence[str] | None = None
    after: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """The filters of the trail: by whom, about whom, which act, within a time (`since` included, `before` not)."""

    actor: UUID | None = None
    person_id: UUID | None = None
    act: Act | None = None
    since: datetime | None = None
    before: datetime | None = None
