"""The pulse of an outbox. Nobody outside of a service can see what is still in its outbox. So each service puts a small
event into its own at a fixed rate. If pulses are missing, something holds up the outbox."""

from datetime import timedelta

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.jobs import Job
from contracts.events.ops import PulseSaid

EVERY = timedelta(seconds=15)

BEAT = """
    INSERT INTO pulse (service, at) VALUES ($1, $2) ON CONFLICT (service) DO UPDATE SET at = EXCLUDED.at
    RETURNING service
"""


def job(service: str) -> Job:
    """The job that says the pulse of this service. It runs in one replica at a time."""

    async def say(tx: Tx) -> None:
        await tx.lock(service, BEAT, service, tx.now)
        await tx.emit(PulseSaid(service=service))

    async def beat(database: Database) -> None:
        async with database.transaction() as tx:
            await say(tx)

    return Job("pulse", EVERY, beat)
