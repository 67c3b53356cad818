"""Deadlines of applications: warned about, carried over, extended, lapsed, purged. Each happens once, also after an
outage."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.event import Event
from contracts.events.applications import ApplicationLapsed
from contracts.events.deadlines import (
    ApplicationDeadlineMoved,
    ApplicationDeadlineNear,
    ApplicationRenewalCancelled,
    ApplicationRenewalDue,
)
from services.intake.domain.terms import Rules
from services.intake.usecases import clock as clock_usecases
from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.enrollment import NEW_YORK, at, enrolling, pay_renewal, still, terms, tick
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import USD, Applicant, Walker, id_of

END_OF_SPRING, END_OF_SUMMER = at(5, 1, 0), at(9, 1, 0)
RULES = Rules(by_period=True, zone=NEW_YORK, warn_days=(30, 7, 1), renewal_fee=USD, purge_after=timedelta(days=90))
SAID = (ApplicationDeadlineNear, ApplicationDeadlineMoved, ApplicationLapsed, ApplicationRenewalDue)


@pytest.fixture
async def intake(service: StartService) -> Walker:
    return await enrolling(service)


@pytest.fixture
async def ada(intake: Walker) -> Applicant:
    return await intake.sign_in("ada@example.org")


async def said(intake: Walker, *kinds: type[Event]) -> list[str]:
    """What was said about deadlines, by kind."""
    return [type(event).__name__.removeprefix("Application") for event in await intake.one.events(*(kinds or SAID))]


async def application(intake: Walker, who: Applicant, path: str) -> Any:
    return await intake.call(still(intake, who), "GET", path, 200)


def what(found: Any) -> list[str]:
    return [moment["what"] for moment in found["timeline"]]


async def ask(intake: Walker, who: Applicant, path: str) -> UUID:
    """Ask to be carried over: the id of the fee."""
    found = await intake.call(still(intake, who), "POST", f"{path}/renewal", 200)
    return UUID(found["deadline"]["renewal"]["renewal_id"])


async def test_an_application_is_due_by_the_end_of_its_period(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    found = await application(intake, ada, path)
    period = found["deadline"]["period"]
    assert found["deadline"] == {
        "due_at": "2027-05-01T04:00:00Z",
        "last_day": "2027-04-30",
        "because": "period",
        "period": {"period_id": period["period_id"], "name": "Spring"},
    }


async def test_outside_of_periods_nothing_begins_and_the_refusal_names_the_next(intake: Walker, ada: Applicant) -> None:
    intake.one.clock.now = END_OF_SPRING
    refused = await intake.call(still(intake, ada), "POST", "/api/applications", 409, json={"credential": "weaving"})
    assert (refused["type"], refused["detail"]) == (
        "no_open_period",
        "No enrollment period is open. The next one is Summer, from 2027-05-17 to 2027-08-31; begin then.",
    )
    intake.one.clock.now = END_OF_SPRING - timedelta(microseconds=1)
    await intake.start(still(intake, ada))
    intake.one.clock.now = END_OF_SUMMER
    bob = await intake.sign_in("bob@example.org")
    refused = await intake.call(bob, "POST", "/api/applications", 409, json={"credential": "weaving"})
    assert refused["detail"] == (
        "No enrollment period is open, and the next one is not planned yet. Look here again later."
    )
    assert await terms(intake.one.database) == 1


async def test_warned_at_each_of_the_days_once_then_lapsed(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    seen = []
    for now in (at(3, 31, 23, 59), at(4, 1, 0), at(4, 23, 23, 59), at(4, 24, 0), at(4, 30, 0), at(4, 30, 23, 59)):
        await tick(intake, now)
        await tick(intake)
        seen.append(len(await said(intake)))
    assert seen == [0, 1, 1, 2, 3, 3]
    await tick(intake, END_OF_SPRING)
    await tick(intake)
    assert await said(intake) == ["DeadlineNear", "DeadlineNear", "DeadlineNear", "Lapsed"]
    found = await application(intake, ada, path)
    assert (found["state"], what(found)[-1], "deadline" in found) == ("lapsed", "lapsed", False)


async def test_after_an_outage_only_the_latest_warning_is_sent(intake: Walker, ada: Applicant) -> None:
    await intake.open(ada)
    await tick(intake, at(4, 30, 13))
    assert await said(intake) == ["DeadlineNear"]
    await tick(intake, at(4, 30, 14))
    assert await said(intake) == ["DeadlineNear"]


async def test_a_period_that_ended_during_an_outage_is_closed_without_warnings(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    await tick(intake, at(6, 10))
    assert await said(intake) == ["Lapsed"]
    assert (await application(intake, ada, path))["state"] == "lapsed"


async def test_who_begins_late_hears_no_warning_that_is_over(intake: Walker, ada: Applicant) -> None:
    intake.one.clock.now = at(4, 28)
    await intake.open(still(intake, ada))
    await tick(intake)
    assert await said(intake) == []
    await tick(intake, at(4, 30, 1))
    assert await said(intake) == ["DeadlineNear"]


async def test_the_last_moment_counts_and_the_next_is_too_late(intake: Walker, ada: Applicant) -> None:
    bob = await intake.sign_in("bob@example.org")
    mine, his = await intake.complete(ada), await intake.complete(bob)
    intake.one.clock.now = END_OF_SPRING - timedelta(microseconds=1)
    await intake.call(still(intake, ada), "POST", f"{mine}/submission", 200)
    intake.one.clock.now = END_OF_SPRING
    too_late = "The time of this application is over: its last day was 2027-04-30."
    for method, path, body in (
        ("POST", "submission", {}),
        ("PUT", "materials/essay", {"json": {"text": "One more."}}),
        ("DELETE", "materials/essay", {}),
        ("PUT", "self-assessment", {"json": {"ratings": {"warp": 3}}}),
        ("PUT", "path", {"json": {"path": "spoken"}}),
    ):
        refused = await intake.call(still(intake, bob), method, f"{his}/{path}", 409, **body)
        assert (refused["type"], refused["detail"]) == ("too_late", too_late), path
    await tick(intake)
    assert [(await application(intake, who, path))["state"] for who, path in ((ada, mine), (bob, his))] == [
        "submitted",
        "lapsed",
    ]


async def test_carried_over_when_the_renewal_fee_is_paid(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    intake.one.clock.now = at(4, 29)
    renewal_id = await ask(intake, ada, path)
    assert await ask(intake, ada, path) == renewal_id, "asked twice, it is the same request"
    due = await intake.one.events(ApplicationRenewalDue)
    assert [(one.renewal_id, one.fee.amount_minor, one.due_at) for one in due] == [(renewal_id, 6000, END_OF_SPRING)]
    await pay_renewal(intake, ada, id_of(path), renewal_id)
    await pay_renewal(intake, ada, id_of(path), renewal_id)
    await tick(intake, at(5, 2))
    found = await application(intake, ada, path)
    assert (found["state"], found["deadline"]["due_at"]) == ("open", "2027-09-01T04:00:00Z")
    assert what(found)[-2:] == ["renewal_asked", "renewed"]
    assert await said(intake, ApplicationDeadlineMoved, ApplicationRenewalCancelled) == ["DeadlineMoved"]
    await tick(intake, END_OF_SUMMER)
    assert (await application(intake, ada, path))["state"] == "lapsed"


async def test_unpaid_at_the_close_it_lapses_a_little_later_and_the_fee_is_cancelled(
    intake: Walker, ada: Applicant
) -> None:
    path = await intake.open(ada)
    intake.one.clock.now = at(4, 29)
    renewal_id = await ask(intake, ada, path)
    await tick(intake, END_OF_SPRING)
    assert (await application(intake, ada, path))["state"] == "open", "what was paid in time may be on its way"
    await tick(intake, END_OF_SPRING + timedelta(minutes=10))
    assert (await application(intake, ada, path))["state"] == "lapsed"
    cancelled = await intake.one.events(ApplicationRenewalCancelled)
    assert [one.renewal_id for one in cancelled] == [renewal_id]
    await pay_renewal(intake, ada, id_of(path), renewal_id)
    found = await application(intake, ada, path)
    assert (found["state"], what(found)[-1]) == ("lapsed", "lapsed"), "paid too late: payments gives it back"


async def test_a_payment_whose_news_come_in_the_last_minutes_carries_over(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    intake.one.clock.now = at(4, 30, 23, 58)
    renewal_id = await ask(intake, ada, path)
    await tick(intake, END_OF_SPRING + timedelta(minutes=9))
    await pay_renewal(intake, ada, id_of(path), renewal_id)
    await tick(intake, END_OF_SPRING + timedelta(hours=1))
    assert (await application(intake, ada, path))["deadline"]["period"]["name"] == "Summer"


@pytest.mark.parametrize("act", ["submission", "withdrawal"])
async def test_who_ends_it_otherwise_owes_no_renewal_fee(intake: Walker, ada: Applicant, act: str) -> None:
    path = await intake.complete(ada)
    renewal_id = await ask(intake, ada, path)
    await intake.call(ada, "POST", f"{path}/{act}", 200)
    assert [one.renewal_id for one in await intake.one.events(ApplicationRenewalCancelled)] == [renewal_id]
    await pay_renewal(intake, ada, id_of(path), renewal_id)
    await tick(intake, at(6, 1))
    assert await said(intake, ApplicationDeadlineMoved, ApplicationLapsed, ApplicationRenewalCancelled) == [
        "RenewalCancelled"
    ]


async def test_a_renewal_is_refused_in_words(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    refused = await intake.call(ada, "POST", f"{path}/renewal", 409)
    assert refused["detail"].startswith("renewal is not possible: this application is started;")
    other = await intake.sign_in("eve@example.org")
    await intake.call(other, "POST", f"{path}/renewal", 404)
    await intake.call(None, "POST", f"{path}/renewal", 401)
    bob = await intake.sign_in("bob@example.org")
    his = await intake.open(bob)
    await intake.one.database.pool.execute("DELETE FROM periods WHERE key = 'summer'")
    refused = await intake.call(bob, "POST", f"{his}/renewal", 409)
    assert (refused["type"], refused["detail"]) == (
        "no_next_period",
        "The next period is not planned yet. Ask the program's staff for more time.",
    )


async def test_staff_gives_one_application_more_time(intake: Walker, ada: Applicant) -> None:
    staff = await staff_of(intake, "staff")
    path, number = await intake.open(ada), ""
    number = str(id_of(path))
    here = f"/api/staff/applications/{number}/extension"
    body = {"day": "2027-05-14", "reason": "She was ill."}
    await intake.call(ada, "POST", here, 403, json=body)
    await intake.call(staff, "POST", f"/api/staff/applications/{uuid4()}/extension", 404, json=body)
    for day, problem in (("2027-04-30", "must be 2027-05-01 or later"), ("2099-01-01", "must be in 2037 or earlier")):
        refused = await intake.call(staff, "POST", here, 422, json=body | {"day": day})
        assert refused["errors"] == [{"field": "day", "message": problem}]
    given = await intake.call(staff, "POST", here, 200, json=body)
    assert (given["deadline"]["due_at"], given["deadline"]["because"]) == ("2027-05-15T04:00:00Z", "extended")
    mine = await application(intake, ada, path)
    assert (mine["deadline"]["reason"], what(mine)[-1]) == ("She was ill.", "extended")
    admin = await intake.sign_in("admin@example.org")
    trail = (await intake.call(admin, "GET", "/api/staff/audit", 200))["items"]
    (line,) = (one for one in trail if one["act"] == "deadline_extended")
    assert (line["application_id"], line["before"], line["after"]) == (
        number,
        ["2027-04-30"],
        ["2027-05-14"],
    )
    await tick(intake, at(5, 10))
    assert (await application(intake, ada, path))["state"] == "open"
    await tick(intake, at(5, 15, 0))
    assert (await application(intake, ada, path))["state"] == "lapsed"
    refused = await intake.call(still(intake, staff), "POST", here, 409, json=body | {"day": "2027-06-01"})
    assert refused["type"] == "wrong_state"


async def test_what_was_written_is_purged_and_the_fact_stays(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    await intake.call(ada, "POST", f"{path}/study-plan", 201, json={"title": "Read about looms"})
    assert len(intake.objects(ada)) == 4
    await tick(intake, END_OF_SPRING)
    await tick(intake, END_OF_SPRING + timedelta(days=90) - timedelta(seconds=1))
    assert len(intake.objects(ada)) == 4
    await tick(intake, END_OF_SPRING + timedelta(days=90))
    assert intake.objects(ada) == []
    row = await intake.one.database.pool.fetchrow(
        "SELECT a.state, a.basic, a.ratings, a.path_answer, t.next_at, t.purged_at IS NOT NULL AS purged,"
        " (SELECT count(*) FROM materials) AS materials, (SELECT count(*) FROM assessments) AS assessments,"
        " (SELECT count(*) FROM study_plan) AS plans FROM applications a JOIN terms t USING (application_id)"
    )
    assert row is not None
    assert tuple(row.values()) == ("lapsed", None, None, None, None, True, 0, 0, 0)
    assert (await application(intake, ada, path))["state"] == "lapsed"


async def test_replicas_at_once_handle_each_application_once(intake: Walker, service: StartService) -> None:
    people = [await intake.sign_in() for _ in range(7)]
    paths = [await intake.start(who) for who in people]
    other = Walker(await service("intake", beside=intake.one))
    intake.one.clock.now = END_OF_SPRING
    await asyncio.gather(*(one.one.run_job("clock") for one in (intake, other) for _ in range(3)))
    lapsed = await intake.one.events(ApplicationLapsed)
    assert sorted(str(one.application_id) for one in lapsed) == sorted(str(id_of(path)) for path in paths)


async def test_what_a_clock_leaves_in_the_middle_the_next_one_does(intake: Walker) -> None:
    for _ in range(3):
        await intake.start(await intake.sign_in())
    intake.one.clock.now = END_OF_SPRING
    database = intake.one.database

    async def killed() -> None:
        async with database.transaction() as tx:
            looked, _ = await clock_usecases.look(tx, RULES)
            raise RuntimeError(f"killed after {looked}")

    with pytest.raises(RuntimeError, match="killed after 3"):
        await killed()
    assert await said(intake) == []
    await tick(intake)
    assert await said(intake) == ["Lapsed"] * 3


async def test_who_began_rolling_stays_rolling_and_the_other_way_round(service: StartService) -> None:
    intake = await enrolling(service, PROGRAM)
    ada = await intake.sign_in("ada@example.org")
    rolling = await intake.open(ada)
    assert "deadline" not in await application(intake, ada, rolling)
    refused = await intake.call(ada, "POST", f"{rolling}/renewal", 409)
    assert refused["type"] == "no_deadline"
    intake.one.config.program_dir = PROGRAM.parent / "program_of_periods"
    periods = Walker(await service("intake", beside=intake.one))
    bob = await periods.sign_in("bob@example.org")
    by_period = await periods.open(bob)
    await tick(periods, at(6, 1))
    assert (await application(periods, ada, rolling))["state"] == "open"
    assert (await application(periods, bob, by_period))["state"] == "lapsed"
    eve = await periods.sign_in("eve@example.org")
    in_summer = await periods.open(eve)
    intake.one.config.program_dir = PROGRAM
    again = Walker(await service("intake", beside=intake.one))
    assert (await application(again, eve, in_summer))["deadline"]["last_day"] == date(2027, 8, 31).isoformat()
    await again.start(await again.sign_in("cleo@example.org"))
    assert await terms(intake.one.database) == 2
