"""Decisions: refusals, repeats, races."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.events.review import CaseDecided
from tests.component.review.bench_of_judges import AWARD, Bench, withdrawal

GOOD = {"items": {"weft": {"level": "demonstrated"}, "warp": {"level": "exemplary"}}}


async def test_the_chair_declares_before_deciding(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.score(case, bench.ann)
    await bench.score(case, bench.ben)
    assert (await bench.refused(409, "POST", f"/cases/{case}/decision", bench.chair, AWARD))[
        "type"
    ] == "declaration_missing"
    assert await bench.one.events(CaseDecided) == []


async def test_an_award_against_the_levels_names_the_items(bench: Bench) -> None:
    case, submitted = await bench.case()
    await bench.score(case, bench.ann, weft="emerging")
    await bench.score(case, bench.ben, weft="exemplary")
    await bench.declare(case, bench.chair)
    problem = await bench.refused(409, "POST", f"/cases/{case}/decision", bench.chair, AWARD)
    assert (problem["type"], [error["field"] for error in problem["errors"]]) == ("not_demonstrated", ["items.weft"])
    assert (await bench.state(case), await bench.objects_about(submitted.person_id)) == ("deciding", [])
    await bench.refused(
        422, "POST", f"/cases/{case}/decision", bench.chair, AWARD | {"items": {"weft": {"level": "demonstrated"}}}
    )
    ruling = AWARD | {"items": {"weft": {"level": "demonstrated", "reason": "The interview."}}}
    answer = await bench.ok("POST", f"/cases/{case}/decision", bench.chair, ruling)
    assert [(item["item"], item["level"], item["demonstrated"]) for item in answer["items"]] == [
        ("weft", "demonstrated", True),
        ("warp", "demonstrated", True),
    ]
    assert len(await bench.objects_about(submitted.person_id)) == 3


UNFIT_DECISIONS: list[tuple[dict[str, Any], str]] = [
    ({"outcome": "maybe"}, "outcome"),
    ({"letter": "  "}, "letter"),
    ({"letter": None}, "letter"),
    ({"feedback": {"hat": "Nice."}}, "feedback.hat"),
    ({"items": {"warp": {"level": "great", "reason": "So."}}}, "items.warp.level"),
]


async def test_a_decision_that_does_not_fit_changes_nothing(bench: Bench) -> None:
    case, submitted = await bench.deciding()
    problems = [
        await bench.refused(422, "POST", f"/cases/{case}/decision", bench.chair, AWARD | change)
        for change, _ in UNFIT_DECISIONS
    ]
    assert [[error["field"] for error in problem["errors"]] for problem in problems] == [
        [field] for _, field in UNFIT_DECISIONS
    ]
    assert (await bench.state(case), await bench.one.events(CaseDecided)) == ("deciding", [])
    assert await bench.objects_about(submitted.person_id) == []


async def test_decided_once_however_often_it_is_sent(bench: Bench) -> None:
    case, submitted = await bench.deciding()
    answers = await asyncio.gather(
        *(bench.call("POST", f"/cases/{case}/decision", bench.chair, AWARD) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(await bench.one.events(CaseDecided)) == 1
    assert len(await bench.objects_about(submitted.person_id)) == 2


async def test_a_withdrawal_that_races_a_decision_has_one_winner(bench: Bench) -> None:
    made = [await bench.deciding() for _ in range(6)]
    answers = []
    for case, submitted in made:
        answer, _ = await asyncio.gather(
            bench.call("POST", f"/cases/{case}/decision", bench.chair, AWARD), bench.one.deliver(withdrawal(submitted))
        )
        answers.append((answer.status_code, await bench.state(case)))
    assert set(answers) <= {(201, "decided"), (409, "closed")}
    decided = [event.case_id for event in await bench.one.events(CaseDecided)]  # type: ignore[attr-defined]
    assert [str(case_id) for case_id in decided] == [
        case for (case, _), (status, _) in zip(made, answers, strict=True) if status == 201
    ]


async def test_the_same_key_gives_the_same_answer(bench: Bench) -> None:
    case, submitted = await bench.case()
    dora = await bench.reviewer()
    path = f"/cases/{case}"
    posts: list[tuple[str, Any, Any]] = [
        ("declaration", bench.ann, {"conflict": True, "reason": "Kin."}),
        ("assignments", bench.staff, {"person_id": str(dora)}),
        ("scores/submission", bench.ben, None),
    ]
    await bench.declare(case, bench.ben)
    await bench.ok("PUT", f"{path}/scores", bench.ben, GOOD)
    for where, who, body in posts:
        key = str(uuid4())
        first = await bench.call("POST", f"{path}/{where}", who, body, key)
        again = await bench.call("POST", f"{path}/{where}", who, body, key)
        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert first.status_code == 201
    assert (
        await bench.call("POST", f"{path}/declaration", bench.ann, {"conflict": True, "reason": "Kin."})
    ).status_code == 404
    assert [name.split("/")[1] for name in await bench.all_objects()] == [str(submitted.person_id)]
    await bench.score(case, dora)
    await bench.declare(case, bench.chair)
    texts = len(await bench.objects_about(submitted.person_id))
    first = await bench.call("POST", f"{path}/decision", bench.chair, AWARD, "one-key")
    again = await bench.call("POST", f"{path}/decision", bench.chair, AWARD, "one-key")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.status_code == 201
    assert len(await bench.objects_about(submitted.person_id)) == texts + 2
    other = await bench.call("POST", f"{path}/decision", bench.chair, AWARD | {"letter": "Another."}, "one-key")
    assert other.status_code == 422
    assert len(await bench.objects_about(submitted.person_id)) == texts + 2
    assert len(await bench.one.events(CaseDecided)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET outcome = 'not_yet'",
        "UPDATE decisions SET results = '[]', reasons = NULL",
        "UPDATE decisions SET reasons = letter",
        "DELETE FROM decisions",
        "TRUNCATE decisions",
    ],
)
async def test_the_database_keeps_every_decision_as_it_is(bench: Bench, statement: str) -> None:
    case, _ = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    pool = bench.one.database.pool
    before = await pool.fetch("SELECT * FROM decisions")
    with pytest.raises(asyncpg.RaiseError, match="a decision is never changed"):
        await pool.execute(statement)
    assert await pool.fetch("SELECT * FROM decisions") == before
