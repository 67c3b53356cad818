"""A conflict of interest that is found after somebody got the seat takes the case away at once."""

from typing import Any
from uuid import UUID

import pytest

from tests.component.review.bench_of_judges import AWARD, INSTITUTION, Bench

SPELLED = "the NORTH college, of Quux"


async def seats_of(bench: Bench, case: str) -> dict[UUID, tuple[str, str | None]]:
    panel = (await bench.ok("GET", f"/cases/{case}", bench.staff))["panel"]
    return {UUID(one["person_id"]): (one["state"], one.get("conflict")) for one in panel}


async def move(bench: Bench, who: UUID, institution: str, *, by_profile: bool) -> Any:
    """The person names another institution: in their profile here, or in their account."""
    if by_profile:
        return await bench.sign(who, institution=institution)
    person = await bench.one.database.pool.fetchrow("SELECT * FROM people WHERE person_id = $1", who)
    assert person is not None
    roles, version = tuple(person["roles"]), person["version"] + 1
    return await bench.one.add_person(who, roles=roles, institution=institution, version=version)


@pytest.mark.parametrize("by_profile", [True, False])
@pytest.mark.parametrize("progress", ["assigned", "declared", "drafted", "submitted"])
async def test_a_reviewer_who_moves_to_the_applicants_institution(
    bench: Bench, progress: str, *, by_profile: bool
) -> None:
    spare = await bench.reviewer()
    case, _ = await bench.case()
    [ann] = [one for one in (bench.ann, bench.ben, spare) if one in await seats_of(bench, case)][:1]
    if progress != "assigned":
        await bench.declare(case, ann)
    if progress == "drafted":
        await bench.ok("PUT", f"/cases/{case}/scores", ann, {"items": {"weft": {"level": "exemplary"}}})
    if progress == "submitted":
        await bench.score(case, ann)

    await move(bench, ann, SPELLED, by_profile=by_profile)
    for path in ("", "/materials/essay"):
        await bench.refused(404, "GET", f"/cases/{case}{path}", ann)
    await bench.refused(404, "PUT", f"/cases/{case}/scores", ann, {"items": {}})
    assert (await bench.ok("GET", "/queue", ann))["items"] == []
    assert (await seats_of(bench, case))[ann] == ("conflicted", "institution")

    await bench.one.run_job("assign")
    seats = await seats_of(bench, case)
    assert sorted(seats[one] for one in (bench.ann, bench.ben, spare) if one != ann) == [("assigned", None)] * 2
    await move(bench, ann, "South College", by_profile=by_profile)  # whoever left does not come back
    await bench.refused(404, "GET", f"/cases/{case}", ann)


async def test_a_chair_who_moves_sees_nothing_and_another_acts(bench: Bench) -> None:
    case, _ = await bench.deciding()
    other = await bench.one.add_person(roles=("chair",), institution="West College")
    await move(bench, bench.chair, INSTITUTION, by_profile=False)
    await bench.refused(404, "GET", f"/cases/{case}", bench.chair)
    await bench.refused(404, "POST", f"/cases/{case}/decision", bench.chair, AWARD)
    await bench.one.run_job("assign")
    await bench.declare(case, other)
    await bench.ok("POST", f"/cases/{case}/decision", other, AWARD)


async def test_what_is_decided_stays(bench: Bench) -> None:
    case, _ = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    before = await bench.ok("GET", f"/cases/{case}", bench.staff)
    await move(bench, bench.ann, INSTITUTION, by_profile=True)
    assert await bench.ok("GET", f"/cases/{case}", bench.staff) == before


async def test_another_institution_or_none_changes_nothing(bench: Bench) -> None:
    case, _ = await bench.case()
    before = await seats_of(bench, case)
    for institution in ("", "East College"):
        await move(bench, bench.ann, institution, by_profile=True)
        await move(bench, bench.ben, institution, by_profile=False)
    assert await seats_of(bench, case) == before
