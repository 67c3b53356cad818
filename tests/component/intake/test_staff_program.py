"""The program for its staff: files checked and compared, a state changed, who may begin and who goes on."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts.events.catalog import CredentialPublished
from contracts.session import COOKIE
from program.loader import load
from services.intake.usecases import catalog
from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, heading, went, words
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Applicant, Walker

WEAVING = "/api/staff/program/weaving/1"
PAGE = "/staff/program/weaving/1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program's folder that a test may change."""
    shutil.copytree(PROGRAM, tmp_path / "program")
    return tmp_path / "program"


@pytest.fixture
async def intake(service: StartService, folder: Path) -> Walker:
    one = await service(
        "intake",
        program_dir=folder,
        first_admin_email="admin@example.org",
        sign_in_per_address="10000 per minute",
        sign_in_per_client="10000 per minute",
    )
    return Walker(one)


def change(folder: Path, slug: str, before: str, after: str) -> None:
    """Change the file of version 1."""
    file = folder / "credentials" / slug / "v1.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


async def restart(intake: Walker, folder: Path) -> int:
    """What the start of the service does with the files."""
    return await intake.one.database.write(lambda tx: catalog.publish(tx, load(folder).credentials))


async def said(intake: Walker) -> list[tuple[str, int, str, str | None]]:
    """What was published, but for the first publications."""
    found = [one for one in await intake.one.events(CredentialPublished) if isinstance(one, CredentialPublished)]
    return [(one.key, one.version, one.definition.state, one.changed_from) for one in found if one.version > 1]


async def set_state(intake: Walker, who: Applicant, state: str, status: int = 200, path: str = WEAVING) -> Any:
    body = {"state": state, "reason": "The panel is full."}
    return await intake.call(who, "PUT", f"{path}/state", status, json=body)


async def test_a_paused_credential_lets_nobody_begin_and_those_under_way_go_on(intake: Walker, ada: Applicant) -> None:
    staff = await staff_of(intake, "staff")
    path = await intake.open(ada)
    shown = await set_state(intake, staff, "paused")
    assert (shown["state"], shown["file_state"], shown["moves"], shown["under_way"]) == (
        "paused",
        "open",
        ["open", "retired"],
        {"open": 1},
    )
    [noted] = shown["changes"]
    assert (noted["before"], noted["after"], noted["reason"], noted["actor"]) == (
        "open",
        "paused",
        "The panel is full.",
        str(staff.person_id),
    )
    assert await said(intake) == [("weaving/1", 2, "paused", "open")]
    refused = await intake.call(
        await intake.sign_in(), "POST", "/api/applications", 409, json={"credential": "weaving"}
    )
    assert refused["type"].endswith("credential_closed")
    await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json={"text": "Threads cross."})
    assert (await intake.call(None, "GET", "/api/credentials/weaving", 200))["state"] == "paused"
    async with browsing(intake) as here:
        page = words(await here.get("/credentials/weaving"))
        assert "No new applications for now. Applications that are under way go on as planned." in page
    # The same once more changes nothing, and opening it again lets people begin.
    await set_state(intake, staff, "paused")
    await set_state(intake, staff, "open")
    assert await said(intake) == [("weaving/1", 2, "paused", "open"), ("weaving/1", 3, "open", "paused")]
    await intake.start(await intake.sign_in())


