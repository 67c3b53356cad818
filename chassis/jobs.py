"""Jobs by time. They ask the database what is due, run once for any number of replicas, and survive restarts."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis.database.pool import AWAY, Clock, Database
from chassis.database.transaction import Tx
from chassis.telemetry import JOB_SECONDS

log = structlog.get_logger(__name__)

TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended($1, 11))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended($1, 11))"

WATCH_SECONDS = 1.0
"""How often the clock is checked, and how far (in seconds) it must be off the time that passed to count as a jump."""

AT_ONCE = 4
"""The most jobs that run at once in a process. Each holds one of the pool's connections for its lock, and needs
others."""


@dataclass(frozen=True)
class Job:
    """Something to do at certain times. `run` is called every `every`, soon after a commit whose `Tx.wake` named it,
    and when the service's clock has jumped.

    It must find its work in the database.

    `alone`: it runs in one process at a time. A job that claims the rows it works on does not need this, and saves two
    statements a run.
    """

    name: str
    every: timedelta
    run: Callable[[Database], Awaitable[None]]
    alone: bool = True


class Jobs:
    """Runs the jobs of one service process."""

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self.database = database
        self.jobs = {job.name: job for job in jobs}
        if len(self.jobs) < len(jobs):
            raise ValueError(f"two jobs of one name: {[job.name for job in jobs]}")
        self._woken = {job.name: asyncio.Event() for job in jobs}
        self._tasks: list[asyncio.Task[None]] = []
        self._slots = asyncio.Semaphore(AT_ONCE)

    def start(self) -> None:
        """Begin to run jobs, until `stop`."""
        self.database.after_commit.append(self._wake)
        self._tasks = [asyncio.create_task(self._repeat(job), name=f"job-{job.name}") for job in self.jobs.values()]
        self._tasks.append(asyncio.create_task(self._watch(), name="jobs-clock"))

    async def stop(self) -> None:
        """Cancel the jobs that run. A job does interrupted work again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _wake(self, tx: Tx) -> None:
        for name in tx.woken:
            self._woken[name].set()

    async def _watch(self) -> None:
        """Wake every job when the clock has jumped forward or back: the machine slept, its time was corrected, or the
        devstack moved its time.

        Things become due by the clock then, although less time than `every` has passed.
        """
        before = _lead(self.database.clock)
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                now = _lead(self.database.clock)
            except Exception:  # logged; the clock may be readable in a second
                log.exception("the clock cannot be read")
                continue
            if abs(now - before) >= WATCH_SECONDS:
                log.info("the clock has jumped; all jobs run", seconds=round(now - before))
                before = now
                for woken in self._woken.values():
                    woken.set()

    async def _repeat(self, job: Job) -> None:
        woken = self._woken[job.name]
        while True:
            woken.clear()
            ran = True
            began = time.monotonic()
            try:
                ran = await (self._run_alone(job) if job.alone else self._run(job))
                JOB_SECONDS.labels(self.database.service, job.name, "ok" if ran else "elsewhere").observe(
                    time.monotonic() - began
                )
            except AWAY as error:
                log.warning("the job cannot reach what it needs and waits", job=job.name, error=repr(error))
                ran = False
            except Exception:  # logged and counted; the job will find its work in the database again
                log.exception("the job failed and will run again", job=job.name)
                JOB_SECONDS.labels(self.database.service, job.name, "failed").observe(time.monotonic() - began)
                await asyncio.sleep(random.uniform(0.5, 1.5))
            pause = job.every.total_seconds() if ran else min(1.0, job.every.total_seconds())
            try:
                async with asyncio.timeout(pause):
                    await woken.wait()
            except TimeoutError:
                pass

    async def _run(self, job: Job) -> bool:
        async with self._slots:
            await job.run(self.database)
        return True

    async def _run_alone(self, job: Job) -> bool:
        async with self._slots, self.database.pool.acquire() as connection:
            if not await connection.fetchval(TRY_LOCK, job.name):
                return False
            try:
                await job.run(self.database)
            finally:
                if not connection.is_closed():
                    await asyncio.shield(connection.execute(UNLOCK, job.name))
        return True


def _lead(clock: Clock) -> float:
    """How far the clock is ahead of the monotonic clock, in seconds. It stays the same while the clock runs as it
    should."""
    return clock().timestamp() - time.monotonic()
