"""Exactly what each reader sees of a case, and that a reviewer sees nothing about the applicant."""

from contracts.events.review import CaseOpened
from services.review.domain.calendar import due_at
from services.review.domain.scores import NOTHING_DRAFTED
from tests.component.review.bench_of_judges import AWARD, EMAIL, ESSAY, INSTITUTION, NAME, Bench


def reviewers_view(bench: Bench, case: str, submitted: object, number: str) -> dict[str, object]:
    """Everything that a reviewer gets of an opened case, field by field."""
    materials = submitted.materials  # type: ignore[attr-defined]
    url = f"/api/review/cases/{case}/materials"
    shown = [
        {
            "requirement": "essay",
            "kind": "essay",
            "name": "An essay",
            "media_type": "text/plain",
            "size": len(ESSAY),
            "items": [],
            "annotated": False,
        }
        | {"url": f"{url}/essay"}
    ]
    for n in (1, 2):
        shown.append(
            {
                "requirement": "works",
                "kind": "artifacts",
                "name": "Works",
                "media_type": "application/pdf",
                "size": 6,
                "items": ["warp", "weft"],
                "artifact_id": str(materials[n].artifact_id),
                "annotated": n == 1,
                "url": f"{url}/works?artifact_id={materials[n].artifact_id}",
            }
        )
    return {
        "case_id": case,
        "submission_number": number,
        "credential": "weaving",
        "version": 2,
        "state": "scoring",
        "due_at": due_at(bench.one.clock(), 14).isoformat().replace("+00:00", "Z"),
        "my_role": "reviewer",
        "declared": True,
        "materials": shown,
        "rubric": {
            "items": [
                {"key": "weft", "name": "Weft", "carried_forward": False},
                {"key": "warp", "name": "Warp", "carried_forward": False},
            ],
            "levels": [
                {"key": "emerging", "name": "Emerging", "passing": False, "description": ""},
                {"key": "demonstrated", "name": "Demonstrated", "passing": True, "description": ""},
                {"key": "exemplary", "name": "Exemplary", "passing": True, "description": ""},
            ],
        },
        "scores": {"reviewer": 0, "submitted": False, "items": {}, "comment": "", "edition": NOTHING_DRAFTED},
    }


async def test_exactly_what_a_reviewer_sees(bench: Bench) -> None:
    other_case, _ = await bench.case()
    case, submitted = await bench.case()
    number = (await bench.one.events(CaseOpened))[1].submission_number  # type: ignore[attr-defined]
    expected = reviewers_view(bench, case, submitted, number)

    undeclared = await bench.ok("GET", f"/cases/{case}", bench.ann)
    assert undeclared == {key: value for key, value in expected.items() if key != "scores"} | {
        "declared": False,
        "materials": [],
    }

    for one in (case, other_case):
        await bench.score(one, bench.ben)
        await bench.declare(one, bench.ann)
    seen = await bench.ok("GET", f"/cases/{case}", bench.ann)
    assert seen == expected | {"scores": {**expected["scores"], "reviewer": seen["scores"]["reviewer"]}}  # type: ignore[dict-item]

    draft = {
        "items": {"warp": {"level": "emerging", "note": "Loose."}, "weft": {"level": None, "note": "?"}},
        "comment": "Hm.",
    }
    kept = await bench.call("PUT", f"/cases/{case}/scores", bench.ann, draft)
    saved_at = bench.one.clock().isoformat().replace("+00:00", "Z")
    assert kept.json() == draft | {"missing": ["weft"], "saved_at": saved_at}
    again = await bench.ok("GET", f"/cases/{case}", bench.ann)
    items = {"warp": {"level": "emerging", "note": "Loose."}, "weft": {"note": "?"}}
    mine = {"items": items, "comment": "Hm.", "reviewer": seen["scores"]["reviewer"], "submitted": False}
    mine["edition"] = kept.headers["etag"].strip('"')
    assert again == seen | {"scores": mine}


async def test_nothing_of_the_applicant_reaches_a_reviewer_in_any_answer(bench: Bench) -> None:
    case, submitted = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    answers = [
        await bench.call(method, path, bench.ann, body)
        for method, path, body in [
            ("GET", "/queue", None),
            ("GET", f"/cases/{case}", None),
            ("GET", f"/cases/{case}/materials/essay", None),
            ("GET", f"/cases/{case}/materials/works", None),
            ("GET", f"/cases/{case}/materials/none", None),
            ("GET", f"/cases/{submitted.application_id}", None),
            ("GET", "/cases", None),
            ("PUT", f"/cases/{case}/scores", {"items": {}}),
            ("POST", f"/cases/{case}/decision", AWARD),
            ("POST", f"/cases/{case}/assignments", {"person_id": str(bench.ann)}),
            ("GET", "/me", None),
        ]
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 422, 404, 404, 403, 409, 403, 403, 200]
    secrets = [
        str(submitted.person_id),
        str(submitted.application_id),
        NAME,
        EMAIL,
        INSTITUTION,
        "Dear",
        "intake/",
        str(bench.ben),
        str(bench.chair),
    ]
    staffs = (await bench.call("GET", f"/cases/{case}", bench.staff)).text
    kept = await bench.one.database.pool.fetchval(
        "SELECT concat(cases.*, people.*) FROM cases JOIN people USING (person_id)"
    )
    assert [secret for secret in secrets if secret not in staffs + kept] == [EMAIL]
    found = [
        (answer.url.path, secret)
        for answer in answers
        for secret in secrets
        if secret in f"{answer.headers}{answer.text}"
    ]
    assert found == []
    seen = answers[1].json()
    assert seen["decision"] == {
        "outcome": "awarded",
        "items": [
            {"item": item, "level": "demonstrated", "demonstrated": True, "carried_forward": False}
            for item in ("weft", "warp")
        ],
    }
    assert sorted(one["reviewer"] for one in seen["panel_scores"]) == sorted(
        seat["number"]
        for seat in (await bench.ok("GET", f"/cases/{case}", bench.staff))["panel"]
        if seat["role"] == "reviewer"
    )


