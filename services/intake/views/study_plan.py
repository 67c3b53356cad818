"""The study plan of an application, for its applicant."""

from datetime import date, datetime
from uuid import UUID

from services.intake.domain.study_plan import Entry
from services.intake.views import Maybe, View


class PlanEntry(View):
    """One thing to do. With `resource`, it is one of the program's. `item` and `day` are there if the author gives
    them."""

    entry_id: UUID
    title: str
    resource: Maybe[str] = None
    item: Maybe[str] = None
    by: Maybe[date] = None
    done: bool
    added_at: datetime


def entry(found: Entry) -> PlanEntry:
    """An entry."""
    return PlanEntry(
        entry_id=found.entry_id,
        title=found.title,
        resource=found.resource,
        item=found.item,
        by=found.by,
        done=found.done,
        added_at=found.added_at,
    )
