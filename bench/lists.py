"""`python -m bench.lists`: the staff's list of applications with each filter, and an applicant's own page, at 1,000 and
at 1,000,000 applications.

Asks the service's own statements, on a PostgreSQL of its own, for the first page and for one in the middle; then intake
itself (in this process) for the page, the API and the applicant's page. Both sizes are asked for so many lines as the
smaller one has, so that what grows is the search and not the answer. Prints p50 and p95 at both sizes, and by how much
they grow. Wanted: p95 grows by at most 1.2. `--part` makes the larger one smaller, and asks less often.
"""

import asyncio
import shutil
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.ground import Size, folder_of_servers, size
from chassis.database.migrations import CHASSIS_FOLDER, migrate
from devstack.postgres import Server
from services.intake.domain.staff import ListFilter, Order, Sort, search
from services.intake.domain.states import State
from services.intake.store import staff
from tests.one_service import OneService, start

MIGRATIONS = Path(staff.__file__).parents[1] / "migrations"
FEW, MANY = 1_000, 1_000_000
EACH_RUN, WARM_UP = 200, 20
A_PAGE = 51
MIDDLE = datetime(2026, 7, 1, tzinfo=UTC), UUID(int=0)

# Two years of a program: six credentials, of which one has the half; most applications are over, the latest are open.
FILL = """
    INSERT INTO people (person_id, version, kind, name, email, email_key, sessions_valid_from)
    SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1, 'account',
        'Given' || n % 997 || ' Family' || n, 'p' || n || '@example.org', 'p' || n || '@example.org', '2020-01-01Z'
    FROM generate_series(1, :number) n;
    UPDATE people SET roles = ARRAY['staff'] WHERE person_id = '00000000-0000-0000-0000-000000000001';
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, timeline, started_at, changed_at)
    SELECT ('10000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
        ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
        (ARRAY[:slugs])[1 + CASE WHEN n % 2 = 0 THEN 0 ELSE n / 2 % 6 END], 1, 1,
        CASE WHEN n > 0.9 * :number THEN
            (ARRAY['started', 'fee_due', 'open', 'submitted', 'in_review'])[1 + n % 5]
            ELSE (ARRAY['withdrawn', 'lapsed'])[1 + n % 2] END,
        1, '{"amount_minor": 6000, "currency": "usd"}', '[]', '[]', began, began + interval '1 day' * (n % 60)
    FROM (SELECT n, '2025-01-01Z'::timestamptz + interval '2 years' * n / :number AS began
        FROM generate_series(1, :number) n) a;
"""
SLUGS = sorted(path.name for path in (Path(staff.__file__).parents[3] / "program" / "credentials").iterdir())[:6]
THIRD = SLUGS[3]
ME, THEIRS = UUID(int=1), UUID("10000000-0000-0000-0000-000000000001")
DAYS: dict[str, Any] = {
    "since": datetime(2026, 6, 1, tzinfo=UTC),
    "before": datetime(2026, 6, 8, tzinfo=UTC),
}
LISTS: dict[str, ListFilter] = {
    "all, by begun": ListFilter(),
    "all, by changed": ListFilter(sort=Sort.CHANGED),
    "all, by changed, oldest first": ListFilter(sort=Sort.CHANGED, order=Order.ASCENDING),
    "state (some)": ListFilter(state=State.SUBMITTED),
    "state (some), by changed": ListFilter(state=State.SUBMITTED, sort=Sort.CHANGED),
    "state (many)": ListFilter(state=State.LAPSED),
    "credential": ListFilter(credential=THIRD),
    "credential, by changed": ListFilter(credential=THIRD, sort=Sort.CHANGED),
    "state and credential": ListFilter(state=State.SUBMITTED, credential=THIRD),
    "a week": ListFilter(**DAYS),
    "a week of changes": ListFilter(sort=Sort.CHANGED, **DAYS),
    "a week, state": ListFilter(state=State.LAPSED, **DAYS),
    "a week, credential": ListFilter(credential=THIRD, **DAYS),
    "number": ListFilter(search=search("10000000-0000-0000-0000-000000000077")),
    "address, whole": ListFilter(search=search("p77@example.org")),
    "name, whole": ListFilter(search=search("Given77 Family77")),
}
PLACES = {"first page": None, "from the middle": MIDDLE}


