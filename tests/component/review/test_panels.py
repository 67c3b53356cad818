"""Assignments: by the service, by hand, replaced."""

import asyncio
from uuid import uuid4

from contracts.events.review import ReviewerAssigned
from tests.component.conftest import StartService
from tests.component.review.bench_of_judges import INSTITUTION, Bench


async def panel(bench: Bench, case: str) -> dict[str, str]:
    return {
        seat["person_id"]: seat["state"] for seat in (await bench.ok("GET", f"/cases/{case}", bench.staff))["panel"]
    }


async def test_a_case_waits_until_people_arrive(service: StartService) -> None:
    bench = await Bench.build(await service("review"), people=False)
    bench.staff = await bench.one.add_person(roles=("staff",))
    case, submitted = await bench.case()
    assert (await bench.state(case), await panel(bench, case)) == ("assigning", {})
    bench.ann = await bench.reviewer()
    await bench.one.run_job("assign")
    assert (await bench.state(case), await panel(bench, case)) == ("assigning", {str(bench.ann): "assigned"})
    bench.chair = await bench.one.add_person(roles=("chair",))
    await bench.one.run_job("assign")
    await bench.score(case, bench.ann)
    assert await bench.state(case) == "assigning"
    bench.ben = await bench.reviewer()
    await bench.one.run_job("assign")
    await bench.one.run_job("assign")
    assert await bench.state(case) == "scoring"
    told = [(event.reviewer_id, event.role) for event in await bench.one.events(ReviewerAssigned)]  # type: ignore[attr-defined]
    assert told == [(bench.ann, "reviewer"), (bench.chair, "chair"), (bench.ben, "reviewer")]
    stories = {one.correlation_id for one in await bench.one.said()}
    assert len(stories) == 1
    await bench.score(case, bench.ben)
    assert await bench.state(case) == "deciding"
    assert submitted.application_id is not None


UNFIT_PEOPLE: list[tuple[str, dict[str, object]]] = [
    (INSTITUTION.upper(), {"institution": ""}),
    ("", {"institution": f"the  {INSTITUTION}"}),
    ("South College", {"credentials": []}),
    ("South College", {"capacity": 0}),
    ("South College", {"agreement": None}),
    ("South College", {"agreement": {"accepted": False, "version": "7"}}),
]


async def test_who_is_never_found_by_itself(bench: Bench) -> None:
    for institution, profile in UNFIT_PEOPLE:
        await bench.sign(await bench.one.add_person(roles=("reviewer",), institution=institution), **profile)
    await bench.sign(bench.ann, capacity=0)
    case, _ = await bench.case()
    await bench.one.run_job("assign")
    assert await panel(bench, case) == {str(bench.ben): "assigned", str(bench.chair): "assigned"}


async def test_a_reviewer_never_gets_their_own_application(bench: Bench) -> None:
    await bench.one.add_person(bench.ann, version=2, roles=("reviewer", "chair"), institution=INSTITUTION)
    submitted = await bench.submission(bench.ann, person_version=2)
    await bench.one.deliver(submitted)
    case = await bench.case_of(submitted)
    await bench.one.run_job("assign")
    assert await panel(bench, case) == {str(bench.ben): "assigned", str(bench.chair): "assigned"}
    for method, path, body in [
        ("GET", f"/cases/{case}", None),
        ("GET", f"/cases/{submitted.application_id}", None),
        ("GET", f"/cases/{case}/materials/essay", None),
        ("POST", f"/cases/{case}/declaration", {"conflict": False}),
    ]:
        await bench.refused(404, method, path, bench.ann, body)
    assert await bench.ok("GET", "/queue", bench.ann) == {"items": [], "next": None}


async def test_room_that_becomes_free_is_used(bench: Bench) -> None:
    await bench.sign(bench.ann, capacity=1)
    await bench.sign(bench.ben, capacity=1)
    first, _ = await bench.case()
    bench.one.clock.move(seconds=1)
    second, _ = await bench.case()
    assert (await bench.state(first), await bench.state(second)) == ("scoring", "assigning")
    await bench.score(first, bench.ann)
    await bench.one.run_job("assign")
    assert await panel(bench, second) == {str(bench.chair): "assigned", str(bench.ann): "assigned"}


