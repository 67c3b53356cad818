"""Crashes of everything in the middle of whole journeys. Each ends with a comparison of input and output."""

import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from chassis.kafka.provision import provision
from devstack.databases import SERVICES
from devstack.journey import FUNDAMENTALS
from devstack.kafka import Broker
from devstack.postgres import Server
from devstack.reckoning import reckon
from devstack.walk import Walk, whole_journey
from tests.fresh_databases import FreshDatabases
from tests.system.whole import Whole

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

JOURNEYS = 120
AT_ONCE = 12


@dataclass
class Storm:
    """A system on a Kafka and a PostgreSQL of its own, all of which may be killed; and every journey that was made on
    it."""

    whole: Whole
    broker: Broker
    server: Server
    walks: list[Walk] = field(default_factory=list)

    async def journeys(self, name: str, count: int, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """Make so many journeys, some at once, while something happens."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with gate:
                chair = self.whole.people["chair@example.org"]
                self.walks.append(
                    await whole_journey(self.whole.world, chair, f"{name}-{number}@example.org", FUNDAMENTALS)
                )

        async with asyncio.TaskGroup() as all_of_them:
            for number in range(count):
                all_of_them.create_task(one(number))
            all_of_them.create_task(_as_coroutine(meanwhile))

    async def until_done(self, count: int) -> None:
        """Return when so many journeys have come to their end."""
        while len(self.walks) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def ends_equal(self) -> None:
        account = await reckon(self.whole.world, self.whole.insides, self.walks)
        assert account.differences() == []
        assert len(account.lines) > 30
        came = f"said twice: {account.records} records, {account.mails} mails (each of one Message-ID)"
        print(
            f"{len(self.walks)} journeys, {self.whole.killed} kills; {came}; requests"
            f" repeated: {self.whole.world.repeated}"
        )


async def _as_coroutine(work: Callable[[], Awaitable[None]]) -> None:
    await work()


@pytest.fixture(scope="module")
async def storm() -> AsyncIterator[Storm]:
    folder = Path(tempfile.mkdtemp(prefix="microcred-storm-"))
    os.chmod(folder, 0o755)  # PostgreSQL under root runs as another account
    broker, server = Broker(folder / "kafka"), Server(folder / "postgres")
    try:
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(broker.start)
        await provision(broker.bootstrap)
        admin = await asyncpg.connect(server.admin_dsn)
        fresh = FreshDatabases(admin, server.admin_dsn)
        databases = {service: await fresh.new(service) for service in SERVICES}
        await admin.close()
        async with Whole(folder / "stack", broker.bootstrap, databases) as whole:
            whole.world.persistence = whole.world.patience = 180.0
            yield Storm(whole, broker, server)
    finally:
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(server.stop)
        shutil.rmtree(folder, ignore_errors=True)


async def test_all_services_are_killed_again_and_again_in_the_middle_of_many_journeys(storm: Storm) -> None:
    chance = random.Random(11)

    async def kill() -> None:
        for part in range(1, 7):
            await storm.until_done(part * JOURNEYS // 8)
            storm.whole.kill(*SERVICES if part % 2 else [chance.choice(SERVICES)])

    await storm.journeys("mass", JOURNEYS, kill)
    assert len(storm.walks) == JOURNEYS
    await storm.ends_equal()
    assert +storm.whole.died == {}


async def test_two_replicas_of_a_service_and_one_is_killed(storm: Storm) -> None:
    second = await storm.whole.add_replica("payments")

    async def kill() -> None:
        before = len(storm.walks)
        for n, victim in enumerate(("payments", second, "payments"), 1):
            await storm.until_done(before + 4 * n)
            storm.whole.kill(victim)

    await storm.journeys("replica", 16, kill)
    await asyncio.to_thread(storm.whole.remove_replica, second)
    await storm.ends_equal()


async def test_postgresql_is_killed_in_the_middle_of_journeys(storm: Storm) -> None:
    async def kill() -> None:
        before = len(storm.walks)
        for part in (4, 8):
            await storm.until_done(before + part)
            await asyncio.to_thread(storm.server.kill)
            await asyncio.to_thread(storm.server.start)

    await storm.journeys("postgres", 16, kill)
    await storm.ends_equal()


async def test_kafka_is_killed_and_stays_away_for_fifteen_seconds_and_journeys_go_on(storm: Storm) -> None:
    async def kill() -> None:
        await storm.until_done(len(storm.walks) + 4)
        await asyncio.to_thread(storm.broker.kill)
        await asyncio.sleep(15)
        await asyncio.to_thread(storm.broker.start)

    await storm.journeys("kafka", 20, kill)
    await storm.ends_equal()
