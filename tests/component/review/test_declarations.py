"""Conflicts of interest."""

from tests.component.review.bench_of_judges import Bench
from tests.component.review.test_panels import panel


async def test_before_the_declaration_nothing_is_readable(bench: Bench) -> None:
    case, _ = await bench.case()
    for who in (bench.ann, bench.chair):
        problem = await bench.refused(409, "GET", f"/cases/{case}/materials/essay", who)
        assert problem["type"] == "declaration_missing"
        assert "POST .../declaration" in problem["detail"]
    await bench.refused(409, "PUT", f"/cases/{case}/scores", bench.ann, {"items": {}})
    await bench.refused(409, "POST", f"/cases/{case}/scores/submission", bench.ann)


async def test_a_conflict_takes_the_case_away_and_somebody_else_is_found(bench: Bench) -> None:
    case, submitted = await bench.case()
    dora = await bench.reviewer()
    await bench.declare(case, bench.ann)
    answer = await bench.ok("POST", f"/cases/{case}/declaration", bench.ann, {"conflict": True, "reason": "My cousin."})
    assert answer == {"case_id": case, "conflict": True, "declared": True, "state": "conflicted"}
    for method, path, body in [
        ("GET", f"/cases/{case}", None),
        ("GET", f"/cases/{case}/materials/essay", None),
        ("POST", f"/cases/{case}/declaration", {"conflict": False}),
        ("PUT", f"/cases/{case}/scores", {"items": {}}),
    ]:
        await bench.refused(404, method, path, bench.ann, body)
    assert await bench.ok("GET", "/queue", bench.ann) == {"items": [], "next": None}
    assert await bench.state(case) == "assigning"
    await bench.one.run_job("assign")
    assert await panel(bench, case) == {
        str(bench.chair): "assigned",
        str(bench.ann): "conflicted",
        str(bench.ben): "assigned",
        str(dora): "assigned",
    }
    seats = (await bench.ok("GET", f"/cases/{case}", bench.staff))["panel"]
    assert [seat["reason"] for seat in seats if "reason" in seat] == ["My cousin."]
    assert "reason" not in (await bench.call("GET", f"/cases/{case}", bench.chair)).text
    assert len(await bench.objects_about(submitted.person_id)) == 1


async def test_a_chair_with_a_conflict_is_replaced_too(bench: Bench) -> None:
    case, _ = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/declaration", bench.chair, {"conflict": True})
    await bench.refused(404, "GET", f"/cases/{case}", bench.chair)
    assert await bench.ok("GET", "/cases", bench.chair) == {"items": [], "next": None}
    assert await bench.state(case) == "assigning"
    other = await bench.one.add_person(roles=("chair",))
    await bench.one.run_job("assign")
    assert (await bench.state(case), (await panel(bench, case))[str(other)]) == ("deciding", "assigned")


async def test_a_declaration_is_final_with_the_scores(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.score(case, bench.ann)
    await bench.refused(409, "POST", f"/cases/{case}/declaration", bench.ann, {"conflict": True, "reason": "Late."})
    await bench.declare(case, bench.ann)


UNFIT_DECLARATIONS: list[tuple[dict[str, object], str]] = [
    ({}, "conflict"),
    ({"conflict": "no"}, "conflict"),
    ({"conflict": False, "more": 1}, "more"),
    ({"conflict": True, "reason": "x" * 10_001}, "reason"),
]


async def test_a_declaration_is_a_clear_answer(bench: Bench) -> None:
    case, _ = await bench.case()
    problems = [
        await bench.refused(422, "POST", f"/cases/{case}/declaration", bench.ann, body)
        for body, _ in UNFIT_DECLARATIONS
    ]
    assert [[error["field"] for error in problem["errors"]] for problem in problems] == [
        [field] for _, field in UNFIT_DECLARATIONS
    ]
    assert (await panel(bench, case))[str(bench.ann)] == "assigned"


async def test_whoever_declines_gives_the_case_up(bench: Bench) -> None:
    case, submitted = await bench.case()
    dora = await bench.reviewer()
    assert (await bench.refused(422, "POST", f"/cases/{case}/decline", bench.ann, {"reason": " "}))["type"] == "invalid"
    answer = await bench.ok("POST", f"/cases/{case}/decline", bench.ann, {"reason": "I am away."})
    assert answer == {"case_id": case, "declined": True, "state": "released"}
    await bench.refused(404, "GET", f"/cases/{case}", bench.ann)
    await bench.refused(404, "POST", f"/cases/{case}/decline", bench.ann, {"reason": "I am away."})
    await bench.one.run_job("assign")
    assert await panel(bench, case) == {
        str(bench.chair): "assigned",
        str(bench.ann): "released",
        str(bench.ben): "assigned",
        str(dora): "assigned",
    }
    seats = (await bench.ok("GET", f"/cases/{case}", bench.staff))["panel"]
    assert [seat["reason"] for seat in seats if "reason" in seat] == ["I am away."]
    assert len(await bench.objects_about(submitted.person_id)) == 1


async def test_when_declining_is_possible(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.refused(403, "POST", f"/cases/{case}/decline", bench.staff, {"reason": "No."})
    await bench.declare(case, bench.ann)
    await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, {"items": {"weft": {"level": "exemplary"}}})
    await bench.ok("POST", f"/cases/{case}/decline", bench.ann, {"reason": "It is not my field."})
    await bench.score(case, bench.ben)
    await bench.refused(409, "POST", f"/cases/{case}/decline", bench.ben, {"reason": "Too late."})
    await bench.ok("POST", f"/cases/{case}/decline", bench.chair, {"reason": "I am ill."})
    other = await bench.one.add_person(roles=("chair",))
    await bench.one.run_job("assign")
    assert (await panel(bench, case))[str(other)] == "assigned"