async def test_every_change_is_in_the_trail(intake: Walker) -> None:
    staff, admin = await staff_of(intake, "staff"), await intake.sign_in("admin@example.org")
    intake.one.clock.move(minutes=1)
    await set_state(intake, staff, "paused")
    found = await intake.call(admin, "GET", "/api/staff/audit", 200)
    line = found["items"][0]
    assert (line["act"], line["about"], line["before"], line["after"], line["actor"]["person_id"]) == (
        "credential_state_changed",
        "weaving/1",
        ["open"],
        ["paused"],
        str(staff.person_id),
    )
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, admin.headers["Authorization"].split()[1])
        assert "Changed the state of a credential weaving/1 before: Open; after: Paused" in words(
            await here.get("/staff/audit")
        )
        for query, fits in [
            ("actor=staff@staff.example", True),
            ("actor=admin@example.org", False),
            ("act=credential_state_changed", True),
            ("act=application_seen", False),
            ("since=2020-01-01&until=2999-01-01", True),
            ("until=2020-01-01", False),
            ("person=staff@staff.example&act=credential_state_changed", False),
        ]:
            page = await here.get(f"/staff/audit?{query}")
            assert (page.status_code, "before: Open; after: Paused" in words(page)) == (200, fits), query
        refused = await here.get("/staff/audit?actor=nobody@example.org&since=x")
        assert refused.status_code == 422
        assert 'href="#field-since"' in refused.text
        assert "nobody has this address" in words(await here.get("/staff/audit?actor=nobody@example.org"))
    for query, number in (({"actor": str(staff.person_id)}, 1), ({"actor": "admin@example.org"}, 1)):
        found = await intake.call(admin, "GET", "/api/staff/audit", 200, params=query)
        assert len(found["items"]) == number, query
    refused = await intake.call(admin, "GET", "/api/staff/audit", 422, params={"person": "nobody@example.org"})
    assert [one["field"] for one in refused["errors"]] == ["person"]


@pytest.mark.parametrize(
    ("slug", "state", "type"),
    [
        ("weaving", "announced", "no_such_move"),
        ("weaving", "planned", "no_such_move"),
        ("dyeing", "paused", "no_such_move"),
        ("dyeing", "open", "incomplete"),
        ("spinning", "open", "incomplete"),
    ],
)
async def test_other_moves_are_refused_with_what_is_possible(intake: Walker, slug: str, state: str, type: str) -> None:
    staff = await staff_of(intake, "staff")
    refused = await set_state(intake, staff, state, 409, f"/api/staff/program/{slug}/1")
    assert (refused["type"].rpartition("/")[2], {one["field"] for one in refused["errors"]}) == (type, {"state"})
    assert await said(intake) == []


async def test_it_is_for_staff_with_a_reason(intake: Walker, ada: Applicant) -> None:
    await set_state(intake, ada, "paused", 403)
    await intake.call(ada, "GET", "/api/staff/program", 403)
    await intake.call(None, "GET", WEAVING, 401)
    staff = await staff_of(intake, "staff")
    for body, field in (
        ({"state": "paused"}, "reason"),
        ({"state": "paused", "reason": " "}, "reason"),
        ({"state": "shut", "reason": "x"}, "state"),
        ({"state": "paused", "reason": "x" * 2001}, "reason"),
    ):
        refused = await intake.call(staff, "PUT", f"{WEAVING}/state", 422, json=body)
        assert [one["field"] for one in refused["errors"]] == [field]
    for path in ("/api/staff/program/weaving/2", "/api/staff/program/sewing/1"):
        await set_state(intake, staff, "paused", 404, path)
        await intake.call(staff, "GET", path, 404)
    assert await said(intake) == []


async def test_whoever_changed_the_state_last_has_it(intake: Walker, folder: Path) -> None:
    staff = await staff_of(intake, "staff")
    await set_state(intake, staff, "paused")
    # The file is read again and says what it said: staff's word holds, and what else changed is published with it.
    assert await restart(intake, folder) == 0
    change(folder, "weaving", "name: Weaving\n", "name: Fine Weaving\n")
    assert await restart(intake, folder) == 1
    shown = await intake.call(staff, "GET", WEAVING, 200)
    assert (shown["name"], shown["state"], shown["file_state"]) == ("Fine Weaving", "paused", "open")
    # The state in the file is changed: now the file has it.
    change(folder, "weaving", "state: open", "state: retired")
    assert await restart(intake, folder) == 1
    shown = await intake.call(staff, "GET", WEAVING, 200)
    assert (shown["state"], shown["changes"][0]["before"], "actor" in shown["changes"][0]) == (
        "retired",
        "paused",
        False,
    )
    assert await said(intake) == [
        ("weaving/1", 2, "paused", "open"),
        ("weaving/1", 3, "paused", None),
        ("weaving/1", 4, "retired", "paused"),
    ]


