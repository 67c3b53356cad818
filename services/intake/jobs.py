"""Time in: what ran out goes."""

from chassis.database.pool import Database
from services.intake.usecases import limits, people


async def forget_links(database: Database) -> None:
    """Links and sessions that ran out are forgotten."""
    async with database.transaction() as tx:
        await people.forget_links(tx)


async def forget_sign_in_counts(database: Database) -> None:
    """What is not counted any more is forgotten."""
    async with database.transaction() as tx:
        await limits.forget(tx)
