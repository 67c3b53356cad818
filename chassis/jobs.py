"""Jobs on time: they ask the database what is due, run once whatever the number of replicas, and survive restarts."""

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
"""How often the clock is looked at, and by how much it must have moved against the time that passed."""

AT_ONCE = 4
"""Jobs running at once in a process: each holds one of the pool's connections for its lock, and needs others."""


@dataclass(frozen=True)
class Job:
    """`run` is called every `every`, soon after a commit whose `Tx.wake` named it, and when the service's clock has
    jumped.

    It must find its work in the database.

    `alone`: in one process at a time. Not needed by a job that claims the rows it works on; saves it two statements a
    run.
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
        """Begin; `stop` ends it."""
        self.database.after_commit.append(self._wake)
        self._tasks = [asyncio.create_task(self._repeat(job), name=f"job-{job.name}") for job in self.jobs.values()]
        self._tasks.append(asyncio.create_task(self._watch(), name="jobs-clock"))

    async def stop(self) -> None:
        """Cancel what runs: a job repeats what was interrupted."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _wake(self, tx: Tx) -> None:
        for name in tx.woken:
            self._woken[name].set()

    async def _watch(self) -> None:
        """Wake every job when the clock has jumped, to and fro: a machine slept, or was set right, or the devstack
        moved its time.

        What is due by the clock is due at once then, though less time has passed than `every`.
        """
        before = _lead(self.database.clock)
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                now = _lead(self.database.clock)
            except Exception:  # logged; a clock that cannot be read now may be readable in a second
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
                log.warning("job cannot reach what it needs and waits", job=job.name, error=repr(error))
                ran = False
            except Exception:  # logged and counted; the job finds its work in the database again
                log.exception("job failed and will run again", job=job.name)
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
    """How far a clock is ahead of the time that passes, in seconds: constant while the clock runs as it should."""
    return clock().timestamp() - time.monotonic()
