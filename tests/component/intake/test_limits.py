"""How often somebody may ask for a link, counted in the database for all replicas."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from contracts.events.links import LinkIssued
from contracts.events.people import PersonDescribed
from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import Walker
from tests.one_service import OneService


def from_host(one: OneService, host: str) -> httpx.AsyncClient:
    """A client at this address."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(one.running.api, client=(host, 1)), base_url="http://127.0.0.1"
    )


async def ask(one: OneService, email: str = "ada@example.org", host: str = "203.0.113.7") -> tuple[int, int]:
    """The status, and in how many seconds to try again (0: now)."""
    async with from_host(one, host) as client:
        answer = await client.post("/api/sign-in", json={"email": email})
    assert (answer.status_code == 429) == ("retry-after" in answer.headers)
    return answer.status_code, int(answer.headers.get("retry-after", 0))


@pytest.mark.parametrize(
    ("rates", "allowed"),
    [
        ({"sign_in_per_address": "2/hour"}, [202, 202, 429, 202]),
        ({"sign_in_per_client": "2/hour"}, [202, 202, 429, 429]),
    ],
)
async def test_too_often(service: StartService, rates: dict[str, str], allowed: list[int]) -> None:
    intake = Walker(await service("intake", program_dir=PROGRAM, **rates))
    emails = ["ada@example.org", "ADA@example.org", "ada@EXAMPLE.org", "eve@example.org"]
    answers = [await intake.client.post("/api/sign-in", json={"email": email}) for email in emails]
    assert [answer.status_code for answer in answers] == allowed
    refused = answers[2]
    assert (refused.json()["type"], refused.json()["detail"]) == ("too_often", "Try again in 3600 seconds.")
    assert refused.headers["retry-after"] == "3600"
    assert len(await intake.one.events(LinkIssued)) == allowed.count(202)


async def test_the_window_moves_and_the_wait_is_true_to_the_second(service: StartService) -> None:
    one = await service("intake", program_dir=PROGRAM, sign_in_per_address="2 per minute")
    seen = []
    for _ in range(2):
        seen.append(await ask(one))
        one.clock.move(seconds=20)
    assert seen == [(202, 0), (202, 0)]
    assert await ask(one) == (429, 20)
    one.clock.move(seconds=19.5)
    assert await ask(one) == (429, 1)
    one.clock.move(seconds=0.5)
    assert await ask(one) == (202, 0)
    assert await ask(one) == (429, 20)  # the second's minute ends twenty seconds later
    one.clock.move(seconds=20)
    assert await ask(one) == (202, 0)


async def test_what_is_refused_is_not_counted_for_anybody(service: StartService) -> None:
    one = await service(
        "intake", program_dir=PROGRAM, sign_in_per_address="1 per hour", sign_in_per_client="3 per hour"
    )
    assert await ask(one) == (202, 0)
    for _ in range(5):
        assert await ask(one) == (429, 3600)
    one.clock.move(seconds=10)
    assert [await ask(one, email) for email in ("b@example.org", "c@example.org")] == [(202, 0), (202, 0)]
    # Both are full: the wait is until both have room.
    assert await ask(one, "b@example.org") == (429, 3600)
    assert await ask(one, "d@example.org") == (429, 3590)
    assert await ask(one, "d@example.org", "203.0.113.8") == (202, 0)
    assert await one.database.pool.fetchval("SELECT count(*) FROM sign_in_counts") == 8
    assert await ask(one, "no address") == (422, 0)
    assert await one.database.pool.fetchval("SELECT count(*) FROM sign_in_counts") == 8


async def test_the_same_request_again_counts_once(service: StartService) -> None:
    one = await service("intake", program_dir=PROGRAM, sign_in_per_address="1 per hour")
    for _ in range(3):
        answer = await one.client.post(
            "/api/sign-in", json={"email": "ada@example.org"}, headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 202
    assert len(await one.events(LinkIssued)) == 1


async def test_replicas_count_together_also_at_the_same_instant(service: StartService) -> None:
    first = await service(
        "intake", program_dir=PROGRAM, sign_in_per_address="7 per hour", sign_in_per_client="1000 per hour"
    )
    second = await service("intake", beside=first)
    answers = await asyncio.gather(
        *(ask(one, "ada@example.org", f"203.0.113.{n}") for n in range(15) for one in (first, second))
    )
    assert sorted(status for status, _ in answers) == [202] * 7 + [429] * 23
    assert len(await first.events(LinkIssued)) == 7
    assert len(await first.events(PersonDescribed)) == 1
    answers = await asyncio.gather(*(ask(one, f"{n}@example.org") for n in range(6) for one in (first, second)))
    assert [status for status, _ in answers] == [202] * 12


async def test_a_client_is_an_address_or_the_64_of_one(service: StartService) -> None:
    one = await service("intake", program_dir=PROGRAM, sign_in_per_client="1 per hour")
    hosts = [
        "2001:db8::1",
        "2001:db8::ffff:2",
        "2001:db8:0:1::1",
        "198.51.100.1",
        "::ffff:198.51.100.1",
        "198.51.100.2",
    ]
    assert [(await ask(one, f"{n}@example.org", host))[0] for n, host in enumerate(hosts)] == [
        202,
        429,
        202,
        202,
        429,
        202,
    ]


async def test_of_who_asked_a_hash_is_kept_and_not_longer_than_it_counts(service: StartService) -> None:
    one = await service(
        "intake", program_dir=PROGRAM, sign_in_per_address="5 per 10 minutes", sign_in_per_client="5 per 20 minutes"
    )
    await ask(one, "quinn@example.org")  # no name that hexadecimal digits can spell
    rows = await one.database.pool.fetch(
        "SELECT who, until - $1 AS left, c::text AS whole FROM sign_in_counts c", one.clock()
    )
    assert sorted(row["left"] for row in rows) == [timedelta(minutes=10), timedelta(minutes=20)]
    assert {len(row["who"]) for row in rows} == {16}
    assert not [
        row for row in rows if "203.0.113" in row["whole"] or "quinn" in row["whole"] or b"203.0.113.7" in row["who"]
    ]
    left = []
    for minutes in (9, 1, 9, 1):
        one.clock.move(minutes=minutes)
        await one.run_job("forget-sign-in-counts")
        left.append(await one.database.pool.fetchval("SELECT count(*) FROM sign_in_counts"))
    assert left == [2, 1, 1, 0]


async def test_a_clock_that_was_set_back_locks_nobody_out(service: StartService) -> None:
    one = await service("intake", program_dir=PROGRAM, sign_in_per_address="1 per hour")
    one.clock.move(days=30)
    assert await ask(one) == (202, 0)
    one.clock.move(days=-30)
    assert await ask(one) == (202, 0)
    assert await ask(one) == (429, 3600)
