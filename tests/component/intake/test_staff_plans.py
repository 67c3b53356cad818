"""PostgreSQL's plan of each statement of the staff's lists: the index that it uses, and the cost without it."""

import itertools
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.intake.domain.audit import Act, TrailFilter
from services.intake.domain.staff import ListFilter, Order, Sort, search
from services.intake.domain.states import State
from services.intake.store import audit, staff
from tests.conftest import NewDatabase

MANY = 20_000
"""Most of them are over and of one credential, as in a program that has run for years."""
LIMIT = 51
PLACE = (datetime(2026, 6, 1, tzinfo=UTC), UUID(int=0))
DAY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC)
FILL = f"""
    INSERT INTO people (person_id, version, name, email, email_key, roles)
    SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1,
        'Given' || n % 997 || ' Family' || n, 'p' || n || '@example.org', 'p' || n || '@example.org',
        CASE WHEN n % 1000 = 0 THEN ARRAY['reviewer'] ELSE ARRAY[]::text[] END
    FROM generate_series(1, {MANY}) n;
    INSERT INTO credentials (slug, version, published, state, definition)
    SELECT 'credential-' || n, 1, 1, 'open', '{{}}' FROM generate_series(0, 5) n;
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, timeline, started_at, changed_at)
    SELECT gen_random_uuid(), ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
        'credential-' || CASE WHEN n % 50 = 0 THEN 1 + n / 50 % 5 ELSE 0 END, 1, 1,
        CASE WHEN n % 70 = 0 THEN (ARRAY['started', 'fee_due', 'open', 'submitted', 'in_review'])[1 + n / 70 % 5]
            ELSE 'lapsed' END, 1, '{{}}',
        '[]', '[]', began, began + interval '1 day' * (n % 30)
    FROM (SELECT n, '2026-01-01Z'::timestamptz + interval '1 year' * n / {MANY} AS began
        FROM generate_series(1, {MANY}) n) a;
    INSERT INTO audit (audit_id, at, actor, act)
    SELECT gen_random_uuid(), '2026-01-01Z'::timestamptz + interval '1 minute' * n, gen_random_uuid(), 'seen'
    FROM generate_series(1, {MANY}) n;
"""


