"""Time in: what was replaced or ran out goes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from chassis.database import Database
from chassis.objects import ObjectStore
from services.intake.store import materials as store
from services.intake.usecases import people

AT_ONCE = 200
KEEP_DISCARDED = timedelta(days=1)


def sweep_objects(objects: ObjectStore) -> Callable[[Database], Awaitable[None]]:
    """Deletes the objects that were replaced or taken back a day ago. Deleting one again is harmless, so it may stop anywhere."""

    async def run(database: Database) -> None:
        while True:
            async with database.transaction() as tx:
                claims = await store.discarded(tx, tx.now - KEEP_DISCARDED, AT_ONCE)
            for claim in claims:
                await objects.delete(claim.name)
            async with database.transaction() as tx:
                await store.forget_discarded(tx, claims)
            if len(claims) < AT_ONCE:
                return

    return run


async def forget_links(database: Database) -> None:
    """Links that ran out are forgotten."""
    async with database.transaction() as tx:
        await people.forget_links(tx)
