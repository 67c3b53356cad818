"""`python -m bench.period_end`: the end of a period with 100,000 open applications, on a PostgreSQL of its own.

The clock works them off in a process of its own, which is killed by `kill -9` in the middle; two others go on at once.
Prints how long all of it took, and fails unless each application lapsed once and one event says so of each. `--part`
makes it smaller.
"""

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from bench.ground import folder_of_servers, size
from chassis.database.migrations import CHASSIS_FOLDER, migrate
from chassis.database.outbox import unpack_headers
from chassis.database.pool import Database
from chassis.objects import ObjectStore
from contracts.claims import Money
from contracts.envelope import decode
from contracts.events.applications import ApplicationLapsed
from devstack.postgres import Server
from services.intake import store
from services.intake.domain.terms import Rules
from services.intake.jobs import look_at_the_clock

MIGRATIONS = Path(store.__file__).parents[1] / "migrations"
MANY = 100_000
ENDED = datetime(2027, 5, 1, 4, tzinfo=UTC)
RULES = Rules(
    by_period=True,
    zone=ZoneInfo("America/New_York"),
    warn_days=(30, 7, 1),
    renewal_fee=Money(amount_minor=6000),
    purge_after=timedelta(days=180),
)
FILL = """
    INSERT INTO credentials (slug, version, published, state, definition) VALUES ('weaving', 1, 1, 'open', '{}');
    INSERT INTO periods (period_id, name, first_day, last_day, changed_at)
    VALUES ('20000000-0000-0000-0000-000000000000', 'Spring', '2027-01-11', '2027-04-30', now());
    INSERT INTO people (person_id, version, name, email, email_key)
    SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1, 'P', n || '@example.org',
        n || '@example.org' FROM generate_series(1, :number) n;
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, timeline, started_at, changed_at)
    SELECT ('10000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
        ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'weaving', 1, 1, 'open', 1,
        '{"amount_minor": 6000, "currency": "usd"}', '[]',
        '[{"at": "2027-02-01T12:00:00+00:00", "what": "started"}]', '2027-02-01Z', '2027-02-01Z'
    FROM generate_series(1, :number) n;
    INSERT INTO terms (application_id, period_id, due_at, warned_at, next_at)
    SELECT application_id, '20000000-0000-0000-0000-000000000000', '2027-05-01T04:00Z', '2027-04-30T04:00Z',
        '2027-05-01T04:00Z' FROM applications;
"""
LAPSED = "SELECT count(*) FROM applications WHERE state = 'lapsed'"


async def work(dsn: str, folder: str) -> None:
    """The clock of one replica, until nothing is due."""
    database = await Database.connect("intake", dsn, lambda: ENDED)
    await look_at_the_clock(database, ObjectStore.open("intake", f"file://{folder}"), RULES)
    await database.close()


def replica(dsn: str, folder: Path) -> subprocess.Popen[bytes]:
    """A process that does the same."""
    return subprocess.Popen([sys.executable, "-m", "bench.period_end", "--replica", dsn, str(folder)])


async def measure(dsn: str, folder: Path, number: int) -> None:
    """Fill, let it end, kill in the middle, count."""
    await migrate(dsn, CHASSIS_FOLDER, MIGRATIONS)
    connection: Any = await asyncpg.connect(dsn)
    await connection.execute(FILL.replace(":number", str(number)))
    await connection.execute("VACUUM ANALYZE")
    objects = folder / "objects"
    objects.mkdir()
    began = time.perf_counter()
    first = replica(dsn, objects)
    while await connection.fetchval(LAPSED) < number / 2:
        if first.poll() is not None:
            raise SystemExit("the first replica ended before it was killed; take more applications")
        await asyncio.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    killed_at = await connection.fetchval(LAPSED)
    alone = time.perf_counter() - began
    others = [replica(dsn, objects) for _ in range(2)]
    codes = [await asyncio.to_thread(one.wait) for one in others]
    seconds = time.perf_counter() - began
    told: dict[str, int] = {}
    for row in await connection.fetch("SELECT topic, key, headers, payload FROM outbox"):
        event = decode(row["topic"], row["key"].encode(), row["payload"], unpack_headers(row["headers"])).event
        if not isinstance(event, ApplicationLapsed):
            raise SystemExit(f"an event that nobody asked for: {event.TYPE}")
        told[event.key] = told.get(event.key, 0) + 1
    lapsed = await connection.fetchval(LAPSED)
    await connection.close()
    sys.stdout.write(
        f"{number:,} open applications at the end of their period: {seconds:.1f} s in all"
        f" (killed after {alone:.1f} s at {killed_at:,}, then two replicas at once)\n"
    )
    once = codes == [0, 0] and lapsed == number == len(told) and set(told.values()) == {1}
    if not once:
        raise SystemExit(f"lapsed {lapsed:,}, told of {len(told):,}, most often {max(told.values(), default=0)}")
    sys.stdout.write("each lapsed once, and one event says so of each\n")


def main() -> None:
    """Measure once, or be one of the processes that are measured."""
    if sys.argv[1:2] == ["--replica"]:
        asyncio.run(work(*sys.argv[2:4]))
        return
    how, _ = size("period_end")
    folder = folder_of_servers()
    server = Server(folder / "postgres", durable=True)
    server.start()
    try:
        asyncio.run(measure(server.admin_dsn, folder, how.of(MANY)))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
