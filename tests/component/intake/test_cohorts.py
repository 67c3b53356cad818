"""Cohorts over HTTP: places are never given twice, the waiting list moves up, and only members see where they meet."""

import asyncio
from uuid import uuid4

import pytest
from icalendar import Calendar

from contracts.claims import Money
from contracts.events.cohorts import (
    CohortCancelled,
    CohortOpened,
    CohortPlaceEnded,
    CohortPlaceTaken,
    CohortRescheduled,
)
from contracts.events.payments import FeeRefunded
from tests.component.intake.leading import COHORT, LINK, add_session, applied, draft, joined, opened, place
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Applicant, Walker, id_of

PLACES = "SELECT state, count(*) FROM cohort_places GROUP BY state"


async def test_a_cohort_is_offered_when_it_is_open_without_the_place_where_it_meets(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    path = await draft(intake, staff)
    assert (await intake.call(None, "GET", "/api/cohorts", 200))["items"] == []
    await intake.call(staff, "POST", f"{path}/opening", 200)
    offered = (await intake.call(None, "GET", "/api/cohorts?credential=weaving", 200))["items"]
    assert [(one["name"], one["free"], one["full"], one["facilitators"]) for one in offered] == [
        ("Spring weavers", 2, False, ["Rosa Ruiz", "Kim Lee"])
    ]
    whole = await intake.client.get("/api/cohorts")
    assert LINK not in whole.text
    assert (await intake.call(None, "GET", "/api/cohorts?credential=lacing", 200))["items"] == []
    assert len(await intake.one.events(CohortOpened)) == 1


async def test_places_the_waiting_list_and_who_leaves(intake: Walker) -> None:
    _, _, cohort_id = await opened(intake, capacity=1)
    ada, first = await joined(intake, "ada", cohort_id)
    bob, second = await joined(intake, "bob", cohort_id)
    cy, third = await joined(intake, "cy", cohort_id)
    assert [await place(intake, *one) for one in ((ada, first), (bob, second), (cy, third))] == [
        ("member", None),
        ("waiting", 1),
        ("waiting", 2),
    ]
    # The same wish twice is one wish.
    await intake.call(ada, "PUT", f"{first}/cohort", 200, json={"cohort_id": str(cohort_id)})
    left = await intake.call(ada, "DELETE", f"{first}/cohort", 200)
    assert "cohort" not in left
    await intake.call(ada, "DELETE", f"{first}/cohort", 200)
    assert [await place(intake, *one) for one in ((bob, second), (cy, third))] == [("member", None), ("waiting", 1)]
    assert [
        (one.application_id, one.place, one.reason, one.waiting_number)
        for one in await intake.one.events(CohortPlaceTaken)
        if isinstance(one, CohortPlaceTaken)
    ] == [
        (id_of(first), "member", "joined", None),
        (id_of(second), "waiting", "joined", 1),
        (id_of(third), "waiting", "joined", 2),
        (id_of(second), "member", "moved_up", None),
    ]
    assert [one.reason for one in await intake.one.events(CohortPlaceEnded) if isinstance(one, CohortPlaceEnded)] == [
        "left"
    ]


async def test_many_at_once_for_the_last_place_get_it_once(intake: Walker) -> None:
    _, _, cohort_id = await opened(intake, capacity=3)
    people = [await applied(intake, f"p{number}") for number in range(12)]
    await asyncio.gather(
        *(
            intake.call(who, "PUT", f"{one}/cohort", 200, json={"cohort_id": str(cohort_id)})
            for who, one in people
            for _ in range(2)
        )
    )
    found = sorted([await place(intake, who, one) for who, one in people], key=str)
    assert found == sorted([("member", None)] * 3 + [("waiting", number) for number in range(1, 10)], key=str)
    assert dict(await intake.one.database.pool.fetch(PLACES)) == {"member": 3, "waiting": 9}
    # All members leave at once: the first three of the list move up, nobody else.
    members = [one for one in people if await place(intake, *one) == ("member", None)]
    order = {(await place(intake, *one) or ("", 0))[1]: one for one in people if one not in members}
    await asyncio.gather(*(intake.call(who, "DELETE", f"{one}/cohort", 200) for who, one in members))
    assert [await place(intake, *order[number]) for number in range(1, 10)] == [("member", None)] * 3 + [
        ("waiting", number) for number in range(1, 7)
    ]


async def test_two_cohorts_joined_at_once_by_one_application_are_one(intake: Walker) -> None:
    staff, _, one = await opened(intake)
    other_path = await draft(intake, staff, name="Another")
    await intake.call(staff, "POST", f"{other_path}/opening", 200)
    ada, path = await applied(intake, "ada")
    bodies = [{"cohort_id": str(one)}, {"cohort_id": other_path.rpartition("/")[2]}]
    answers = await asyncio.gather(
        *(intake.client.put(f"{path}/cohort", json=body, headers=ada.headers) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert next(answer.json()["type"] for answer in answers if answer.status_code == 409).endswith("in_a_cohort")
    assert dict(await intake.one.database.pool.fetch(PLACES)) == {"member": 1}


async def test_more_capacity_lets_the_list_move_up_in_order_and_less_than_members_is_refused(intake: Walker) -> None:
    staff, path, cohort_id = await opened(intake, capacity=1)
    people = [await joined(intake, name, cohort_id) for name in ("ada", "bob", "cy", "di")]
    await intake.call(staff, "PUT", path, 200, json=COHORT | {"capacity": 3})
    assert [await place(intake, *one) for one in people] == [("member", None)] * 3 + [("waiting", 1)]
    body = await intake.call(staff, "PUT", path, 422, json=COHORT | {"capacity": 2})
    assert [(one["field"], one["message"]) for one in body["errors"]] == [
        ("capacity", "must be at least 3, because so many people have a place")
    ]


@pytest.mark.parametrize("way", ["withdrawn", "refunded", "erased"])
async def test_who_withdraws_or_is_erased_leaves_and_the_next_moves_up(intake: Walker, way: str) -> None:
    _, _, cohort_id = await opened(intake, capacity=1)
    ada, first = await joined(intake, "ada", cohort_id)
    bob, second = await joined(intake, "bob", cohort_id)
    cy, third = await joined(intake, "cy", cohort_id)
    # Who waits may have withdrawn too: they are passed over.
    await intake.call(bob, "POST", f"{second}/withdrawal", 200)
    if way == "withdrawn":
        await intake.call(ada, "POST", f"{first}/withdrawal", 200)
    elif way == "refunded":
        amount = Money(amount_minor=6000)
        await intake.one.deliver(
            FeeRefunded(application_id=id_of(first), person_id=ada.person_id, amount=amount, remaining_minor=0)
        )
    else:
        await intake.one.database.pool.execute("UPDATE people SET erased = true WHERE person_id = $1", ada.person_id)
    await intake.one.run_job("keep-cohorts")
    assert await place(intake, cy, third) == ("member", None)
    assert dict(await intake.one.database.pool.fetch(PLACES)) == {"member": 1, "application_ended": 2}
    said = len(await intake.one.said())
    await intake.one.run_job("keep-cohorts")
    assert len(await intake.one.said()) == said


async def test_only_members_are_shown_where_it_meets(intake: Walker) -> None:
    _, _, cohort_id = await opened(intake, capacity=1)
    ada, first = await joined(intake, "ada", cohort_id)
    bob, second = await joined(intake, "bob", cohort_id)
    links = [
        (await intake.call(who, "GET", one, 200))["cohort"]["sessions"][0].get("link")
        for who, one in ((ada, first), (bob, second))
    ]
    assert links == [LINK, None]
    await intake.call(bob, "GET", f"{second}/cohort.ics", 404)
    await intake.call(bob, "GET", f"{first}/cohort.ics", 404)
    said = await intake.one.database.pool.fetch("SELECT payload FROM outbox WHERE topic = 'intake.cohorts'")
    assert len(said) == 3
    assert not [row for row in said if b"secret-room" in bytes(row["payload"])]


async def test_the_calendar_keeps_its_ids_and_counts_changes(intake: Walker) -> None:
    staff, path, cohort_id = await opened(intake)
    ada, first = await joined(intake, "ada", cohort_id)
    session_id = await add_session(
        intake, staff, path, title="Over the change of clocks", starts_at="2027-03-15T18:00", minutes=90
    )
    events = {str(one["UID"]): one for one in await calendar(intake, ada, first)}
    event = events[f"{session_id}@127.0.0.1"]
    assert (event.start.isoformat(), event["DTSTART"].params["TZID"]) == (
        "2027-03-15T18:00:00-04:00",
        "America/New_York",
    )
    assert (event["SEQUENCE"], event["STATUS"], event["LOCATION"]) == (0, "CONFIRMED", LINK)
    body = {"title": "Later", "starts_at": "2027-03-15T19:00", "minutes": 60, "link": LINK}
    await intake.call(staff, "PUT", f"{path}/sessions/{session_id}", 200, json=body)
    await intake.call(staff, "PUT", f"{path}/sessions/{session_id}", 200, json=body)
    await intake.call(staff, "DELETE", f"{path}/sessions/{session_id}", 200)
    event = {str(one["UID"]): one for one in await calendar(intake, ada, first)}[f"{session_id}@127.0.0.1"]
    assert (event["SEQUENCE"], event["STATUS"], event.start.isoformat()) == (
        2,
        "CANCELLED",
        "2027-03-15T19:00:00-04:00",
    )
    # One event for each change, none for a change of nothing.
    said = [one for one in await intake.one.events(CohortRescheduled) if isinstance(one, CohortRescheduled)]
    assert [(one.changed, [who.application_id for who in one.members]) for one in said] == [
        ((event_id,), [id_of(first)]) for event_id in (said[0].changed[0],) * 3
    ]


async def calendar(intake: Walker, who: Applicant, path: str) -> list[object]:
    answer = await intake.client.get(f"{path}/cohort.ics", headers=who.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8; method=PUBLISH")
    return Calendar.from_ical(answer.content).walk("VEVENT")


async def test_a_cancelled_cohort_ends_all_places_and_says_so_once(intake: Walker) -> None:
    staff, path, cohort_id = await opened(intake, capacity=1)
    ada, first = await joined(intake, "ada", cohort_id)
    _, second = await joined(intake, "bob", cohort_id)
    await intake.call(staff, "POST", f"{path}/cancellation", 200)
    await intake.call(staff, "POST", f"{path}/cancellation", 409)
    (said,) = await intake.one.events(CohortCancelled)
    assert isinstance(said, CohortCancelled)
    assert [one.application_id for one in said.members] == [id_of(first)]
    assert [one.application_id for one in said.waiting] == [id_of(second)]
    assert [(one.cancelled, one.sequence) for one in said.sessions] == [(True, 1)]
    assert await place(intake, ada, first) == ("cohort_ended", None)
    assert (await intake.call(None, "GET", "/api/cohorts", 200))["items"] == []
    # Another cohort may be joined.
    _, _, other = await opened(intake, name="Another")
    await intake.call(ada, "PUT", f"{first}/cohort", 200, json={"cohort_id": str(other)})


async def test_time_begins_and_finishes_a_cohort_also_after_an_outage(intake: Walker) -> None:
    staff, path, cohort_id = await opened(intake)
    await joined(intake, "ada", cohort_id)
    intake.one.clock.move(days=7, minutes=1)
    await intake.one.run_job("keep-cohorts")
    staff = await staff_of(intake, "staff")
    assert (await intake.call(staff, "GET", path, 200))["state"] == "running"
    bob, second = await applied(intake, "bob")
    await intake.call(bob, "PUT", f"{second}/cohort", 409, json={"cohort_id": str(cohort_id)})
    intake.one.clock.move(days=7)
    await intake.one.run_job("keep-cohorts")
    staff = await staff_of(intake, "staff")
    assert (await intake.call(staff, "GET", path, 200))["state"] == "finished"
    _, late, _ = await opened(intake, name="Slept through")
    intake.one.clock.move(days=30)
    await intake.one.run_job("keep-cohorts")
    staff = await staff_of(intake, "staff")
    assert (await intake.call(staff, "GET", late, 200))["state"] == "finished"


async def test_staff_remove_and_move_with_a_reason_that_the_person_is_shown(intake: Walker) -> None:
    staff, path, cohort_id = await opened(intake, capacity=1)
    ada, first = await joined(intake, "ada", cohort_id)
    bob, second = await joined(intake, "bob", cohort_id)
    other_path = await draft(intake, staff, name="Another")
    await intake.call(staff, "POST", f"{other_path}/opening", 200)
    other = other_path.rpartition("/")[2]
    move = f"{path}/places/{id_of(first)}/move"
    await intake.call(staff, "POST", move, 422, json={"cohort_id": other})
    await intake.call(staff, "POST", move, 200, json={"cohort_id": other, "reason": "You asked for it."})
    assert (await intake.call(ada, "GET", first, 200))["cohort"]["name"] == "Another"
    assert await place(intake, bob, second) == ("member", None)
    removal = f"{path}/places/{id_of(second)}/removal"
    await intake.call(staff, "POST", removal, 200, json={"reason": "You did not come."})
    await intake.call(staff, "POST", removal, 404, json={"reason": "You did not come."})
    shown = (await intake.call(bob, "GET", second, 200))["cohort"]
    assert (shown["place"], shown["reason"]) == ("removed", "You did not come.")
    acts = await intake.one.database.pool.fetch(
        "SELECT act, application_id, before, after FROM audit WHERE act LIKE 'cohort_member%' ORDER BY at"
    )
    assert [tuple(one) for one in acts] == [
        ("cohort_member_moved", id_of(first), ["Spring weavers"], ["Another"]),
        ("cohort_member_removed", id_of(second), None, None),
    ]


async def test_two_editors_do_not_overwrite_each_other(intake: Walker) -> None:
    staff, path, cohort_id = await opened(intake)
    seen = (await intake.client.get(path, headers=staff.headers)).headers["etag"]
    # Who joins meanwhile does not matter to who edits the details.
    await joined(intake, "ada", cohort_id)
    await intake.call(staff, "PUT", path, 200, json=COHORT | {"name": "First"}, headers={"If-Match": seen})
    body = await intake.call(staff, "PUT", path, 412, json=COHORT | {"name": "Second"}, headers={"If-Match": seen})
    assert body["current"]["name"] == "First"
    session_id = (await intake.call(staff, "GET", path, 200))["sessions"][0]["session_id"]
    one = f"{path}/sessions/{session_id}"
    seen = (await intake.client.get(one, headers=staff.headers)).headers["etag"]
    session = {"title": "Changed", "starts_at": "2030-03-15T19:00", "minutes": 60}
    await intake.call(staff, "PUT", one, 200, json=session, headers={"If-Match": seen})
    await intake.call(staff, "PUT", one, 412, json=session | {"title": "Other"}, headers={"If-Match": seen})


async def test_another_persons_application_and_an_unknown_cohort_are_not_there(intake: Walker) -> None:
    staff, path, cohort_id = await opened(intake)
    ada, first = await joined(intake, "ada", cohort_id)
    bob, second = await applied(intake, "bob")
    await intake.call(bob, "PUT", f"{first}/cohort", 404, json={"cohort_id": str(cohort_id)})
    await intake.call(bob, "DELETE", f"{first}/cohort", 404)
    await intake.call(bob, "PUT", f"{second}/cohort", 404, json={"cohort_id": str(uuid4())})
    hidden = await draft(intake, staff)
    await intake.call(bob, "PUT", f"{second}/cohort", 404, json={"cohort_id": hidden.rpartition("/")[2]})
    for method, below, body in (
        ("GET", "", None),
        ("PUT", "", COHORT),
        ("POST", "/opening", None),
        ("POST", "/cancellation", None),
        ("POST", f"/places/{id_of(first)}/removal", {"reason": "x"}),
    ):
        await intake.call(bob, method, path + below, 403, json=body)
    assert await place(intake, ada, first) == ("member", None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "a\u202eb"}, "name"),
        ({"name": ""}, "name"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 10**9}, "capacity"),
        ({"credentials": ["nothing"]}, "credentials"),
        ({"credentials": []}, "credentials"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"joining_opens": "9999-12-31T23:59"}, "joining_opens"),
        ({"joining_opens": "2027-03-14T02:30"}, "joining_opens"),
        ({"joining_opens": "2027-03-02T10:00", "joining_closes": "2027-03-01T10:00"}, "joining_closes"),
        ({"facilitators": [{"name": "Rosa", "email": "nobody@example.org"}]}, "facilitators"),
    ],
)
async def test_a_cohort_that_cannot_be_is_refused_by_its_field(
    intake: Walker, changed: dict[str, object], field: str
) -> None:
    staff = await staff_of(intake, "staff")
    body = await intake.call(staff, "POST", "/api/staff/cohorts", 422, json=COHORT | changed)
    assert [one["field"].partition(".")[0] for one in body["errors"]] == [field]


async def test_a_cohort_without_a_session_to_come_is_not_opened(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    made = await intake.call(staff, "POST", "/api/staff/cohorts", 201, json=COHORT)
    path = f"/api/staff/cohorts/{made['cohort_id']}"
    await intake.call(staff, "POST", f"{path}/opening", 409)
    session_id = await add_session(intake, staff, path)
    await intake.call(staff, "DELETE", f"{path}/sessions/{session_id}", 200)
    assert (await intake.call(staff, "GET", path, 200))["sessions"] == []
    await intake.call(staff, "POST", f"{path}/opening", 409)


async def test_joining_has_its_time_and_its_credential(intake: Walker) -> None:
    _, _, later = await opened(intake, joining_opens="2198-01-01T10:00")
    ada, path = await applied(intake, "ada")
    body = await intake.call(ada, "PUT", f"{path}/cohort", 409, json={"cohort_id": str(later)})
    assert body["type"].endswith("joining_closed")
    _, _, others = await opened(intake, credentials=["lacing"])
    body = await intake.call(ada, "PUT", f"{path}/cohort", 409, json={"cohort_id": str(others)})
    assert body["type"].endswith("other_credential")