Ask = Callable[["OneService"], Awaitable[object]]


def page_of(wanted: ListFilter, after: tuple[datetime, UUID] | None, lines: int) -> Ask:
    """Asks the store for so many lines."""

    async def ask(one: OneService) -> object:
        async with one.database.reading() as tx:
            return await staff.page(tx, wanted, after, lines)

    return ask


def address(path: str, **query: str | int) -> Ask:
    """Asks intake as staff (who is an applicant too) for a page or by the API."""

    async def ask(one: OneService) -> object:
        answer = await one.client.get(path, params=query, headers=one.session_for(ME) | {"Accept": "*/*"})
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        return answer.content

    return ask


async def often(one: OneService, ask: Ask, count: int) -> list[float]:
    """Ask so often, one after the other: milliseconds, the shortest first."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        await ask(one)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


async def filled(admin_dsn: str, folder: Path, number: int) -> OneService:
    """An intake with so many applications."""
    name = f"lists_{number}"
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    dsn = admin_dsn.rpartition("/")[0] + f"/{name}"
    await migrate(dsn, CHASSIS_FOLDER, MIGRATIONS)
    mine = folder / name
    mine.mkdir()
    one = await start("intake", dsn, mine)
    connection: Any = await asyncpg.connect(dsn)
    slugs = ", ".join(f"'{slug}'" for slug in SLUGS)
    await connection.execute(FILL.replace(":number", str(number)).replace(":slugs", slugs))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return one


def middle_and_late(took: Sequence[float]) -> tuple[float, float]:
    """p50 and p95 of a sorted list."""
    return statistics.median(took), took[int(len(took) * 0.95)]


async def compare(name: str, ask: Ask, both: Sequence[OneService], how: Size) -> None:
    """Ask at both sizes by turns, and print."""
    runs: list[list[tuple[float, float]]] = []
    count = how.of(EACH_RUN)
    for one in both:
        await often(one, ask, how.of(WARM_UP))
    for _ in range(how.runs):
        runs.append([middle_and_late(await often(one, ask, count)) for one in both])
    (p50_few, p50_many), (p95_few, p95_many) = (
        [statistics.median(run[size][which] for run in runs) for size in (0, 1)] for which in (0, 1)
    )
    ratios = [run[1][1] / run[0][1] for run in runs]
    sys.stdout.write(
        f"{name:<52} p50 {p50_few:6.2f} {p50_many:6.2f}  grows by {p50_many / p50_few:5.2f}   "
        f"p95 {p95_few:6.2f} {p95_many:6.2f}  grows by {statistics.median(ratios):5.2f} "
        f"({min(ratios):.2f} - {max(ratios):.2f})\n"
    )
    sys.stdout.flush()


async def measure(admin_dsn: str, folder: Path, how: Size) -> None:
    """Everything at both sizes."""
    few, many = FEW, max(FEW + 1, how.of(MANY))
    both = [await filled(admin_dsn, folder, number) for number in (few, many)]
    sys.stdout.write(f"{few:,} and {many:,} applications: milliseconds, {how.runs} runs\n")
    for name, wanted in LISTS.items():
        for place, after in PLACES.items():
            async with both[0].database.reading() as tx:
                lines = len(await staff.page(tx, wanted, after, A_PAGE))
            await compare(f"{name}, {place} ({lines})", page_of(wanted, after, max(lines, 1)), both, how)
    for name, ask in {
        "page /staff": address("/staff"),
        "page /staff, by changed": address("/staff", sort="changed"),
        "page /staff, state": address("/staff", state="lapsed"),
        "page /staff, credential": address("/staff", credential=THIRD),
        "page /staff, search": address("/staff", q="p77@example.org"),
        "API, all": address("/api/staff/applications"),
        "API, credential": address("/api/staff/applications", credential=THIRD),
        "the applicant's own page": address(f"/applications/{THEIRS}"),
        "the applicant's own, API": address(f"/api/applications/{THEIRS}"),
        "the applicant's list": address("/applications"),
    }.items():
        await compare(name, ask, both, how)
    for one in both:
        await one.close()


def main() -> None:
    """The benchmark."""
    how, _ = size("lists")
    folder = folder_of_servers()
    server = Server(folder / "postgres", durable=True)
    server.start()
    try:
        asyncio.run(measure(server.admin_dsn, folder, how))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
