"""Who comes to have a conflict of interest after they were given a seat loses the case at once."""

from typing import Any
from uuid import UUID

from contracts.events.people import PersonErased
from tests.component.review.bench_of_judges import AWARD, INSTITUTION, Bench


async def seats(bench: Bench, case: str) -> dict[str, tuple[str, str | None]]:
    shown = await bench.ok("GET", f"/cases/{case}", bench.staff)
    return {seat["person_id"]: (seat["state"], seat.get("conflict")) for seat in shown["panel"]}


async def sees_nothing(bench: Bench, case: str, who: UUID) -> None:
    """Every way to the case ends as if there were none."""
    unknown: dict[str, Any] = await bench.refused(404, "GET", f"/cases/{UUID(int=5)}", who)
    for method, path, body in [
        ("GET", f"/cases/{case}", None),
        ("GET", f"/cases/{case}/materials/essay", None),
        ("POST", f"/cases/{case}/declaration", {"conflict": False}),
        ("PUT", f"/cases/{case}/scores", {"items": {"weft": {"level": "emerging"}}}),
        ("POST", f"/cases/{case}/scores/submission", None),
        ("POST", f"/cases/{case}/decision", AWARD),
    ]:
        problem = await bench.refused(404, method, path, who, body)
        assert problem["detail"] == unknown["detail"]
    assert await bench.ok("GET", "/queue", who) == {"items": [], "next": None}


async def test_a_reviewer_who_changes_to_the_applicants_institution_reads_nothing_more(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.declare(case, bench.ann)
    assert (await bench.call("GET", f"/cases/{case}/materials/essay", bench.ann)).is_success
    await bench.sign(bench.ann, institution=f"The {INSTITUTION.upper()}")
    await sees_nothing(bench, case, bench.ann)
    assert (await seats(bench, case))[str(bench.ann)] == ("conflicted", "institution")
    page = await bench.one.client.get(f"/review/cases/{case}", headers=bench.one.session_for(bench.staff))
    assert "This person is of the same institution as the applicant." in page.text
    new = await bench.reviewer()
    await bench.one.run_job("assign")
    assert (await seats(bench, case))[str(new)] == ("assigned", None)
    await bench.sign(bench.ann, institution="South College")
    await sees_nothing(bench, case, bench.ann)


async def test_a_person_whom_intake_describes_anew_and_a_chair_lose_the_case_too(bench: Bench) -> None:
    case, _ = await bench.deciding()
    for who, role in ((bench.ben, "reviewer"), (bench.chair, "chair")):
        for _ in range(2):
            await bench.one.add_person(who, version=2, roles=(role,), institution=INSTITUTION)
        await sees_nothing(bench, case, who)
    assert await seats(bench, case) == {
        str(bench.ann): ("submitted", None),
        str(bench.ben): ("conflicted", "institution"),
        str(bench.chair): ("conflicted", "institution"),
    }
    assert await bench.state(case) == "assigning"


async def test_an_applicant_who_changes_to_the_judges_institution(bench: Bench) -> None:
    case, submitted = await bench.case()
    await bench.one.add_person(submitted.person_id, version=2, institution="south college")
    assert set((await seats(bench, case)).values()) == {("conflicted", "institution")}
    await sees_nothing(bench, case, bench.ann)


async def test_a_decision_that_was_made_stays(bench: Bench) -> None:
    case, _ = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    await bench.sign(bench.ann, institution=INSTITUTION)
    assert (await bench.state(case), (await seats(bench, case))[str(bench.ann)]) == ("decided", ("submitted", None))


async def test_by_hand_is_refused_with_the_rule(bench: Bench) -> None:
    case, _ = await bench.case()
    new = await bench.reviewer(INSTITUTION)
    problem = await bench.refused(
        409, "POST", f"/cases/{case}/assignments", bench.staff, {"person_id": str(new), "role": "reviewer"}
    )
    assert problem["detail"] == "this person is of the same institution as the applicant; name somebody else"


async def test_an_applicants_erasure_takes_the_kind_of_conflict_with_it(bench: Bench) -> None:
    case, submitted = await bench.case()
    await bench.sign(bench.ann, institution=INSTITUTION)
    assert (await seats(bench, case))[str(bench.ann)] == ("conflicted", "institution")
    await bench.one.deliver(PersonErased(person_id=submitted.person_id))
    rows = await bench.one.database.pool.fetch("SELECT conflict FROM seats WHERE case_id = $1", UUID(case))
    assert {row["conflict"] for row in rows} == {""}
