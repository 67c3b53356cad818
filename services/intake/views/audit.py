"""The audit trail, for administrators."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.intake.store import audit
from services.intake.views import Maybe, View


class Who(View):
    """A person of the trail. After an erasure only the id is left."""

    person_id: UUID
    name: Maybe[str] = None
    email: Maybe[str] = None

    @property
    def shown(self) -> str:
        """The name, or else the address; empty after an erasure."""
        return self.name or self.email or ""


class Recorded(View):
    """A line of the trail: who did what, and when. `about` is a version of a credential; `before` and `after` are what
    changed: roles, a state, requirements."""

    audit_id: UUID
    at: datetime
    actor: Who
    act: str
    application_id: Maybe[UUID] = None
    person: Maybe[Who] = None
    before: Maybe[Sequence[str]] = None
    after: Maybe[Sequence[str]] = None
    about: Maybe[str] = None


def recorded(found: audit.Recorded) -> Recorded:
    """A line of the trail."""
    return Recorded(
        audit_id=found.audit_id,
        at=found.at,
        actor=_who(found.actor),
        act=found.act,
        application_id=found.application_id,
        person=None if found.person is None else _who(found.person),
        before=found.before,
        after=found.after,
        about=found.about,
    )


def _who(found: audit.TrailPerson) -> Who:
    return Who(person_id=found.person_id, name=found.name or None, email=found.email or None)
