"""Time in: what ran out goes."""

from chassis.database import Database
from services.intake.usecases import people


async def forget_links(database: Database) -> None:
    """Links that ran out are forgotten."""
    async with database.transaction() as tx:
        await people.forget_links(tx)
