"""Requirements that staff open again after the submission: what the applicant may do, and what the panel is told."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.events.applications import ApplicationAmended, ApplicationReopened
from contracts.session import COOKIE
from tests.component.intake.browser import browsing, went, words
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import PDF, Applicant, Walker, id_of


async def reopen(
    intake: Walker, who: Applicant, path: str, *requirements: str, days: float = 7, status: int = 201
) -> Any:
    until = (intake.one.clock() + timedelta(days=days)).isoformat()
    body = {"requirements": requirements, "until": until, "reason": "Page 3 is missing."}
    return await intake.call(who, "POST", f"/api/staff{path.removeprefix('/api')}/reopenings", status, json=body)


async def amended(intake: Walker) -> list[tuple[str, list[int]]]:
    """What the panel was told: requirements, and the sizes of what counts for each."""
    found = [one for one in await intake.one.events(ApplicationAmended) if isinstance(one, ApplicationAmended)]
    return [(one.requirement, [material.content.size for material in one.materials]) for one in found]


async def test_only_what_is_reopened_may_be_handed_in_anew_until_its_time(intake: Walker, ada: Applicant) -> None:
    staff, path = await staff_of(intake, "staff"), await intake.submit(ada)
    new = {"text": "Threads cross again."}
    await intake.call(ada, "PUT", f"{path}/materials/essay", 409, json=new)
    await reopen(intake, staff, path, "essay")
    [said] = await intake.one.events(ApplicationReopened)
    assert isinstance(said, ApplicationReopened)
    assert (said.application_id, said.requirements) == (id_of(path), ("essay",))
    shown = await intake.call(ada, "GET", path, 200)
    assert (shown["state"], shown["timeline"][-1]["what"]) == ("submitted", "reopened")
    [opened] = shown["reopened"]
    assert (opened["requirements"], opened["reason"]) == (["essay"], "Page 3 is missing.")
    await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json=new)
    assert await amended(intake) == [("essay", [len(new["text"])])]
    await intake.call(ada, "DELETE", f"{path}/materials/essay", 409)
    await intake.call(ada, "PUT", f"{path}/materials/cv", 409, files={"file": ("cv.pdf", PDF)})
    # The panel took it up: it still may be.
    await intake.one.deliver(intake.opened(ada, path))
    await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json={"text": "Once more."})
    intake.one.clock.move(days=8)
    ada = await intake.sign_in(ada.email)
    await intake.call(ada, "PUT", f"{path}/materials/essay", 409, json=new)
    assert len(await amended(intake)) == 2


async def test_after_the_decision_nothing_may_be(intake: Walker, ada: Applicant) -> None:
    staff, path = await staff_of(intake, "staff"), await intake.submit(ada)
    await reopen(intake, staff, path, "essay")
    await intake.one.deliver(await intake.decided(ada, path))
    await intake.call(ada, "PUT", f"{path}/materials/essay", 409, json={"text": "Too late."})
    await reopen(intake, staff, path, "essay", status=409)
    assert await amended(intake) == []


async def test_it_ends_before_its_time_and_is_in_the_trail(intake: Walker, ada: Applicant) -> None:
    staff, path = await staff_of(intake, "staff"), await intake.submit(ada)
    admin = await intake.sign_in("admin@example.org")
    intake.one.clock.move(minutes=1)
    shown = await reopen(intake, staff, path, "essay")
    one = f"/api/staff{path.removeprefix('/api')}/reopenings/{shown['reopened'][0]['reopening_id']}"
    intake.one.clock.move(minutes=1)
    for _ in range(2):
        await intake.call(staff, "DELETE", one, 204)
    await intake.call(ada, "PUT", f"{path}/materials/essay", 409, json={"text": "Over."})
    found = await intake.call(admin, "GET", "/api/staff/audit", 200, params={"person": str(ada.person_id)})
    assert [(line["act"], line.get("before"), line.get("after")) for line in found["items"]] == [
        ("reopening_ended", ["essay"], None),
        ("requirements_reopened", None, ["essay"]),
    ]
    await intake.call(staff, "DELETE", f"{one[:-4]}0000", 404)


@pytest.mark.parametrize(
    ("requirements", "days", "field"),
    [
        (["self-assessment"], 7, "requirements"),
        (["works"], 7, "requirements"),
        (["nothing"], 7, "requirements"),
        ([], 7, "requirements"),
        (["essay"], -1, "until"),
        (["essay"], 61, "until"),
    ],
)
async def test_what_does_not_fit_is_refused_by_field(
    intake: Walker, ada: Applicant, requirements: list[str], days: int, field: str
) -> None:
    staff, path = await staff_of(intake, "staff"), await intake.submit(ada)
    refused = await reopen(intake, staff, path, *requirements, days=days, status=422)
    assert [one["field"] for one in refused["errors"]] == [field]


async def test_it_is_for_staff_and_after_the_submission(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    await reopen(intake, ada, path, "essay", status=403)
    staff = await staff_of(intake, "staff")
    await reopen(intake, staff, path, "essay", status=409)
    await reopen(intake, staff, path[:-4] + "0000", "essay", status=404)


async def test_by_page(intake: Walker, ada: Applicant) -> None:
    staff, path = await staff_of(intake, "staff"), await intake.submit(ada)
    page = f"/staff{path.removeprefix('/api')}"
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, staff.headers["Authorization"].split()[1])
        assert f'href="{page}/reopening"' in (await here.get(page)).text
        nothing = words(await here.post(f"{page}/reopening", data={"until": "2026-12-01"}))
        assert "2 things to correct Requirements: choose at least one Reason: " in nothing
        refused = await here.post(f"{page}/reopening", data={"requirements": "essay", "until": "2026-02-30"})
        assert refused.status_code == 422
        for kept in ('value="essay" checked', 'href="#field-until"', 'href="#field-reason"'):
            assert kept in refused.text
        until = (intake.one.clock() + timedelta(days=3)).date().isoformat()
        body = {"requirements": "essay", "until": until, "reason": "Page 3 is missing."}
        assert went(await here.post(f"{page}/reopening", data=body)) == (303, page)
        assert "You may hand in something anew" in words(await here.get(page))
        assert "Open now" in words(await here.get(f"{page}/reopening"))
        here.cookies.set(COOKIE, ada.headers["Authorization"].split()[1])
        mine = path.removeprefix("/api")
        overview = await here.get(mine)
        assert "Page 3 is missing." in words(overview)
        assert f'href="{mine}/materials/essay"' in overview.text
        form = await here.get(f"{mine}/materials/essay")
        assert "<textarea" in form.text
        posted = await here.post(f"{mine}/materials/essay", data={"text": "Threads cross anew."})
        assert posted.status_code == 303
        assert (await here.get(f"{page}/reopening")).status_code == 403
    assert await amended(intake) == [("essay", [19])]
