"""Moves between versions of a credential carry letters and the study plan, and their undoing restores both."""

import asyncio
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from program.loader import load
from services.intake.domain.study_plan import EntryContent
from services.intake.store.catalog import Definitions
from services.intake.usecases import catalog, study_plan
from services.intake.usecases.moves import JOB
from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, known_as, words
from tests.component.intake.letter_desk import PROGRAM_OF_LETTERS, REMIND, SETTLE, Desk, open_desk
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Applicant, id_of
from tests.waiting import until_one_waits

MOVES = "/api/staff/program/felting/2/moves"
MAPPING = {"requirements": {"essay": "essay", "reference": "recommendation"}, "items": {"wool": "fleece"}}
RESOURCES = """\
resources:
  - {key: book, kind: reading, title: A book, provider: A library, items: [wool]}
  - {key: course, kind: training, title: A course, provider: A school, items: [wool]}
"""


def replaced(text: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return text


def second(folder: Path, *changes: tuple[str, str]) -> None:
    """Version 2: the reference has another key, the greeting is gone; so has an item, and another one and a resource
    are gone; there is a new resource."""
    file = folder / "credentials" / "felting" / "v1.yaml"
    first = file.read_text()
    file.write_text(first.replace("state: open", "state: retired"))
    usual = (
        ("version: 1\n", "version: 2\n"),
        ("key: reference", "key: recommendation"),
        ("name: Reference", "name: Recommendation"),
        ("  - {key: greeting, kind: letter, name: Greeting, required: false, applicant_reads: true}\n", ""),
        ("{key: wool, name: Wool}", "{key: fleece, name: Fleece}"),
        ("      - {key: water, name: Water}\n", ""),
        ("items: [wool]", "items: [fleece]"),
        ("key: course", "key: film"),
    )
    text = replaced(first, *usual).replace("version: 2\n  levels", 'version: "1"\n  levels')
    file.with_name("v2.yaml").write_text(replaced(text, *changes))


@pytest.fixture
async def desk(service: StartService, tmp_path: Path) -> Desk:
    """The first version has two items and two resources."""
    folder = tmp_path / "program"
    shutil.copytree(PROGRAM_OF_LETTERS, folder)
    file = folder / "credentials" / "felting" / "v1.yaml"
    item = "      - {key: wool, name: Wool}\n"
    file.write_text(replaced(file.read_text(), (item, item + "      - {key: water, name: Water}\n")) + RESOURCES)
    return await open_desk(service, program_dir=folder, first_admin_email="admin@example.org")


async def publish_second(desk: Desk, *changes: tuple[str, str]) -> Applicant:
    """Publish version 2; somebody of the staff."""
    folder = desk.intake.one.config.program_dir
    second(folder, *changes)
    await desk.intake.one.database.write(lambda tx: catalog.publish(tx, load(folder).credentials))
    return await staff_of(desk.intake, "staff")


async def preview(desk: Desk, staff: Applicant, mapping: dict[str, Any]) -> Any:
    return await desk.intake.call(staff, "POST", f"{MOVES}/preview", 200, json={"from_version": 1} | mapping)


async def move(desk: Desk, staff: Applicant) -> str:
    """Move all; the path of the move."""
    body = {"from_version": 1, "reason": "Less is asked for.", "all": True} | MAPPING
    headers = desk.intake.one.session_for(staff.person_id)
    made = await desk.intake.call(None, "POST", MOVES, 201, json=body, headers=headers)
    await desk.run(JOB)
    assert await counts(desk, staff, f"/api/staff/moves/{made['move_id']}") == {"moved": 1}
    return f"/api/staff/moves/{made['move_id']}"


async def counts(desk: Desk, staff: Applicant, made: str) -> Any:
    headers = desk.intake.one.session_for(staff.person_id)
    return (await desk.intake.call(None, "GET", made, 200, headers=headers))["counts"]


async def undo(desk: Desk, staff: Applicant, made: str) -> Any:
    """Undo it; what became of the application, and why."""
    headers = desk.intake.one.session_for(staff.person_id)
    await desk.intake.call(None, "POST", f"{made}/undoing", 200, headers=headers)
    await desk.run(JOB)
    shown = await desk.intake.call(None, "GET", made, 200, headers=headers)
    return shown["counts"], [one["why"] for one in shown["held_back"]]


async def plan(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.intake.call(desk.ada, "GET", f"{desk.path}/study-plan", 200))["items"]
    return found


async def entry(desk: Desk, **body: Any) -> str:
    """Add an entry to the study plan; its id."""
    found = await desk.intake.call(desk.ada, "POST", f"{desk.path}/study-plan", 201, json=body)
    return str(found["entry_id"])


async def standing(desk: Desk, token: str) -> tuple[str, str]:
    found = await desk.intake.call(None, "GET", f"/api/letters/{token}", 200)
    return found["standing"], found["requirement"]


async def test_both_are_previewed_carried_and_restored(desk: Desk) -> None:
    _, bo = await desk.asked()
    greeting, cy = await desk.asked("cy@partner.example", "greeting")
    for body in ({"title": "Wash", "item": "wool"}, {"title": "Swim", "item": "water"}):
        await entry(desk, **body)
    for resource in ("book", "course"):
        await entry(desk, resource=resource)
    letters, planned = await desk.told(), await plan(desk)
    staff = await publish_second(desk)

    seen = await preview(desk, staff, MAPPING)
    kept, left = ({one["requirement"]: one["number"] for one in seen[f"letters_{key}"]} for key in ("kept", "left"))
    assert (kept, left) == ({"recommendation": 1}, {"greeting": 1})
    assert (seen["plan"], seen["plan_loosened"]) == (4, 2)
    (outcome,) = seen["outcomes"]
    assert (outcome["letters_kept"], outcome["letters_left"]) == (["recommendation"], ["greeting"])
    assert (outcome["plan"], outcome["plan_loosened"]) == (4, 2)
    # Without a mapping, the reference finds nothing of its key.
    assert [one["requirement"] for one in (await preview(desk, staff, {}))["letters_left"]] == ["reference", "greeting"]
    assert (await desk.told(), await plan(desk)) == (letters, planned)

    made = await move(desk, staff)
    told = await desk.told()
    assert [(one["requirement"], one["state"], one.get("left_behind")) for one in told] == [
        ("recommendation", "asked", None),
        ("greeting", "asked", True),
    ]
    assert await plan(desk) == [
        {name: value for name, value in (one | {"item": item}).items() if value is not None and name != gone}
        for one, item, gone in zip(planned, ("fleece", None, None, None), ("", "", "", "resource"), strict=True)
    ]
    assert [await standing(desk, token) for token in (bo, cy)] == [("open", "Recommendation"), ("closed", "Greeting")]
    assert (await desk.hand_in(cy, 409))["type"] == "letter_closed"
    desk.intake.one.clock.move(days=8)
    await desk.stays_signed_in()
    refused = await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{greeting}/reminder", 409)
    assert refused["type"] == "left_behind"
    await desk.run(REMIND, SETTLE)
    assert [(link.requirement, link.reminder) for link in await desk.links()] == [
        ("reference", False),
        ("greeting", False),
        ("recommendation", True),
    ]

    assert await undo(desk, staff, made) == ({"undone": 1}, [])
    assert [(one["requirement"], one["state"], one.get("left_behind")) for one in await desk.told()] == [
        ("reference", "asked", None),
        ("greeting", "asked", None),
    ]
    assert await plan(desk) == planned
    assert [await standing(desk, token) for token in (bo, cy)] == [("open", "Reference"), ("open", "Greeting")]
    await desk.hand_in(cy)
    await desk.hand_in(bo)


async def test_whoever_was_carried_over_hands_in_for_the_new_requirement(desk: Desk) -> None:
    _, token = await desk.asked()
    staff = await publish_second(desk)
    made = await move(desk, staff)
    await desk.hand_in(token)
    found = await desk.intake.call(desk.ada, "GET", desk.path, 200)
    assert {one["key"]: one["done"] for one in found["requirements"]} == {"essay": False, "recommendation": True}
    # A letter that came since would be lost.
    assert await undo(desk, staff, made) == ({"kept": 1}, [["recommendation"]])


async def test_who_was_asked_since_keeps_a_move_from_being_undone(desk: Desk) -> None:
    await desk.ask()
    staff = await publish_second(desk)
    made = await move(desk, staff)
    await desk.ask("cy@partner.example", requirement="recommendation")
    assert await undo(desk, staff, made) == ({"kept": 1}, [["recommendation"]])
    assert [one["requirement"] for one in await desk.told()] == ["recommendation", "recommendation"]


async def test_a_letter_that_came_before_is_left_behind_with_its_requirement_and_comes_back(desk: Desk) -> None:
    request_id, token = await desk.asked(requirement="greeting")
    await desk.hand_in(token)
    (before,) = await desk.told()
    staff = await publish_second(desk)
    made = await move(desk, staff)
    (then,) = await desk.told()
    assert (then["state"], then["left_behind"], "url" in then) == ("received", True, False)
    assert await standing(desk, token) == ("received", "Greeting")
    assert await undo(desk, staff, made) == ({"undone": 1}, [])
    assert await desk.told() == [before]
    assert before["url"] == f"{desk.path}/materials/greeting/{request_id}"


async def test_what_was_left_behind_is_withdrawn_or_ends_with_its_link(desk: Desk) -> None:
    greeting, _ = await desk.asked("cy@partner.example", "greeting")
    staff = await publish_second(desk)
    made = await move(desk, staff)
    desk.intake.one.clock.move(days=31)
    await desk.stays_signed_in()
    await desk.run(SETTLE)
    assert (await desk.states(), len(await desk.erased())) == (["closed"], 1)
    assert await undo(desk, staff, made) == ({"undone": 1}, [])
    assert (await desk.told())[0]["request_id"] == greeting
    other, token = await desk.asked("di@partner.example", "greeting")
    await move(desk, staff)
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{other}/withdrawal", 200)
    assert await standing(desk, token) == ("withdrawn", "Greeting")


async def test_what_was_written_since_stays_in_the_plan(desk: Desk) -> None:
    changed = await entry(desk, title="Swim", item="water")
    staff = await publish_second(desk)
    made = await move(desk, staff)
    place = f"{desk.path}/study-plan"
    await desk.intake.call(desk.ada, "PUT", f"{place}/{changed}", 200, json={"title": "Wash", "item": "fleece"})
    await entry(desk, title="See it", resource="film", item="fleece")
    assert await undo(desk, staff, made) == ({"undone": 1}, [])
    assert [(one["title"], one.get("item"), one.get("resource")) for one in await plan(desk)] == [
        ("Wash", "wool", None),
        ("See it", "wool", None),
    ]


@pytest.mark.parametrize("attempt", range(3))
async def test_an_entry_that_is_changed_at_the_same_instant_fits_its_version(desk: Desk, attempt: int) -> None:
    changed = await entry(desk, title="Wash", item="wool")
    staff = await publish_second(desk)
    body = {"from_version": 1, "reason": "x", "all": True} | MAPPING
    await desk.intake.call(staff, "POST", MOVES, 201, json=body)
    put = desk.intake.client.put(
        f"{desk.path}/study-plan/{changed}", json={"title": "Swim", "item": "water"}, headers=desk.ada.headers
    )
    answer, _ = await asyncio.gather(put, desk.run(JOB))
    (found,) = await plan(desk)
    # Either it was changed first and lost an item that is gone, or it is refused by the new version.
    assert (answer.status_code, found["title"], found.get("item")) in ((200, "Swim", None), (422, "Wash", "fleece"))


async def test_a_move_waits_for_an_entry_that_is_being_changed(desk: Desk) -> None:
    changed = UUID(await entry(desk, title="Wash", item="wool"))
    staff = await publish_second(desk)
    body = {"from_version": 1, "reason": "x", "all": True} | MAPPING
    await desk.intake.call(staff, "POST", MOVES, 201, json=body)
    whose = (Definitions(), id_of(desk.path), desk.ada.person_id)
    async with desk.intake.one.database.transaction() as tx:
        await study_plan.change(tx, *whose, changed, EntryContent(title="Swim", item="water"))
        moving = asyncio.create_task(desk.run(JOB))
        await until_one_waits(desk.intake.one.database)
    await moving
    (found,) = await plan(desk)
    assert (found["title"], found.get("item")) == ("Swim", None)


READABLE = ("name: Recommendation\n", "name: Recommendation\n    applicant_reads: true\n")


async def test_what_a_referee_was_promised_stays_so(desk: Desk) -> None:
    await desk.ask()
    staff = await publish_second(desk, READABLE)
    body = {"from_version": 1, "reason": "x", "all": True} | MAPPING
    refused = await desk.intake.call(staff, "POST", MOVES, 422, json=body)
    assert [one["field"] for one in refused["errors"]] == ["requirements.reference"]
    file = desk.intake.one.config.program_dir / "credentials" / "felting" / "v2.yaml"
    file.write_text(file.read_text().replace("key: recommendation", "key: reference"))
    third = file.read_text().replace("version: 2\n", "version: 3\n").replace("state: open", "state: paused")
    file.with_name("v3.yaml").write_text(third)
    body = {"from_version": 1}
    seen = await desk.intake.call(staff, "POST", f"{MOVES.replace('2', '3')}/preview", 200, json=body)
    assert ([one["requirement"] for one in seen["letters_left"]], seen["letters_kept"]) == (["reference"], [])


async def test_by_page(desk: Desk) -> None:
    await desk.ask()
    greeting, _ = await desk.asked("cy@partner.example", "greeting")
    await entry(desk, title="Swim", item="water")
    staff = await publish_second(desk)
    page = "/staff/program/felting/2/moves"
    own = desk.path.removeprefix("/api")
    fields = {f"requirements.{key}": to for key, to in MAPPING["requirements"].items()}
    form = fields | {"from_version": "1", "items.wool": "fleece", "act": "preview"}
    async with browsing(desk.intake) as here:
        known_as(staff, here)
        tried = words(await here.post(page, data=form))
        assert "Recommendation 1 goes on Greeting 1 left behind" in tried
        assert "1 entry stays. 1 of them names an item or a resource that this version does not have" in tried
        assert "Asked for: Recommendation Study plan: 1 entry" in tried
        made = await move(desk, staff)
        known_as(desk.ada, here)
        shown = await here.get(f"{own}/letters")
        told = words(shown)
        assert "Bo Berg Asked" in told.partition("Not asked for any more")[0]
        assert "Withdraw the request" in told.partition("Not asked for any more")[2]
        assert (await here.get(own)).status_code == 200
        assert (await here.get(f"{own}/study-plan")).status_code == 200
        assert (await here.get(f"{own}/letters/{greeting}/replacement")).status_code == 200
        known_as(staff, here)
        assert (await here.get(f"/staff{own}")).status_code == 200
    assert (await counts(desk, staff, made), str(id_of(desk.path)) in tried) == ({"moved": 1}, True)
