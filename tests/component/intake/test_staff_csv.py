"""The staff's list as CSV: complete, streamed, limited, and harmless in a spreadsheet."""

import asyncio
import csv
import io
from uuid import UUID

import pytest

from chassis.database.pool import Database
from services.intake.domain.staff import ListFilter, Order, Sort
from services.intake.routes import staff as routes
from services.intake.store import staff as store
from tests.component.intake.test_staff import named, staff_of
from tests.component.intake.walker import Applicant, Walker

CSV = "/api/staff/applications.csv"
MANY = """
    INSERT INTO people (person_id, version, name, email, email_key)
    SELECT gen_random_uuid(), 1, 'Person ' || n, n || '@many.example', n || '@many.example'
    FROM generate_series(1, $1::int) n
"""
APPLICATIONS = """
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, timeline, started_at, changed_at)
    SELECT gen_random_uuid(), person_id, 'weaving', 1, 1, 'started', 1, '{}', '[]', '[]',
        '2026-01-01Z'::timestamptz + interval '1 second' * (row_number() OVER () / 3), '2026-01-02Z'
    FROM people WHERE email LIKE '%@many.example'
"""


async def many(database: Database, number: int) -> None:
    """This number of applications, three in each second."""
    await database.pool.execute(MANY, number)
    await database.pool.execute(APPLICATIONS)


async def table(intake: Walker, who: Applicant, **query: str | int) -> list[dict[str, str]]:
    """The lines of the CSV, by its columns."""
    answer = await intake.client.get(CSV, headers=who.headers, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8; header=present")
    assert answer.headers["content-disposition"] == 'attachment; filename="applications.csv"'
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_a_line_for_each_application(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    began = intake.one.clock()
    number = await named(intake, "robin@example.org", "Robin Éxample")
    assert await table(intake, staff) == [
        {
            "application_id": str(number),
            "credential": "weaving",
            "version": "1",
            "attempt": "1",
            "state": "fee_due",
            "on_hold": "no",
            "started_at": began.isoformat(),
            "changed_at": began.isoformat(),
            "name": "Robin Éxample",
            "email": "robin@example.org",
        }
    ]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ('=HYPERLINK("http://evil.example","x")', '\'=HYPERLINK("http://evil.example","x")'),
        ("+1", "'+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ('Ada "the", weaver', 'Ada "the", weaver'),
        ("O'Brien-Smith", "O'Brien-Smith"),
        ("李 小龍", "李 小龍"),
    ],
)
async def test_no_name_is_run_by_a_spreadsheet(intake: Walker, name: str, cell: str) -> None:
    staff = await staff_of(intake, "staff")
    await named(intake, "=cmd@example.org", name)
    assert [(line["name"], line["email"]) for line in await table(intake, staff)] == [(cell, "'=cmd@example.org")]


async def test_it_is_the_list_that_was_asked_for(intake: Walker) -> None:
    first = await named(intake, "a@example.org", "A")
    second = await named(intake, "b@example.org", "B", "lacing")
    third = await named(intake, "c@example.org", "C")
    staff = await staff_of(intake, "staff")

    async def shown(**query: str | int) -> list[UUID]:
        return [UUID(line["application_id"]) for line in await table(intake, staff, **query)]

    assert await shown() == [third, second, first]
    assert await shown(order="asc", limit=2) == [first, second]
    assert await shown(credential="weaving") == [third, first]
    assert await shown(q="b@") == [second]
    assert await shown(state="lapsed") == []
    for bad in ({"limit": 0}, {"limit": "many"}, {"state": "happy"}):
        await intake.call(staff, "GET", CSV, 422, params=bad)


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, 1203), (1203, 1203), (1000, 1000), (500, 500), (501, 501), (1, 1)]
)
async def test_many_lines_come_whole_and_in_order(intake: Walker, limit: int | None, expected: int) -> None:
    await many(intake.one.database, 1203)
    staff = await staff_of(intake, "staff")
    query: dict[str, str | int] = {"order": "asc"} if limit is None else {"order": "asc", "limit": limit}
    lines = await table(intake, staff, **query)
    times = [(line["started_at"], UUID(line["application_id"])) for line in lines]
    assert (len(lines), len(set(times)), times) == (expected, expected, sorted(times))


async def test_it_is_streamed_and_holds_no_connection(intake: Walker) -> None:
    database = intake.one.database
    await many(database, 1203)
    wanted = ListFilter(sort=Sort.BEGUN, order=Order.ASCENDING)
    async with database.reading() as tx:
        first = await store.page(tx, wanted, None, routes.AT_ONCE)
    pieces = []
    async for piece in routes.lines(database, wanted, first, routes.MOST_LINES):
        pieces.append(piece.count("\r\n"))
        # Every connection can be had while the client is slow.
        held = [await asyncio.wait_for(database.pool.acquire(), 5) for _ in range(database.pool.get_max_size())]
        for connection in held:
            await database.pool.release(connection)
    assert pieces == [1, 500, 500, 203]


async def test_who_took_it_away_is_noted_and_nothing_of_what_was_looked_for(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    await table(intake, staff, q="robin@example.org")
    rows = await intake.one.database.pool.fetch(
        "SELECT t.*, t::text AS whole FROM audit t WHERE act <> 'roles_changed'"
    )
    assert [(row["actor"], row["act"], row["at"]) for row in rows] == [
        (staff.person_id, "applications_exported", intake.one.clock())
    ]
    assert "robin" not in rows[0]["whole"]
