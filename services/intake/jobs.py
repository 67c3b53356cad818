"""Time in: what was replaced or ran out goes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from chassis.database import Database
from chassis.objects import ObjectStore
from services.intake.store import materials as store
from services.intake.usecases import limits, people

GRACE = timedelta(days=1)
"""An object is put before the row that names it; after so long without one it never gets any."""


def sweep_objects(objects: ObjectStore) -> Callable[[Database], Awaitable[None]]:
    """Deletes the objects that no row names: replaced, taken back, or put for a request that was refused or interrupted."""

    async def run(database: Database) -> None:
        async for names in objects.older_than(GRACE):
            async with database.reading() as tx:
                unnamed = await store.unnamed(tx, names)
            for name in unnamed:
                await objects.delete(name)

    return run


async def forget_links(database: Database) -> None:
    """Links that ran out are forgotten."""
    async with database.transaction() as tx:
        await people.forget_links(tx)


async def forget_sign_in_counts(database: Database) -> None:
    """What is not counted any more is forgotten."""
    async with database.transaction() as tx:
        await limits.forget(tx)
