"""A case for which nobody can be found: said once, shown to chairs and staff, and said again when it lacks somebody
else."""

import asyncio
from typing import Any

from contracts.events.review import CaseOpened, CaseUnstaffed, ReviewerAssigned
from services.review.jobs import assign
from tests.component.conftest import StartService
from tests.component.review.bench_of_judges import INSTITUTION, Bench


async def said(bench: Bench) -> list[tuple[str, ...]]:
    """What was said to be lacking, in order."""
    return [event.lacking for event in await bench.one.events(CaseUnstaffed)]  # type: ignore[attr-defined]


async def shown(bench: Bench, case: str) -> tuple[Any, Any]:
    """`lacking` in the list and in the case, for staff."""
    items = (await bench.ok("GET", "/cases", bench.staff))["items"]
    return next(item["lacking"] for item in items if item["case_id"] == case), (
        await bench.ok("GET", f"/cases/{case}", bench.staff)
    )["lacking"]


async def test_at_the_opening_and_not_again_at_each_run_of_the_job(service: StartService) -> None:
    bench = await Bench.build(await service("review"), people=False)
    bench.staff = await bench.one.add_person(roles=("staff",))
    near = await bench.reviewer(INSTITUTION)
    case, submitted = await bench.case()
    opened, unstaffed = await bench.one.events()
    assert isinstance(opened, CaseOpened)
    assert unstaffed == CaseUnstaffed(
        case_id=opened.case_id,
        application_id=submitted.application_id,
        submission_number=opened.submission_number,
        credential="weaving",
        credential_version=2,
        lacking=("chair", "reviewer", "reviewer"),
    )
    await bench.one.deliver(submitted)
    for _ in range(3):
        await bench.one.run_job("assign")
    assert len(await bench.one.events()) == 2
    assert await shown(bench, case) == (["chair", "reviewer", "reviewer"], ["chair", "reviewer", "reviewer"])
    assert str(near) not in str([one.event for one in await bench.one.said()])


async def test_who_is_found_later_is_no_news_and_who_goes_then_is(service: StartService) -> None:
    bench = await Bench.build(await service("review"), people=False)
    bench.staff = await bench.one.add_person(roles=("staff",))
    case, _ = await bench.case()
    bench.ann, bench.ben = await bench.reviewer(), await bench.reviewer()
    await bench.one.run_job("assign")
    assert (await said(bench), await shown(bench, case)) == (
        [("chair", "reviewer", "reviewer")],
        (["chair"], ["chair"]),
    )
    await bench.ok("POST", f"/cases/{case}/declaration", bench.ann, {"conflict": True})
    await bench.one.run_job("assign")
    await bench.one.run_job("assign")
    assert await said(bench) == [("chair", "reviewer", "reviewer"), ("chair", "reviewer")]
    stories = {one.correlation_id for one in await bench.one.said()}
    assert len(stories) == 1
    bench.chair = await bench.one.add_person(roles=("chair",))
    dora = await bench.reviewer()
    await bench.one.run_job("assign")
    assert (await bench.state(case), await shown(bench, case)) == ("scoring", ([], []))
    await bench.one.add_person(dora, version=2, roles=())
    await bench.one.run_job("assign")
    assert (await said(bench))[2:] == [("reviewer",)]
    assert await shown(bench, case) == (["reviewer"], ["reviewer"])


async def test_whom_staff_seat_by_hand_is_staffed_too(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.ok("POST", f"/cases/{case}/declaration", bench.ann, {"conflict": True})
    await bench.one.run_job("assign")
    dora = await bench.reviewer(credentials=[], capacity=0)
    await bench.ok("POST", f"/cases/{case}/assignments", bench.staff, {"person_id": str(dora)})
    await bench.one.run_job("assign")
    await bench.ok("POST", f"/cases/{case}/declaration", dora, {"conflict": True})
    await bench.one.run_job("assign")
    assert await said(bench) == [("reviewer",), ("reviewer",)]


async def test_a_panel_that_is_found_says_nothing(bench: Bench) -> None:
    case, _ = await bench.deciding()
    await bench.one.run_job("assign")
    assert (await said(bench), await shown(bench, case)) == ([], ([], []))


async def test_reviewers_are_not_told_what_a_case_lacks(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.ok("POST", f"/cases/{case}/declaration", bench.ben, {"conflict": True})
    assert "lacking" not in await bench.ok("GET", f"/cases/{case}", bench.ann)
    assert (await bench.ok("GET", f"/cases/{case}", bench.chair))["lacking"] == ["reviewer"]


async def test_many_searches_at_once_say_it_once(service: StartService) -> None:
    bench = await Bench.build(await service("review"), people=False)
    bench.staff = await bench.one.add_person(roles=("staff",))
    cases = [await bench.case() for _ in range(4)]
    ann = await bench.reviewer()
    await asyncio.gather(*(assign(bench.one.database) for _ in range(4)))
    assert len(await bench.one.events(ReviewerAssigned)) == 4
    for case, _ in cases:
        await bench.ok("POST", f"/cases/{case}/declaration", ann, {"conflict": True})
    again = [bench.one.deliver(submitted) for _, submitted in cases]
    await asyncio.gather(*again, *(assign(bench.one.database) for _ in range(4)))
    assert await said(bench) == [("chair", "reviewer", "reviewer")] * 8
