"""A case from its submission to its decision, and the lists in which it appears."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.events.review import CaseDecided, CaseOpened, ItemResult, ReviewerAssigned
from services.review.domain.calendar import due_at
from tests.component.review.bench_of_judges import AWARD, Bench, carried


async def test_from_submission_to_decision(bench: Bench) -> None:
    case, submitted = await bench.case()
    opened, *assigned = await bench.one.events()
    due = due_at(bench.one.clock(), 14)
    assert opened == CaseOpened(
        case_id=UUID(case),
        application_id=submitted.application_id,
        person_id=submitted.person_id,
        submission_number=opened.submission_number,  # type: ignore[attr-defined]
        credential="weaving",
        credential_version=2,
    )
    number = opened.submission_number
    seats = [(bench.ann, "reviewer"), (bench.ben, "reviewer"), (bench.chair, "chair")]
    assert sorted(assigned, key=lambda event: event.role + str(event.reviewer_id)) == sorted(  # type: ignore[attr-defined]
        [
            ReviewerAssigned(
                case_id=UUID(case),
                application_id=submitted.application_id,
                reviewer_id=person,
                role=role,
                submission_number=number,
                due_at=due,
            )
            for person, role in seats
        ],
        key=lambda event: event.role + str(event.reviewer_id),
    )
    row = {
        "case_id": case,
        "submission_number": number,
        "credential": "weaving",
        "state": "scoring",
        "due_at": due.isoformat(),
        "my_role": "reviewer",
        "declared": False,
        "submitted": False,
    }
    assert await bench.ok("GET", "/queue", bench.ann) == {"items": [row], "next": None}
    assert await bench.ok("GET", "/queue", bench.chair) == {"items": [row | {"my_role": "chair"}], "next": None}

    await bench.score(case, bench.ann)
    assert await bench.ok("GET", "/queue", bench.ann) == {
        "items": [row | {"declared": True, "submitted": True}],
        "next": None,
    }
    assert await bench.state(case) == "scoring"
    await bench.score(case, bench.ben, warp="exemplary")
    assert await bench.state(case) == "deciding"
    await bench.declare(case, bench.chair)
    answer = await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)

    [decided] = await bench.one.events(CaseDecided)
    assert isinstance(decided, CaseDecided)
    results = (
        ItemResult(item="weft", level="demonstrated", demonstrated=True),
        ItemResult(item="warp", level="demonstrated", demonstrated=True),
    )
    assert decided == CaseDecided(
        case_id=UUID(case),
        application_id=submitted.application_id,
        decision_id=decided.decision_id,
        person_id=submitted.person_id,
        credential="weaving",
        credential_version=2,
        attempt=1,
        outcome="awarded",
        items=results,
        letter=decided.letter,
        feedback=decided.feedback,
    )
    assert answer == {
        "case_id": case,
        "decision_id": str(decided.decision_id),
        "outcome": "awarded",
        "decided_at": bench.one.clock().isoformat().replace("+00:00", "Z"),
        "items": [result.model_dump() for result in results],
    }
    assert (await bench.review_objects.get(decided.letter)).decode() == AWARD["letter"]
    assert json.loads(await bench.review_objects.get(decided.feedback)) == AWARD["feedback"]
    assert {claim.name.rpartition("/")[0] for claim in (decided.letter, decided.feedback)} == {
        f"review/{submitted.person_id}"
    }
    assert await bench.state(case) == "decided"
    assert await bench.ok("GET", "/queue", bench.ann) == {"items": [], "next": None}


async def test_a_second_attempt_scores_only_what_was_not_demonstrated(bench: Bench) -> None:
    case, _ = await bench.case(attempt=2, carried_forward=(carried("weft"),))
    await bench.declare(case, bench.ann, bench.ben, bench.chair)
    seen = await bench.ok("GET", f"/cases/{case}", bench.ann)
    assert [(item["key"], item["carried_forward"]) for item in seen["rubric"]["items"]] == [
        ("weft", True),
        ("warp", False),
    ]
    await bench.refused(422, "PUT", f"/cases/{case}/scores", bench.ann, {"items": {"weft": {"level": "exemplary"}}})
    for who in (bench.ann, bench.ben):
        await bench.ok("PUT", f"/cases/{case}/scores", who, {"items": {"warp": {"level": "exemplary"}}})
        await bench.ok("POST", f"/cases/{case}/scores/submission", who)
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    [decided] = await bench.one.events(CaseDecided)
    assert decided.items == (  # type: ignore[attr-defined]
        ItemResult(item="weft", level="exemplary", demonstrated=True, carried_forward=True),
        ItemResult(item="warp", level="exemplary", demonstrated=True),
    )
    assert decided.attempt == 2  # type: ignore[attr-defined]


async def test_the_list_of_chairs_and_staff(bench: Bench) -> None:
    made = []
    for _ in range(3):
        bench.one.clock.move(seconds=1)
        made.append(await bench.case())
    await bench.score(made[0][0], bench.ann)
    await bench.score(made[0][0], bench.ben)
    listed = await bench.ok("GET", "/cases", bench.staff)
    assert [item["application_id"] for item in listed["items"]] == [
        str(submitted.application_id) for _, submitted in made
    ]
    opened = await bench.one.events(CaseOpened)
    at = bench.one.clock() - timedelta(seconds=2)
    assert listed["items"][0] == {
        "case_id": made[0][0],
        "application_id": str(made[0][1].application_id),
        "submission_number": opened[0].submission_number,  # type: ignore[attr-defined]
        "credential": "weaving",
        "version": 2,
        "state": "deciding",
        "opened_at": at.isoformat(),
        "due_at": due_at(at, 14).isoformat(),
        "my_role": "staff",
        "lacking": [],
    }
    assert [item["my_role"] for item in (await bench.ok("GET", "/cases", bench.chair))["items"]] == ["chair"] * 3
    assert [item["case_id"] for item in (await bench.ok("GET", "/cases", bench.staff, state="deciding"))["items"]] == [
        made[0][0]
    ]
    first = await bench.ok("GET", "/cases", bench.staff, limit=2)
    rest = await bench.ok("GET", "/cases", bench.staff, limit=2, after=first["next"])
    assert [item["case_id"] for item in first["items"] + rest["items"]] == [case for case, _ in made]
    assert rest["next"] is None


@pytest.mark.parametrize("role", ["staff", "admin", "chair"])
async def test_who_oversees_never_meets_their_own_application(bench: Bench, role: str) -> None:
    await bench.case()
    applicant = await bench.applicant(roles=(role,))
    submitted = await bench.submission(applicant)
    await bench.one.deliver(submitted)
    case = await bench.case_of(submitted)
    listed = await bench.ok("GET", "/cases", applicant)
    assert case not in [item["case_id"] for item in listed["items"]]
    assert len(listed["items"]) == 1
    await bench.refused(404, "GET", f"/cases/{case}", applicant)
    await bench.refused(404, "POST", f"/cases/{case}/assignments", applicant, {"person_id": str(applicant)})
