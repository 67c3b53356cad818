"""Scores: refusals, repeats, races."""

import asyncio
from typing import Any

from tests.component.review.bench_of_judges import AWARD, Bench

GOOD = {"items": {"weft": {"level": "demonstrated"}, "warp": {"level": "exemplary"}}}


async def test_incomplete_scores_are_not_final(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.declare(case, bench.ann)
    missing = [{"field": f"items.{item}", "message": "has no level yet"} for item in ("weft", "warp")]
    problem = await bench.refused(409, "POST", f"/cases/{case}/scores/submission", bench.ann)
    assert (problem["type"], problem["errors"]) == ("scores_incomplete", missing)
    assert (await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, {"items": {"weft": {"level": "emerging"}}}))[
        "missing"
    ] == ["warp"]
    problem = await bench.refused(409, "POST", f"/cases/{case}/scores/submission", bench.ann)
    assert problem["errors"] == missing[1:]
    await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, GOOD)
    answer = await bench.ok("POST", f"/cases/{case}/scores/submission", bench.ann)
    assert answer == {"submitted": True, "items": {"weft": "demonstrated", "warp": "exemplary"}, "state": "scoring"}


async def test_final_is_final(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.score(case, bench.ann)
    before = await bench.ok("GET", f"/cases/{case}", bench.ann)
    problem = await bench.refused(409, "PUT", f"/cases/{case}/scores", bench.ann, GOOD)
    assert problem["detail"].startswith("your part is submitted")
    await bench.refused(409, "POST", f"/cases/{case}/scores/submission", bench.ann)
    assert await bench.ok("GET", f"/cases/{case}", bench.ann) == before


UNFIT_SCORES: list[tuple[Any, str]] = [
    ({"items": {"hat": {"level": "exemplary"}}}, "items.hat"),
    ({"items": {"warp": {"level": "great"}}, "comment": "Put, then refused."}, "items.warp.level"),
    ({"items": {"hat": {"note": "?"}}}, "items.hat"),
    ({"items": {"hat": {}}}, "items.hat"),
    ({"items": {"warp": {"level": 3}}}, "items.warp.level"),
    ({"items": {"warp": {"level": "exemplary", "note": "x" * 10_001}}}, "items.warp.note"),
    ({"items": [], "comment": ""}, "items"),
    ({"grade": 1}, "grade"),
]


async def test_scores_that_do_not_fit_change_nothing(bench: Bench) -> None:
    case, submitted = await bench.case()
    await bench.declare(case, bench.ann)
    await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, GOOD | {"comment": "Kept."})
    before = await bench.ok("GET", f"/cases/{case}", bench.ann)
    problems = [await bench.refused(422, "PUT", f"/cases/{case}/scores", bench.ann, body) for body, _ in UNFIT_SCORES]
    assert [[error["field"] for error in problem["errors"]] for problem in problems] == [
        [field] for _, field in UNFIT_SCORES
    ]
    assert await bench.ok("GET", f"/cases/{case}", bench.ann) == before
    assert len(await bench.objects_about(submitted.person_id)) == 1


async def test_a_draft_leaves_no_texts_behind(bench: Bench) -> None:
    case, submitted = await bench.case()
    await bench.declare(case, bench.ann)
    for comment in ("One.", "Two.", "Three."):
        await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, {"items": {}, "comment": comment})
    assert (await bench.ok("GET", f"/cases/{case}", bench.ann))["scores"]["comment"] == "Three."
    assert len(await bench.objects_about(submitted.person_id)) == 1
    await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, {"items": {}})
    assert await bench.objects_about(submitted.person_id) == []


async def test_who_may_score_and_decide(bench: Bench) -> None:
    case, _ = await bench.case()
    stranger, other_chair = await bench.reviewer(), await bench.one.add_person(roles=("chair",))
    await bench.declare(case, bench.ann, bench.chair)
    for method, path, body in [("PUT", "scores", GOOD), ("POST", "scores/submission", None)]:
        for who, status in [(bench.chair, 403), (bench.staff, 403), (other_chair, 403), (stranger, 404)]:
            await bench.refused(status, method, f"/cases/{case}/{path}", who, body)
    for who, status in [(bench.ann, 403), (bench.staff, 403), (other_chair, 403), (stranger, 404), (bench.chair, 409)]:
        await bench.refused(status, "POST", f"/cases/{case}/decision", who, AWARD)
    await bench.refused(403, "POST", f"/cases/{case}/declaration", bench.staff, {"conflict": False})
    await bench.refused(403, "GET", f"/cases/{case}/materials/essay", other_chair)
    await bench.refused(404, "GET", f"/cases/{case}", stranger)


async def test_two_who_submit_at_once_bring_the_case_to_its_chair(bench: Bench) -> None:
    cases = [(await bench.case())[0] for _ in range(6)]
    for case in cases:
        for who in (bench.ann, bench.ben):
            await bench.declare(case, who)
            await bench.ok("PUT", f"/cases/{case}/scores", who, GOOD)
    answers = await asyncio.gather(
        *(
            bench.call("POST", f"/cases/{case}/scores/submission", who)
            for case in cases
            for who in (bench.ann, bench.ben)
        )
    )
    assert [answer.status_code for answer in answers] == [201] * 12
    assert [await bench.state(case) for case in cases] == ["deciding"] * 6
