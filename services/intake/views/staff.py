"""Views for the program's staff: all applications, and one as its applicant sees it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from chassis.objects import ObjectStore
from services.intake.domain.states import State
from services.intake.store.applications import Overseen
from services.intake.store.staff import Row
from services.intake.views import Maybe, View
from services.intake.views import applications as views


class Applicant(View):
    """The applicant of an application."""

    person_id: UUID
    name: str
    email: str


class Listed(View):
    """An application in the staff's list. `name` is that of its credential. `applicant` is missing after an erasure."""

    application_id: UUID
    credential: str
    name: str
    version: int
    attempt: int
    state: State
    on_hold: bool
    started_at: datetime
    changed_at: datetime
    applicant: Maybe[Applicant] = None

    def cells(self) -> tuple[object, ...]:
        """Its line of CSV, in the order of COLUMNS."""
        who = self.applicant
        return (
            self.application_id,
            self.credential,
            self.version,
            self.attempt,
            self.state.value,
            "yes" if self.on_hold else "no",
            self.started_at.isoformat(),
            self.changed_at.isoformat(),
            who and who.name,
            who and who.email,
        )


COLUMNS = (
    "application_id",
    "credential",
    "version",
    "attempt",
    "state",
    "on_hold",
    "started_at",
    "changed_at",
    "name",
    "email",
)
"""The first line of the CSV."""


class Application(views.Application):
    """An application as its applicant sees it, with the applicant."""

    applicant: Maybe[Applicant] = None


def listed(row: Row, names: Mapping[str, str]) -> Listed:
    """An application in the staff's list; `names` are those of the credentials."""
    return Listed(
        application_id=row.application_id,
        credential=row.credential,
        name=names.get(row.credential, row.credential),
        version=row.credential_version,
        attempt=row.attempt,
        state=row.state,
        on_hold=row.on_hold,
        started_at=row.started_at,
        changed_at=row.changed_at,
        applicant=Applicant(person_id=row.person_id, name=row.name, email=row.email) if row.email else None,
    )


async def application(seen: Overseen, objects: ObjectStore) -> Application:
    """An application as its applicant sees it, with the applicant."""
    shown = await views.application(seen.loaded, objects)
    person_id = seen.loaded.application.person_id
    applicant = Applicant(person_id=person_id, name=seen.name, email=seen.email) if seen.email else None
    return Application(**dict(shown), applicant=applicant)
