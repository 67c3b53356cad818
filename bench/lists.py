"""`python -m bench.lists`: the staff's list of applications with each filter, at 1,000 and at 100,000 applications.

Asks the service's own statements, on a PostgreSQL of its own, for the first page and for one in the middle. Prints p50
and p95 at both sizes, and by how much they grow. Wanted: p95 grows by at most 1.2. `--part` makes the larger one
smaller.
"""

import asyncio
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.ground import Size, folder_of_servers, size
from chassis.database.migrations import CHASSIS_FOLDER, migrate
from chassis.database.pool import Database
from devstack.postgres import Server
from services.intake.domain.staff import Order, Sort, Wanted, search
from services.intake.domain.states import State
from services.intake.store import staff

MIGRATIONS = Path(staff.__file__).parents[1] / "migrations"
FEW, MANY = 1_000, 100_000
EACH_RUN, WARM_UP = 200, 20
A_PAGE = 51
MIDDLE = datetime(2026, 7, 1, tzinfo=UTC), UUID(int=0)

# Two years of a program: six credentials, of which one has the half; most applications are over, the latest are open.
FILL = """
    INSERT INTO credentials (slug, version, published, state, definition)
    SELECT 'credential-' || n, 1, 1, 'open', '{}' FROM generate_series(0, 5) n;
    INSERT INTO people (person_id, version, name, email, email_key)
    SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1,
        'Given' || n % 997 || ' Family' || n, 'p' || n || '@example.org', 'p' || n || '@example.org'
    FROM generate_series(1, :number) n;
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, timeline, started_at, changed_at)
    SELECT ('10000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
        ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
        'credential-' || CASE WHEN n % 2 = 0 THEN 0 ELSE n / 2 % 6 END, 1, 1,
        CASE WHEN n > 0.9 * :number THEN
            (ARRAY['started', 'fee_due', 'open', 'submitted', 'in_review'])[1 + n % 5]
            ELSE (ARRAY['withdrawn', 'lapsed'])[1 + n % 2] END,
        1, '{"amount_minor": 6000, "currency": "usd"}', '[]', '[]', began, began + interval '1 day' * (n % 60)
    FROM (SELECT n, '2025-01-01Z'::timestamptz + interval '2 years' * n / :number AS began
        FROM generate_series(1, :number) n) a;
"""
DAYS: dict[str, Any] = {
    "begun_from": datetime(2026, 6, 1, tzinfo=UTC),
    "begun_before": datetime(2026, 6, 8, tzinfo=UTC),
}
LISTS: dict[str, Wanted] = {
    "all, by begun": Wanted(),
    "all, by changed": Wanted(sort=Sort.CHANGED),
    "all, by changed, oldest first": Wanted(sort=Sort.CHANGED, order=Order.ASCENDING),
    "state (some)": Wanted(state=State.SUBMITTED),
    "state (some), by changed": Wanted(state=State.SUBMITTED, sort=Sort.CHANGED),
    "state (many)": Wanted(state=State.LAPSED),
    "credential": Wanted(credential="credential-3"),
    "credential, by changed": Wanted(credential="credential-3", sort=Sort.CHANGED),
    "state and credential": Wanted(state=State.SUBMITTED, credential="credential-3"),
    "a week": Wanted(**DAYS),
    "a week, by changed": Wanted(sort=Sort.CHANGED, **DAYS),
    "number": Wanted(search=search("10000000-0000-0000-0000-000000000077")),
    "address, whole": Wanted(search=search("p77@example.org")),
    "name, whole": Wanted(search=search("Given77 Family77")),
}
PLACES = {"first page": None, "from the middle": MIDDLE}


async def ask(database: Database, wanted: Wanted, after: tuple[datetime, UUID] | None, count: int) -> list[float]:
    """Ask for a page so often, one after the other: milliseconds, the shortest first."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        async with database.reading() as tx:
            await staff.page(tx, wanted, after, A_PAGE)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


async def filled(admin_dsn: str, number: int) -> Database:
    """A database of intake with so many applications."""
    name = f"lists_{number}"
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    dsn = admin_dsn.rpartition("/")[0] + f"/{name}"
    await migrate(dsn, CHASSIS_FOLDER, MIGRATIONS)
    connection: Any = await asyncpg.connect(dsn)
    await connection.execute(FILL.replace(":number", str(number)))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return await Database.connect("bench", dsn, size=2)


def middle_and_late(took: Sequence[float]) -> tuple[float, float]:
    """p50 and p95 of what is sorted."""
    return statistics.median(took), took[int(len(took) * 0.95)]


async def measure(admin_dsn: str, how: Size) -> None:
    """Ask at both sizes by turns, and print."""
    few, many = FEW, max(FEW, how.of(MANY))
    databases = [await filled(admin_dsn, number) for number in (few, many + (many == few))]
    count, warm_up = how.of(EACH_RUN), how.of(WARM_UP)
    sys.stdout.write(f"{few:,} and {many:,} applications: milliseconds of a page of {A_PAGE - 1}, {how.runs} runs\n")
    for name, wanted in LISTS.items():
        for place, after in PLACES.items():
            runs: list[list[tuple[float, float]]] = []
            for database in databases:
                await ask(database, wanted, after, warm_up)
            for _ in range(how.runs):
                runs.append([middle_and_late(await ask(database, wanted, after, count)) for database in databases])
            (p50_few, p50_many), (p95_few, p95_many) = (
                [statistics.median(run[database][which] for run in runs) for database in (0, 1)] for which in (0, 1)
            )
            ratios = [run[1][1] / run[0][1] for run in runs]
            sys.stdout.write(
                f"{name + ', ' + place:<52} p50 {p50_few:6.2f} {p50_many:6.2f}  grows by {p50_many / p50_few:5.2f}   "
                f"p95 {p95_few:6.2f} {p95_many:6.2f}  grows by {statistics.median(ratios):5.2f} "
                f"({min(ratios):.2f} - {max(ratios):.2f})\n"
            )
            sys.stdout.flush()
    for database in databases:
        await database.close()


def main() -> None:
    """The benchmark."""
    how, _ = size("lists")
    folder = folder_of_servers()
    server = Server(folder / "postgres", durable=True)
    server.start()
    try:
        asyncio.run(measure(server.admin_dsn, how))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
