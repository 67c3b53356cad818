"""The jobs: assign people to panels, and delete texts that no row names."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from chassis.database.pool import Database
from chassis.jobs import Job
from chassis.objects import ObjectStore
from chassis.writing import sweep
from services.review.store import texts
from services.review.store.lists import BEGINNING
from services.review.usecases import panels
from services.review.usecases.cases import ASSIGN


async def assign(database: Database) -> None:
    """Assign people to cases with empty seats, the oldest first, some cases in each transaction."""
    after: tuple[datetime, UUID] | None = BEGINNING
    while after is not None:
        after = await database.write(partial(panels.fill_panels, after=after))


def jobs(objects: ObjectStore) -> list[Job]:
    """The jobs of the service."""
    return [
        Job(ASSIGN, timedelta(seconds=5), assign),
        sweep(objects, texts.unnamed),
    ]
