"""Time in."""

from datetime import timedelta

from chassis.database.pool import Database
from chassis.jobs import Job
from services.ops import usecases


async def forget_old(database: Database) -> None:
    """Forget what the topics have forgotten."""
    async with database.transaction() as tx:
        await usecases.forget_old(tx)


JOBS = (Job("forget-old-records", timedelta(hours=6), forget_old),)
