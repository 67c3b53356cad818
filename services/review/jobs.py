"""Time in: panels that lack somebody, texts about people who were erased, and texts that no row names."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from chassis.database.pool import Database
from chassis.jobs import Job
from chassis.objects import ObjectStore
from chassis.writing import sweep
from services.review.store import erasures as store
from services.review.store import texts
from services.review.store.lists import BEGINNING
from services.review.usecases import erasures, panels
from services.review.usecases.cases import ASSIGN


async def assign(database: Database) -> None:
    """Seat whoever can be found on cases that lack somebody, oldest first, some in each transaction."""
    after: tuple[datetime, UUID] | None = BEGINNING
    while after is not None:
        after = await database.write(partial(panels.fill_panels, after=after))


async def erase(database: Database, objects: ObjectStore) -> None:
    """Delete the texts about people who were erased."""
    async with database.reading() as tx:
        people = await store.unfinished(tx)
    for person_id in people:
        names = [name async for name in objects.names(person_id)]
        for name in names:
            await objects.delete(name)
        await database.write(partial(erasures.note, person_id=person_id, found=len(names)))


def jobs(objects: ObjectStore) -> list[Job]:
    """What runs on time."""
    return [
        Job(ASSIGN, timedelta(seconds=5), assign),
        Job(erasures.ERASE, timedelta(hours=1), partial(erase, objects=objects)),
        sweep(objects, texts.unnamed),
    ]
