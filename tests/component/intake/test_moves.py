"""A new version of a credential: applications stay on theirs, staff move chosen ones by a mapping, and a move can be
undone."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts.events.applications import ApplicationMoved, ApplicationSubmitted
from contracts.session import COOKIE
from program.loader import load
from services.intake.usecases import catalog
from services.intake.usecases.moves import JOB
from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, heading, went, words
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Applicant, Walker, id_of

MOVES = "/api/staff/program/weaving/2/moves"
MAPPING = {
    "requirements": {"readiness": "readiness", "cv": "cv", "essay": "statement", "talk": "talk"},
    "items": {"warp": "thread", "weft": "weft"},
}


def second(folder: Path) -> None:
    """Version 2: the essay is called statement, an item has another key, works are gone, a portfolio is new."""
    first = folder / "credentials" / "weaving" / "v1.yaml"
    text = first.read_text()
    first.write_text(text.replace("state: open", "state: retired"))
    for before, after in (
        ("version: 1\nname", "version: 2\nname"),
        ("{key: warp, name: Warp", "{key: thread, name: Thread"),
        ("items: [warp]", "items: [thread]"),
        ("{key: essay, kind: essay, name: Essay", "{key: statement, kind: essay, name: Statement"),
        ("{key: works, kind: artifacts, name: Works, path: shown", "{key: portfolio, kind: file, name: Portfolio"),
        (", limits: {min_count: 1, max_count: 2, max_words: 5, media_types: [application/pdf, text/plain]}}", "}"),
        ("paths:\n", "REST"),
    ):
        assert before in text, before
        text = text.replace(before, after)
    head, _, rest = text.partition("REST")
    rest = rest[rest.index("rubric:") :]
    first.with_name("v2.yaml").write_text(head.replace(", path: spoken", ", required: false") + rest)


@pytest.fixture
async def intake(service: StartService, tmp_path: Path) -> Walker:
    """An intake whose program has the first version; `publish_second` adds the other one."""
    folder = tmp_path / "program"
    shutil.copytree(PROGRAM, folder)
    one = await service(
        "intake",
        program_dir=folder,
        first_admin_email="admin@example.org",
        sign_in_per_address="10000 per minute",
        sign_in_per_client="10000 per minute",
    )
    return Walker(one)


async def publish_second(intake: Walker) -> None:
    folder = intake.one.config.program_dir
    second(folder)
    await intake.one.database.write(lambda tx: catalog.publish(tx, load(folder).credentials))


async def move(intake: Walker, who: Applicant, status: int = 201, **changes: Any) -> Any:
    body = {"from_version": 1, "reason": "Version 2 asks for less.", "all": True} | MAPPING | changes
    return await intake.call(who, "POST", MOVES, status, json=body)


async def done(intake: Walker, who: Applicant, made: Any) -> Any:
    """The move, once its job has run."""
    await intake.one.run_job(JOB)
    return await intake.call(who, "GET", f"/api/staff/moves/{made['move_id']}", 200)


async def undo(intake: Walker, who: Applicant, made: Any) -> Any:
    await intake.call(who, "POST", f"/api/staff/moves/{made['move_id']}/undoing", 200)
    return await done(intake, who, made)


async def said(intake: Walker) -> list[tuple[UUID, int, int, bool]]:
    found = [one for one in await intake.one.events(ApplicationMoved) if isinstance(one, ApplicationMoved)]
    return [(one.application_id, one.from_version, one.credential_version, one.undone) for one in found]


async def test_a_new_version_changes_nothing_for_who_began(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    before = await intake.call(ada, "GET", path, 200)
    await publish_second(intake)
    assert await intake.call(ada, "GET", path, 200) == before
    submitted = await intake.call(ada, "POST", f"{path}/submission", 200)
    assert (submitted["version"], submitted["state"]) == (1, "submitted")
    [event] = await intake.one.events(ApplicationSubmitted)
    assert isinstance(event, ApplicationSubmitted)
    assert event.credential_version == 1
    eve = await intake.sign_in()
    assert (await intake.call(eve, "GET", await intake.start(eve), 200))["version"] == 2


async def test_a_preview_says_what_would_be_kept_and_missing(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    submitted = await intake.submit(await intake.sign_in())
    begun = await intake.start(await intake.sign_in())
    await publish_second(intake)
    staff = await staff_of(intake, "staff")
    found = await intake.call(staff, "POST", f"{MOVES}/preview", 200, json={"from_version": 1} | MAPPING)
    assert (found["applications"], found["more"], found["new_agreement"]) == ({"open": 1, "started": 1}, False, False)
    assert {one["requirement"]: one["number"] for one in found["kept"]} == {
        "readiness": 1,
        "cv": 1,
        "statement": 1,
        "talk": 1,
    }
    missing = {one["requirement"]: one["number"] for one in found["missing"]}
    assert missing == {"readiness": 1, "cv": 1, "statement": 1, "portfolio": 2}
    outcomes = {one["application_id"]: one for one in found["outcomes"]}
    assert set(outcomes) == {str(id_of(path)), str(id_of(begun))}
    mine = outcomes[str(id_of(path))]
    assert (set(mine["kept"]), mine["left"], [one["field"] for one in mine["missing"]]) == (
        {"readiness", "cv", "statement", "talk"},
        [],
        ["portfolio"],
    )
    # Without a mapping, what has the same key becomes itself.
    usual = await intake.call(staff, "POST", f"{MOVES}/preview", 200, json={"from_version": 1})
    assert usual["requirements"] == {"readiness": "readiness", "cv": "cv", "talk": "talk"}
    assert [one["requirement"] for one in usual["left"]] == ["essay"]
    assert (await intake.call(ada, "GET", path, 200))["version"] == 1
    assert submitted not in outcomes


async def test_chosen_applications_are_moved_and_moved_back(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    other = await intake.complete(await intake.sign_in())
    before = await intake.call(ada, "GET", path, 200)
    text = await intake.call(ada, "GET", f"{path}/materials/essay", 200)
    await publish_second(intake)
    staff = await staff_of(intake, "staff")
    made = await move(intake, staff, all=False, applications=[str(id_of(path))])
    assert made["counts"] == {"waiting": 1}
    assert (await done(intake, staff, made))["counts"] == {"moved": 1}
    now = await intake.call(ada, "GET", path, 200)
    assert (now["version"], now["state"], now["fee"], now["timeline"][-1]["what"]) == (
        2,
        "open",
        before["fee"],
        "moved",
    )
    assert {one["key"]: one["done"] for one in now["requirements"]} == {
        "readiness": True,
        "cv": True,
        "talk": True,
        "portfolio": False,
        "statement": True,
    }
    assert now["self_assessment"]["ratings"] == {"thread": 1, "weft": 4}
    assert (await intake.call(ada, "GET", f"{path}/materials/statement", 200))["text"] == text["text"]
    assert (await intake.call(staff, "GET", f"/api/staff{other.removeprefix('/api')}", 200))["version"] == 1
    # Done again, nothing changes.
    await intake.one.run_job(JOB)
    assert await said(intake) == [(id_of(path), 1, 2, False)]
    assert (await undo(intake, staff, made))["counts"] == {"undone": 1}
    back = await intake.call(ada, "GET", path, 200)
    assert [line["what"] for line in back["timeline"][-2:]] == ["moved", "moved_back"]
    assert back | {"timeline": None} == before | {"timeline": None}
    assert await said(intake) == [(id_of(path), 1, 2, False), (id_of(path), 2, 1, True)]
    assert (await undo(intake, staff, made))["counts"] == {"undone": 1}
    assert len(await said(intake)) == 2
    await intake.call(ada, "POST", f"{path}/submission", 200)


async def test_what_came_since_keeps_a_move_from_being_undone_and_is_named(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    eve = await intake.sign_in()
    second_path = await intake.complete(eve)
    await publish_second(intake)
    staff = await staff_of(intake, "staff")
    made = await move(intake, staff)
    await done(intake, staff, made)
    await intake.call(ada, "PUT", f"{path}/materials/portfolio", 200, files={"file": ("p.txt", b"My works.")})
    shown = await undo(intake, staff, made)
    assert shown["counts"] == {"kept": 1, "undone": 1}
    assert shown["held_back"] == [{"application_id": str(id_of(path)), "state": "kept", "why": ["portfolio"]}]
    assert (await intake.call(ada, "GET", path, 200))["version"] == 2
    assert (await intake.call(eve, "GET", second_path, 200))["version"] == 1


async def test_who_submits_meanwhile_stays(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    await publish_second(intake)
    staff = await staff_of(intake, "staff")
    made = await move(intake, staff)
    await intake.call(ada, "POST", f"{path}/submission", 200)
    shown = await done(intake, staff, made)
    assert shown["held_back"] == [{"application_id": str(id_of(path)), "state": "stayed", "why": ["submitted"]}]
    assert (await intake.call(ada, "GET", path, 200))["version"] == 1
    assert await said(intake) == []


async def test_an_undone_move_moves_nobody_who_still_waited(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    await publish_second(intake)
    staff = await staff_of(intake, "staff")
    made = await move(intake, staff)
    shown = await undo(intake, staff, made)
    assert (shown["counts"], shown["held_back"][0]["why"]) == ({"stayed": 1}, ["undone"])
    assert (await intake.call(ada, "GET", path, 200))["version"] == 1


async def test_another_agreement_is_to_be_accepted_anew(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    folder = intake.one.config.program_dir
    second(folder)
    file = folder / "credentials" / "weaving" / "v2.yaml"
    text = file.read_text().replace(
        "{key: portfolio, kind: file, name: Portfolio", "{key: portfolio, kind: file, name: Portfolio, required: false"
    )
    file.write_text(text + 'agreement: {version: "2", text: I agree to more.}\n')
    await intake.one.database.write(lambda tx: catalog.publish(tx, load(folder).credentials))
    staff = await staff_of(intake, "staff")
    await done(intake, staff, await move(intake, staff))
    refused = await intake.call(ada, "POST", f"{path}/submission", 409)
    assert [one["field"] for one in refused["errors"]] == ["agreement"]
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, ada.headers["Authorization"].split()[1])
        mine = path.removeprefix("/api")
        assert f'href="{mine}/agreement"' in (await here.get(f"{mine}/submission")).text
    await intake.call(ada, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "2"})
    await intake.call(ada, "POST", f"{path}/submission", 200)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"requirements": {"essay": "cv"}}, "requirements.essay"),
        ({"requirements": {"nothing": "cv"}}, "requirements.nothing"),
        ({"items": {"warp": "weft", "weft": "weft"}}, "items.weft"),
        ({"items": {"warp": "woof"}}, "items.warp"),
        ({"from_version": 2}, "from_version"),
        ({"all": False}, "applications"),
        ({"reason": ""}, "reason"),
    ],
)
async def test_a_mapping_that_does_not_fit_is_refused_by_field(
    intake: Walker, changes: dict[str, Any], field: str
) -> None:
    await publish_second(intake)
    staff = await staff_of(intake, "staff")
    refused = await move(intake, staff, 422, **changes)
    assert [one["field"] for one in refused["errors"]] == [field]


async def test_it_is_for_staff(intake: Walker, ada: Applicant) -> None:
    await publish_second(intake)
    await move(intake, ada, 403)
    staff = await staff_of(intake, "staff")
    for path in (f"/api/staff/moves/{UUID(int=1)}", "/api/staff/moves/x"):
        assert (await intake.client.get(path, headers=staff.headers)).status_code in (404, 422)
        assert (await intake.client.get(path, headers=ada.headers)).status_code == 403
    await intake.call(staff, "POST", MOVES.replace("2", "7"), 404, json={"from_version": 1, "all": True, "reason": "x"})


async def test_by_page(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    await publish_second(intake)
    staff = await staff_of(intake, "staff")
    page = "/staff/program/weaving/2/moves"
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, staff.headers["Authorization"].split()[1])
        assert f'href="{page}"' in (await here.get("/staff/program/weaving/2")).text
        shown = await here.get(page)
        assert heading(shown) == "Move applications to Weaving, version 2"
        assert str(id_of(path)) in shown.text
        form = {"from_version": "1", "requirements.essay": "statement", "requirements.cv": "cv", "items.warp": "thread"}
        tried = await here.post(page, data=form | {"act": "preview"})
        assert (tried.status_code, "Statement 1 application" in words(tried)) == (200, True)
        refused = await here.post(page, data=form | {"act": "move", "all": "true"})
        assert (refused.status_code, 'href="#field-reason"' in refused.text) == (422, True)
        posted = await here.post(page, data=form | {"act": "move", "applications": str(id_of(path)), "reason": "Less."})
        status, address = went(posted)
        assert (status, address.startswith("/staff/moves/")) == (303, True)
        assert "0 of 1 are done" in words(await here.get(address))
        await intake.one.run_job(JOB)
        assert "Moved 1" in words(await here.get(address))
        assert went(await here.post(f"{address}/undoing")) == (303, address)
        await intake.one.run_job(JOB)
        assert "Moved back 1" in words(await here.get(address))
        assert "Moved back to its former version" in words(await here.get(f"/staff{path.removeprefix('/api')}"))
