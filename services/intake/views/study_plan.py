"""The study plan of an application, to whom it belongs."""

from datetime import date, datetime
from uuid import UUID

from services.intake.domain.study_plan import Entry
from services.intake.views import Maybe, View


class PlanEntry(View):
    """One thing to do: with `resource`, one of the program's; for `item`, by a day, if its author says so."""

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