@pytest.fixture
async def filled(new_database: NewDatabase) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A database of intake with many rows, whose statistics are fresh."""
    connection = await asyncpg.connect(await new_database("intake"))
    await connection.execute(FILL)
    # It serves moves alone. Among the few applications that are under way here, it costs as little as a list's own.
    await connection.execute("DROP INDEX applications_movable")
    for table in ("people", "applications", "audit"):
        await connection.execute(f"ANALYZE {table}")
    yield connection
    await connection.close()


def indexes(plan: dict[str, Any]) -> Iterator[str]:
    """Every index that a plan uses, and every table that it reads from one end to the other."""
    if "Index Name" in plan:
        yield plan["Index Name"]
    if plan["Node Type"] == "Seq Scan":
        yield f"all of {plan['Relation Name']}"
    for part in plan.get("Plans", ()):
        yield from indexes(part)


async def explain(
    connection: "asyncpg.Connection[Any]", statement: tuple[str, Sequence[object]]
) -> tuple[set[str], float]:
    """The tables and indexes that the plan of a statement uses, and its estimated cost."""
    sql, parameters = statement
    [row] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {sql}", *parameters)
    plan = json.loads(row[0])[0]["Plan"]
    return set(indexes(plan)), plan["Total Cost"]


STATE, CREDENTIAL = {"state": State.OPEN}, {"credential": "credential-1"}
LISTS: list[tuple[str, ListFilter]] = [
    ("applications_begun", ListFilter(sort=Sort.BEGUN, order=Order.ASCENDING)),
    ("applications_begun", ListFilter(sort=Sort.BEGUN, order=Order.DESCENDING)),
    ("applications_changed", ListFilter(sort=Sort.CHANGED, order=Order.ASCENDING)),
    ("applications_changed", ListFilter(sort=Sort.CHANGED, order=Order.DESCENDING)),
    *(
        (f"applications_state_{sort.value}", ListFilter(sort=sort, order=order, **STATE))
        for sort in Sort
        for order in Order
    ),
    *(
        (f"applications_credential_{sort.value}", ListFilter(sort=sort, order=order, **CREDENTIAL))
        for sort in Sort
        for order in Order
    ),
    *((f"applications_credential_state_{sort.value}", ListFilter(sort=sort, **STATE, **CREDENTIAL)) for sort in Sort),
    # Nearly all are so: the index of all would look as good, until the newest are others.
    *((f"applications_state_{sort.value}", ListFilter(sort=sort, state=State.LAPSED)) for sort in Sort),
    *((f"applications_credential_{sort.value}", ListFilter(sort=sort, credential="credential-0")) for sort in Sort),
    *(
        (f"applications_{kind}{sort.value}", ListFilter(since=DAY[0], before=DAY[1], sort=sort, **filters))
        for sort in Sort
        for kind, filters in (("", {}), ("state_", STATE), ("credential_", CREDENTIAL))
    ),
    ("applications_pkey", ListFilter(search=search(str(UUID(int=1))))),
]
"""Each list, and the index that it stands on; rows of the other table are found by their number."""
BY_NUMBER = {"applications_person", "people_pkey"}


async def test_each_list_stands_on_its_index(filled: "asyncpg.Connection[Any]") -> None:
    for expected, wanted in LISTS:
        for after in (None, PLACE):
            used, _ = await explain(filled, staff.statement(wanted, after, LIMIT))
            assert used - BY_NUMBER == set(expected.split()), (wanted, after)


async def test_without_its_index_each_list_costs_more(filled: "asyncpg.Connection[Any]") -> None:
    for expected, wanted in LISTS:
        statement = staff.statement(wanted, None, LIMIT)
        _, cost = await explain(filled, statement)
        for index in set(expected.split()) - {"applications_pkey"}:
            transaction = filled.transaction()
            await transaction.start()
            await filled.execute(f"DROP INDEX {index}")
            used, more = await explain(filled, statement)
            await transaction.rollback()
            assert (index in used, more > cost) == (False, True), (index, wanted, more / cost, used)


async def test_applications_of_people_are_found_by_the_people(filled: "asyncpg.Connection[Any]") -> None:
    for text, expected in [
        ("p123@example.org", {"people_address"}),
        ("Given237 Family1234", {"people_name"}),
        ("p1234", {"people_address", "people_name"}),
    ]:
        wanted = search(text)
        assert wanted is not None
        sql, parameters = staff.found_statement(wanted)
        assert (await explain(filled, (sql, parameters)))[0] == expected
        people = [row["person_id"] for row in await filled.fetch(sql, *parameters)]
        listed = staff.statement(ListFilter(search=wanted), None, LIMIT, people)
        used, _ = await explain(filled, listed)
        assert (bool(people), used - {"people_pkey"}) == (True, {"applications_person"}), text


async def test_people_are_looked_for_by_an_index(filled: "asyncpg.Connection[Any]") -> None:
    for text, expected in [
        ("", {"people_roles"}),
        ("p123@example.org", {"people_address"}),
        ("Given1 Family1234", {"people_name"}),
        ("p1234", {"people_address", "people_name"}),
    ]:
        assert (await explain(filled, staff.people_statement(search(text), LIMIT)))[0] == expected


async def test_the_trail_is_read_by_its_index(filled: "asyncpg.Connection[Any]") -> None:
    for wanted, index in [
        (TrailFilter(), "audit_at"),
        (TrailFilter(since=DAY[0], before=DAY[1]), "audit_at"),
        (TrailFilter(actor=UUID(int=1)), "audit_actor"),
        (TrailFilter(person_id=UUID(int=1)), "audit_person"),
        (TrailFilter(act=Act.ROLES_CHANGED), "audit_act"),
    ]:
        for after in (None, PLACE):
            used, _ = await explain(filled, audit.statement(wanted, after, LIMIT))
            assert used - {"people_pkey", "all of people"} == {index}, (wanted, after)


async def test_a_list_in_pages_is_what_fits_in_its_order(filled: "asyncpg.Connection[Any]") -> None:
    await filled.execute("DELETE FROM applications WHERE started_at NOT BETWEEN '2026-05-20Z' AND '2026-06-10Z'")
    rows = await filled.fetch("SELECT * FROM applications")
    assert len(rows) > 1000
    for sort, order, state, credential, since, before in itertools.product(
        Sort, Order, (None, State.OPEN, State.LAPSED), (None, "credential-0"), (None, DAY[0]), (None, DAY[1])
    ):
        time = {Sort.BEGUN: "started_at", Sort.CHANGED: "changed_at"}[sort]
        fitting = sorted(
            (row[time], row["application_id"])
            for row in rows
            if (state is None or row["state"] == state.value)
            and (credential is None or row["credential"] == credential)
            and (since is None or row[time] >= since)
            and (before is None or row[time] < before)
        )
        expected = fitting if order is Order.ASCENDING else fitting[::-1]
        wanted = ListFilter(sort=sort, order=order, state=state, credential=credential, since=since, before=before)
        # A cursor of another list may lie outside of the bounds.
        anywhere = [(row[time], row["application_id"]) for row in rows[:2]]
        for after in (
            None,
            *expected[len(expected) // 2 :][:1],
            *anywhere,
            (datetime(2020, 1, 1, tzinfo=UTC), UUID(int=0)),
        ):
            behind = [
                one for one in expected if after is None or (one > after if order is Order.ASCENDING else one < after)
            ]
            sql, parameters = staff.statement(wanted, after, 10_000)
            found = [(row[time], row["application_id"]) for row in await filled.fetch(sql, *parameters)]
            assert found == behind, (wanted, after)
