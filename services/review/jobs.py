"""Time in: panels that lack somebody, texts about people who were erased, and texts that no row names."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.database.pool import Database
from chassis.jobs import Job
from chassis.objects import ObjectStore
from chassis.writing import sweep
from services.review.store import texts
from services.review.store.lists import BEGINNING
from services.review.usecases import erasure, panels


async def assign(database: Database) -> None:
    """Seat whoever can be found on cases that lack somebody, oldest first, a page a transaction."""
    after: tuple[datetime, UUID] | None = BEGINNING
    while after is not None:
        async with database.transaction() as tx:
            after = await panels.fill_panels(tx, after)


async def erase(database: Database, objects: ObjectStore) -> None:
    """Delete the texts about people who were erased."""
    async with database.transaction() as tx:
        people = await erasure.due(tx)
    for person_id in people:
        names = [name async for name in objects.names(person_id)]
        for name in names:
            await objects.delete(name)
        async with database.transaction() as tx:
            await erasure.swept(tx, person_id, len(names))


def jobs(objects: ObjectStore) -> list[Job]:
    """What runs on time."""

    async def erase_here(database: Database) -> None:
        await erase(database, objects)

    return [
        Job("assign", timedelta(seconds=5), assign),
        Job("erase", timedelta(hours=1), erase_here),
        sweep(objects, texts.unnamed),
    ]