async def test_no_name_and_no_address_is_stored(bench: Bench) -> None:
    _, submitted = await bench.case()
    row = await bench.one.database.pool.fetchrow(
        "SELECT name, email, institution FROM people WHERE person_id = $1", submitted.person_id
    )
    assert tuple(row) == ("", "", INSTITUTION)


async def test_what_the_chair_sees(bench: Bench) -> None:
    case, submitted = await bench.case()
    await bench.score(case, bench.ann)
    assert await bench.ok("GET", f"/cases/{submitted.application_id}", bench.chair) == await bench.ok(
        "GET", f"/cases/{case}", bench.chair
    )
    before = await bench.ok("GET", f"/cases/{case}", bench.chair)
    assert (before["my_role"], before["declared"], before["materials"]) == ("chair", False, [])
    assert {"panel_scores", "panel_results", "scores", "application_id"} & set(before) == set()
    await bench.declare(case, bench.chair)
    seen = await bench.ok("GET", f"/cases/{case}", bench.chair)
    numbers = {seat["person_id"]: seat["number"] for seat in seen["panel"]}
    word = {"level": "demonstrated", "note": ""}
    first = {
        "reviewer": numbers[str(bench.ann)],
        "submitted": True,
        "items": {"warp": word, "weft": word},
        "comment": "",
    }
    assert seen["panel_scores"] == [first]
    assert "panel_results" not in seen
    assert len(seen["materials"]) == 3

    await bench.declare(case, bench.ben)
    draft = {
        "items": {"warp": {"level": "emerging", "note": "Loose."}, "weft": {"level": "exemplary"}},
        "comment": "Hm.",
    }
    await bench.ok("PUT", f"/cases/{case}/scores", bench.ben, draft)
    assert (await bench.ok("GET", f"/cases/{case}", bench.chair))["panel_scores"] == [first]
    await bench.ok("POST", f"/cases/{case}/scores/submission", bench.ben)
    seen = await bench.ok("GET", f"/cases/{case}", bench.chair)
    second = {
        "reviewer": numbers[str(bench.ben)],
        "submitted": True,
        "items": {"warp": {"level": "emerging", "note": "Loose."}, "weft": {"level": "exemplary", "note": ""}},
        "comment": "Hm.",
    }
    assert seen["panel_scores"] == sorted([first, second], key=lambda one: one["reviewer"])
    assert {key: seen["panel_results"][key] for key in ("rule", "outcome", "items")} == {
        "rule": "lower_median",
        "outcome": "not_yet",
        "items": [
            {"item": "weft", "level": "demonstrated", "demonstrated": True, "carried_forward": False},
            {"item": "warp", "level": "emerging", "demonstrated": False, "carried_forward": False},
        ],
    }


async def test_materials_as_they_were_handed_in(bench: Bench) -> None:
    case, submitted = await bench.case()
    await bench.declare(case, bench.ann, bench.chair)
    for who in (bench.ann, bench.chair):
        essay = await bench.call("GET", f"/cases/{case}/materials/essay", who)
        assert (essay.status_code, essay.content, essay.headers["content-type"]) == (
            200,
            ESSAY,
            "text/plain; charset=utf-8",
        )
        assert essay.headers["content-disposition"].startswith("attachment")
    paths = [
        (f"/cases/{case}/materials/works", {"artifact_id": str(one.artifact_id)}) for one in submitted.materials[1:]
    ]
    assert [(await bench.call("GET", path, bench.ann, **query)).content for path, query in paths] == [
        b"%PDF 0",
        b"%PDF 1",
    ]
    note = await bench.call("GET", paths[0][0], bench.ann, part="annotation", **paths[0][1])
    assert (note.content, note.headers["content-type"]) == (b"What it shows.", "text/plain; charset=utf-8")
    await bench.refused(404, "GET", paths[1][0], bench.ann, part="annotation", **paths[1][1])
    problem = await bench.refused(422, "GET", paths[0][0], bench.ann)
    assert [error["field"] for error in problem["errors"]] == ["artifact_id"]
