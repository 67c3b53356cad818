"""Jobs run when they are due by the service's clock, also when that clock jumps."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from chassis.database.pool import Database
from chassis.jobs import WATCH_SECONDS, Job, Jobs
from tests.waiting import until


class MovedClock:
    """The time, and by how much it is off."""

    def __init__(self) -> None:
        self.off = timedelta()
        self.broken = False

    def __call__(self) -> datetime:
        if self.broken:
            raise ValueError("no number")
        return datetime.now(UTC) + self.off


class Runs:
    """Counts the runs of two jobs that are due once in an hour and once in a day."""

    def __init__(self) -> None:
        self.hourly = self.daily = 0

    async def run_hourly(self, _: Database) -> None:
        self.hourly += 1

    async def run_daily(self, _: Database) -> None:
        self.daily += 1


@asynccontextmanager
async def running(clock: MovedClock) -> AsyncIterator[Runs]:
    runs = Runs()
    given = [
        Job("hourly", timedelta(hours=1), runs.run_hourly, alone=False),
        Job("daily", timedelta(days=1), runs.run_daily, alone=False),
    ]
    jobs = Jobs(Database("toy", None, clock), given)
    jobs.start()
    try:
        await until(lambda: (runs.hourly, runs.daily) == (1, 1))
        yield runs
    finally:
        await jobs.stop()


async def test_a_clock_that_jumps_wakes_every_job_to_and_fro() -> None:
    clock = MovedClock()
    async with running(clock) as runs:
        for expected, move in enumerate(
            (timedelta(days=2), -timedelta(days=30), timedelta(seconds=2), -timedelta(seconds=2)), start=2
        ):
            clock.off += move
            await until(lambda expected=expected: (runs.hourly, runs.daily) == (expected, expected))


async def test_a_clock_that_runs_as_it_should_wakes_nobody_and_one_that_drifts_does() -> None:
    clock = MovedClock()
    async with running(clock) as runs:
        looks = 0
        began = time.monotonic()
        while time.monotonic() - began < 2.5 * WATCH_SECONDS:
            await asyncio.sleep(0.05)
            looks += 1
        assert (runs.hourly, runs.daily) == (1, 1)
        for _ in range(4):
            clock.off += timedelta(seconds=0.4)
            await asyncio.sleep(WATCH_SECONDS / 4)
        await until(lambda: runs.daily == 2)


async def test_a_clock_that_cannot_be_read_for_a_moment_is_watched_again() -> None:
    clock = MovedClock()
    async with running(clock) as runs:
        clock.broken = True
        began = time.monotonic()
        await until(lambda: time.monotonic() - began > 1.5 * WATCH_SECONDS)
        clock.broken = False
        clock.off = timedelta(days=1)
        await until(lambda: runs.daily == 2)
