"""The brake. Too many dead letters in a row mean a bad deployment, not bad messages, so the consumer stops until a new
build or `resume`."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chassis.database.pool import AWAY, Database
from chassis.database.transaction import Tx
from chassis.telemetry import CONSUMER_STOPPED, build_id

log = structlog.get_logger(__name__)

MOST_DEAD_IN_A_ROW = 20

STOPPED = "SELECT stopped_at IS NOT NULL AND stopped_build = $2 FROM brakes WHERE consumer = $1"
STOP = """
    INSERT INTO brakes (consumer, stopped_at, stopped_build) VALUES ($1, $2, $3)
    ON CONFLICT (consumer) DO UPDATE SET stopped_at = excluded.stopped_at, stopped_build = excluded.stopped_build
"""
RESUME = "UPDATE brakes SET stopped_at = NULL WHERE consumer = $1"


class Brake:
    """One consumer's brake. Its state is in the database, so it outlasts restarts and counts for all replicas of the
    same build."""

    def __init__(self, consumer: str, database: Database, limit: int = MOST_DEAD_IN_A_ROW) -> None:
        self.consumer = consumer
        self.database = database
        self.limit = limit
        self.in_a_row = 0
        self.on: bool | None = None
        """Whether the consumer is stopped; None until the database has been asked."""

    async def count(self, handled: int, dead: int) -> None:
        """After a commit: how many records were handled, how many became dead letters."""
        self.in_a_row = dead if handled else self.in_a_row + dead
        if self.in_a_row < self.limit:
            return
        log.critical(
            "too many dead letters in a row: the consumer stops until a new build or a resume",
            consumer=self.consumer,
            in_a_row=self.in_a_row,
        )
        async with self.database.transaction() as tx:
            await tx.execute(STOP, self.consumer, tx.now, build_id())
        self.on = True
        CONSUMER_STOPPED.labels(self.consumer).set(1)

    async def released(self, waiting: Callable[[], Awaitable[None]] | None = None) -> None:
        """Wait until the consumer may go on."""
        if self.on is False:
            return
        while not await self.look():
            if waiting is not None:
                await waiting()
            await asyncio.sleep(0.5)

    async def look(self) -> bool:
        """Ask the database whether the consumer may go on, and remember it."""
        self.on = await self._stopped()
        CONSUMER_STOPPED.labels(self.consumer).set(self.on)
        if not self.on:
            self.in_a_row = 0
        return not self.on

    async def _stopped(self) -> bool:
        try:
            async with self.database.transaction() as tx:
                return bool(await tx.fetchval(STOPPED, self.consumer, build_id()))
        except AWAY:
            return True


async def resume(tx: Tx, consumer: str) -> None:
    """An operator lets the consumer go on."""
    await tx.execute(RESUME, consumer)