async def test_by_hand(bench: Bench) -> None:
    case, submitted = await bench.case()
    dora = await bench.reviewer(credentials=[], capacity=0)
    said = len(await bench.one.events())
    path = f"/cases/{submitted.application_id}/assignments"
    answer = await bench.ok("POST", path, bench.chair, {"person_id": str(dora)})
    [event] = (await bench.one.events())[said:]
    assert isinstance(event, ReviewerAssigned)
    assert (event.reviewer_id, event.role) == (dora, "reviewer")
    assert answer == {
        "case_id": case,
        "person_id": str(dora),
        "role": "reviewer",
        "state": "assigned",
        "due_at": event.due_at.isoformat().replace("+00:00", "Z"),
    }
    problem = await bench.refused(409, "POST", path, bench.staff, {"person_id": str(dora)})
    assert problem["errors"] == [{"field": "person_id", "message": "has, or had, a part in this case already"}]
    await bench.score(case, bench.ann)
    await bench.score(case, bench.ben)
    assert await bench.state(case) == "scoring"
    await bench.score(case, dora, warp="emerging")
    assert await bench.state(case) == "deciding"
    problem = await bench.refused(409, "POST", path, bench.staff, {"person_id": str(await bench.reviewer())})
    assert problem["type"] == "wrong_state"


async def test_by_hand_never_somebody_of_the_applicants_institution(bench: Bench) -> None:
    case, submitted = await bench.case()
    near = await bench.reviewer(INSTITUTION)
    for person, status in [(near, 409), (submitted.person_id, 404), (uuid4(), 404), (bench.staff, 404)]:
        await bench.refused(status, "POST", f"/cases/{case}/assignments", bench.staff, {"person_id": str(person)})
    unsigned = await bench.one.add_person(roles=("reviewer",))
    problem = await bench.refused(409, "POST", f"/cases/{case}/assignments", bench.staff, {"person_id": str(unsigned)})
    assert "has not signed version 7" in problem["errors"][0]["message"]
    assert len(await panel(bench, case)) == 3


async def test_two_who_assign_the_last_chair_at_once(service: StartService) -> None:
    bench = await Bench.build(await service("review"))
    case, _ = await bench.case()
    await bench.ok("POST", f"/cases/{case}/declaration", bench.chair, {"conflict": True})
    chairs = [await bench.one.add_person(roles=("chair",)) for _ in range(4)]
    answers = await asyncio.gather(
        *(bench.call("POST", f"/cases/{case}/assignments", bench.staff, {"person_id": str(one)}) for one in chairs)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await bench.state(case) == "scoring"


async def test_who_may_assign(bench: Bench) -> None:
    case, _ = await bench.case()
    dora = await bench.reviewer()
    body = {"person_id": str(dora)}
    await bench.refused(403, "POST", f"/cases/{case}/assignments", bench.ann, body)
    await bench.refused(404, "POST", f"/cases/{case}/assignments", dora, body)
    await bench.refused(404, "POST", f"/cases/{uuid4()}/assignments", bench.staff, body)
    assert (await bench.one.client.post(f"/api/review/cases/{case}/assignments", json=body)).status_code == 401


async def test_staff_who_review_a_case_stay_blind_to_its_application(bench: Bench) -> None:
    await bench.one.add_person(bench.ann, version=2, roles=("reviewer", "staff"))
    case, submitted = await bench.case()
    await bench.sign(bench.ann, capacity=0)
    other, _ = await bench.case()
    assert [item["case_id"] for item in (await bench.ok("GET", "/cases", bench.ann))["items"]] == [other]
    await bench.refused(404, "GET", f"/cases/{submitted.application_id}", bench.ann)
    assert "application_id" not in await bench.ok("GET", f"/cases/{case}", bench.ann)


async def test_nobody_gets_more_than_there_is_room_for_when_a_case_opens_while_the_job_runs(bench: Bench) -> None:
    for who in (bench.ann, bench.ben):
        await bench.sign(who, capacity=0)
    for room in range(1, 7):
        await bench.case()
        submitted = await bench.submission(await bench.applicant())
        for who in (bench.ann, bench.ben):
            await bench.sign(who, capacity=room)
        await asyncio.gather(bench.one.run_job("assign"), bench.one.deliver(submitted))
        given = await bench.one.database.pool.fetch(
            "SELECT person_id, count(*) AS n FROM seats WHERE role = 'reviewer' GROUP BY person_id"
        )
        assert {row["person_id"]: row["n"] for row in given} == {bench.ann: room, bench.ben: room}