async def test_one_version_is_open_at_a_time(intake: Walker, folder: Path) -> None:
    staff = await staff_of(intake, "staff")
    change(folder, "weaving", "state: open", "state: retired")
    first = folder / "credentials" / "weaving" / "v1.yaml"
    second = first.read_text().replace("version: 1\nname", "version: 2\nname").replace("state: retired", "state: open")
    first.with_name("v2.yaml").write_text(second)
    assert await restart(intake, folder) == 2
    await set_state(intake, staff, "paused")
    refused = await set_state(intake, staff, "open", 409)
    assert refused["type"].endswith("another_is_open")
    await set_state(intake, staff, "paused", path="/api/staff/program/weaving/2")
    await set_state(intake, staff, "open")
    # Somebody opens version 3 by its file: what staff opened is retired.
    first.with_name("v3.yaml").write_text(second.replace("version: 2\nname", "version: 3\nname"))
    first.with_name("v2.yaml").write_text(second.replace("state: open", "state: retired"))
    assert await restart(intake, folder) == 3
    found = await intake.call(staff, "GET", "/api/staff/program", 200)
    [weaving] = [one for one in found["credentials"] if one["slug"] == "weaving"]
    assert [(one["version"], one["state"]) for one in weaving["versions"]] == [
        (1, "retired"),
        (2, "retired"),
        (3, "open"),
    ]


async def test_the_files_are_checked_and_compared(intake: Walker, folder: Path) -> None:
    staff = await staff_of(intake, "staff")
    change(folder, "lacing", "name: Lacing\n", "name: Fine Lacing\n")
    shown = await intake.call(staff, "GET", "/api/staff/program/lacing/1", 200)
    assert shown["file"] == [
        {"kind": "changed", "place": ["name"], "name": "", "before": "Lacing", "after": "Fine Lacing"}
    ]
    found = await intake.call(staff, "POST", "/api/staff/program/publication", 200)
    assert (found["faults"], [one["name"] for one in found["credentials"]]) == (
        [],
        ["Dyeing", "Fine Lacing", "Spinning", "Weaving"],
    )
    change(folder, "lacing", "state: open", "state: opne")
    found = await intake.call(staff, "GET", "/api/staff/program", 200)
    [fault] = found["faults"]
    assert (fault["file"], fault["field"], fault["remedy"]) == (
        "credentials/lacing/v1.yaml",
        "state",
        "did you mean 'open'?",
    )
    assert fault["line"] > 1
    refused = await intake.call(staff, "POST", "/api/staff/program/publication", 409)
    assert refused["type"].endswith("files_at_fault")


async def test_a_day_on_the_pages_of_the_program(intake: Walker, folder: Path) -> None:
    staff = await staff_of(intake, "staff")
    first = folder / "credentials" / "weaving" / "v1.yaml"
    new = first.read_text().replace("version: 1\nname: Weaving", "version: 2\nname: Fine Weaving")
    first.with_name("v2.yaml").write_text(new.replace("state: open", "state: announced"))
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, staff.headers["Authorization"].split()[1])
        page = await here.get("/staff/program")
        assert heading(page) == "Program"
        assert "Fine Weaving, version 2 Not published" in words(page)
        assert went(await here.post("/staff/program/publication")) == (303, "/staff/program")
        page = await here.get("/staff/program/weaving/2")
        assert "name Changed before: Weaving after: Fine Weaving" in words(page)
        refused = await here.post(f"{PAGE}/state", data={"state": "paused", "reason": ""})
        assert refused.status_code == 422
        assert 'value="paused" checked' in refused.text
        assert 'href="#field-reason"' in refused.text
        posted = await here.post(f"{PAGE}/state", data={"state": "paused", "reason": "The panel is full."})
        assert went(posted) == (303, PAGE)
        page = words(await here.get(PAGE))
        assert "The state in the file is Open. The state that staff set counts until the file's state changes." in page
        assert "Open to Paused, staff@staff.example The panel is full." in page
        change(folder, "lacing", "state: open", "state: opne")
        page = words(await here.get("/staff/program"))
        assert "credentials/lacing/v1.yaml:" in page
        assert (await here.post("/staff/program/publication")).status_code == 409
        for path in ("/staff/program/sewing/1", "/staff/program/weaving/99999999999", "/staff/program/we%00aving/1"):
            assert (await here.get(path)).status_code in (404, 422)
