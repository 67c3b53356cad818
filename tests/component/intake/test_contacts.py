"""Addresses that somebody asked a link for and that nobody confirmed: erased after some time, once, also after an
outage; and never who is still needed."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts.events.links import LinkIssued
from contracts.events.people import PersonDescribed, PersonErased
from program.loader import load_policy
from program.policy import Policy
from services.intake.usecases.contacts import MOST_AT_ONCE
from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.leading import draft
from tests.component.intake.letter_desk import SETTLE, open_desk
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Walker
from tests.one_service import OneService, replica_of
from tests.scanning import rows_with

JOBS = ("forget-links", "forget-contacts")
STRANGER = "wisteria@example.org"
FILL = """
    INSERT INTO people (person_id, version, kind, name, email, institution, roles, language, time_zone,
        sessions_valid_from, email_key)
    SELECT gen_random_uuid(), 1, 'contact', '', n || '@example.org', '', '{}', 'en', 'UTC', $1, n || '@example.org'
    FROM generate_series(1, $2) AS n
"""


async def run(one: OneService) -> None:
    """Links that ran out are forgotten, then contacts."""
    for job in JOBS:
        await one.run_job(job)


async def erased(intake: Walker) -> list[UUID]:
    """Whom intake said to forget."""
    return [one.person_id for one in await intake.one.events(PersonErased) if isinstance(one, PersonErased)]


async def contact(intake: Walker, email: str) -> UUID:
    """Somebody asked for a link to this address: who that is."""
    await intake.ask_for_link(email)
    link = (await intake.one.events(LinkIssued))[-1]
    assert isinstance(link, LinkIssued)
    return link.person_id


async def test_an_address_that_nobody_confirmed_is_erased_after_its_time(intake: Walker) -> None:
    who = await contact(intake, STRANGER)
    ada = await intake.sign_in("ada@example.org")
    pool = intake.one.database.pool
    intake.one.clock.move(days=29, hours=23)
    await run(intake.one)
    assert (await erased(intake), {text for _, text in await rows_with(pool, [STRANGER])}) == ([], {STRANGER})
    intake.one.clock.move(hours=2)
    await run(intake.one)
    await run(intake.one)
    assert (await erased(intake), await rows_with(pool, [STRANGER])) == ([who], [])
    # The same address is a new person; and who has used a link once stays.
    again = await intake.sign_in(STRANGER)
    assert again.person_id != who
    intake.one.clock.move(days=400)
    await run(intake.one)
    assert await erased(intake) == [who]
    assert (await intake.sign_in("ada@example.org")).person_id == ada.person_id


async def test_who_has_just_asked_again_is_kept_for_a_day(intake: Walker) -> None:
    who = await contact(intake, STRANGER)
    intake.one.clock.move(days=31)
    assert await contact(intake, STRANGER) == who
    await run(intake.one)
    assert await erased(intake) == []
    intake.one.clock.move(days=1, hours=1)
    await run(intake.one)
    assert await erased(intake) == [who]


async def test_who_has_a_role_or_leads_a_cohort_is_kept(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    admin = await intake.sign_in("admin@example.org")
    reviewer = await contact(intake, "rosa@example.org")
    await intake.call(admin, "PUT", f"/api/people/{reviewer}/roles", 200, json={"roles": ["reviewer"]})
    kim, nobody = await contact(intake, "kim@example.org"), await contact(intake, STRANGER)
    await draft(intake, staff, facilitators=[{"name": "Kim", "email": "kim@example.org"}])
    intake.one.clock.move(days=60)
    await run(intake.one)
    assert await erased(intake) == [nobody]
    assert kim != nobody


async def test_who_is_asked_for_a_letter_is_kept_until_it_is_settled(service: StartService) -> None:
    desk = await open_desk(service)
    _, token = await desk.asked()
    bo = (await desk.links())[0].person_id
    desk.intake.one.clock.move(days=29)
    await run(desk.intake.one)
    desk.intake.one.clock.move(days=90)
    await desk.run("forget-contacts")
    assert await erased(desk.intake) == []
    desk.intake.one.clock.move(days=-119, seconds=30)
    await desk.hand_in(token)
    desk.intake.one.clock.move(days=60)
    await run(desk.intake.one)
    assert await erased(desk.intake) == [], "the job that settles letters has not looked yet"
    await desk.run(SETTLE)
    assert await erased(desk.intake) == [bo]


async def test_who_is_asked_for_a_letter_goes_with_the_applicant(service: StartService) -> None:
    desk = await open_desk(service)
    await desk.asked()
    bo = (await desk.links())[0].person_id
    await desk.intake.call(desk.ada, "DELETE", "/api/me", 204)
    await desk.run(SETTLE, "erase")
    assert await erased(desk.intake) == [desk.ada.person_id, bo]
    assert await rows_with(desk.intake.one.database.pool, ["bo@partner.example", "Bo Berg"]) == []
    state = "SELECT state, contact_id FROM letter_requests"
    assert [tuple(row) for row in await desk.intake.one.database.pool.fetch(state)] == [("closed", None)]


async def test_after_an_outage_all_go_and_each_once_whatever_the_number_of_replicas(intake: Walker) -> None:
    many = 2 * MOST_AT_ONCE + 5
    await intake.one.database.pool.execute(FILL, intake.one.clock(), many)
    intake.one.clock.move(days=200)
    other = await replica_of(intake.one)
    try:
        await asyncio.gather(run(intake.one), run(other))
    finally:
        await other.close()
    found = await erased(intake)
    assert (len(found), len(set(found))) == (many, many)


async def test_who_asks_at_that_moment_gets_a_link_that_is_good(intake: Walker) -> None:
    for number in range(5):
        email = f"{number}@example.org"
        await contact(intake, email)
        intake.one.clock.move(days=32)
        await intake.one.run_job("forget-links")
        await asyncio.gather(intake.one.run_job("forget-contacts"), intake.ask_for_link(email))
        link = (await intake.one.events(LinkIssued))[-1]
        assert isinstance(link, LinkIssued)
        answer = await intake.client.post("/api/sessions", json={"token": intake.open_link(link)})
        intake.client.cookies.clear()
        assert (answer.status_code, answer.json()["person"]["email"]) == (201, email)
        assert link.person_id not in await erased(intake)


async def test_a_policy_without_a_time_keeps_them(service: StartService, tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "credentials").symlink_to(PROGRAM / "credentials")
    policy = (PROGRAM / "policy.yaml").read_text()
    (folder / "policy.yaml").write_text(f"forget_contacts_after_days: null\n{policy}")
    intake = Walker(await service("intake", program_dir=folder))
    await contact(intake, STRANGER)
    intake.one.clock.move(days=3000)
    await run(intake.one)
    assert await erased(intake) == []
    assert len(await intake.one.events(PersonDescribed)) == 1


@pytest.mark.parametrize("days", [0, 4000])
def test_a_time_that_cannot_be_is_refused(days: int) -> None:
    policy = load_policy(PROGRAM).model_dump()
    with pytest.raises(ValidationError, match="forget_contacts_after_days"):
        Policy.model_validate(policy | {"forget_contacts_after_days": days})
