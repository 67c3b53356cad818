"""The ledger over HTTP. PostgreSQL refuses entries that do not balance."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.component.payments.conftest import Till
from tests.cursors import NO_PLACES


async def read(till: Till, person: UUID, **params: object) -> httpx.Response:
    return await till.service.client.get("/api/ledger", params=params, headers=till.service.session_for(person))


async def test_staff_read_entries_whose_lines_sum_to_zero(till: Till) -> None:
    staff = await till.service.add_person(roles=("staff",))
    application, person = await till.due()
    await till.paid(application, person)
    await till.run()
    answer = await read(till, staff)
    items = answer.json()["items"]
    assert {(item["application_id"], item["currency"]) for item in items} == {(str(application), "usd")}
    assert sorted(item["kind"] for item in items) == ["fee_due", "payment", "stripe_fee"]
    assert [sum(line["debit_minor"] - line["credit_minor"] for line in item["lines"]) for item in items] == [0, 0, 0]
    assert next(item["lines"] for item in items if item["kind"] == "stripe_fee") == [
        {"account": "stripe_fees", "debit_minor": 204, "credit_minor": 0},
        {"account": "stripe_balance", "debit_minor": 0, "credit_minor": 204},
    ]
    assert all(datetime.fromisoformat(item["at"]).tzinfo is not None for item in items)


async def test_pages_hold_everything_once_and_in_order(till: Till) -> None:
    staff = await till.service.add_person(roles=("admin",))
    applications = []
    for _ in range(5):
        applications.append((await till.due())[0])
        till.service.clock.move(seconds=1)
    found, after = [], None
    for _ in range(3):
        answer = (await read(till, staff, limit=2, **({"after": after} if after else {}))).json()
        found += [UUID(item["application_id"]) for item in answer["items"]]
        after = answer["next"]
    assert (found, after) == (applications, None)


async def test_from_is_included_and_to_is_not(till: Till) -> None:
    staff = await till.service.add_person(roles=("staff",))
    till.service.clock.now = datetime(2026, 3, 1, tzinfo=UTC)
    first, _ = await till.due()
    till.service.clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    second, _ = await till.due()

    async def between(**params: object) -> list[str]:
        return [item["application_id"] for item in (await read(till, staff, **params)).json()["items"]]

    assert await between(**{"from": date(2026, 3, 1), "to": date(2026, 4, 1)}) == [str(first)]
    assert await between(**{"from": "2026-03-01T00:00:01Z"}) == [str(second)]
    assert await between(to="2026-04-01T00:00:00Z") == [str(first)]
    assert await between() == [str(first), str(second)]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-04-01T12:00:00"}, "to"),
        ({"from": "2026-04-01T00:00:00"}, "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"from": "1767225600"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": ""}, "from"),
        *(({"after": after}, "after") for after in NO_PLACES),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
    ],
)
async def test_a_bad_parameter_is_named(till: Till, params: dict[str, object], field: str) -> None:
    staff = await till.service.add_person(roles=("staff",))
    answer = await read(till, staff, **params)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


async def test_only_staff_read_the_books_and_any_payment(till: Till) -> None:
    application, person = await till.due()
    chair, staff = (
        await till.service.add_person(roles=("chair", "reviewer")),
        await till.service.add_person(roles=("staff",)),
    )
    assert [(await read(till, one)).status_code for one in (person, chair, staff)] == [403, 403, 200]
    assert (await till.shown(application, staff))["state"] == "due"
    answer = await till.service.client.get(f"/api/payments/{application}", headers=till.service.session_for(chair))
    assert answer.status_code == 404
    assert (await till.check_out(application, staff)).status_code == 404


@pytest.mark.parametrize(
    "lines",
    [
        [{"account": "a", "debit_minor": 1, "credit_minor": 0}, {"account": "b", "debit_minor": 0, "credit_minor": 2}],
        [{"account": "a", "debit_minor": 1, "credit_minor": 1}],
        [],
    ],
)
async def test_the_database_refuses_an_entry_that_does_not_balance(till: Till, lines: list[dict[str, object]]) -> None:
    add = (
        "INSERT INTO ledger (entry_id, at, application_id, kind, currency, lines)"
        " VALUES ($1, now(), $1, 'payment', 'usd', $2)"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="lines"):
        await till.service.database.pool.execute(add, uuid4(), lines)


async def test_the_database_refuses_states_that_are_not_in_the_table(till: Till) -> None:
    await till.due()
    for sql in (
        "UPDATE fees SET state = 'gone'",
        "UPDATE fees SET state = 'paid'",
        "UPDATE fees SET state = 'cancelled'",
        "INSERT INTO checkouts SELECT application_id, 1, 'open', NULL, NULL, NULL, now(), now() FROM fees",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await till.service.database.pool.execute(sql)
