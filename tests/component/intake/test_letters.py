"""Letters by third parties over HTTP: asked for, written, counted; the referee is forgotten."""

from datetime import timedelta

import pytest

from contracts.events.applications import ApplicationSubmitted
from contracts.events.letters import LetterAnswered
from contracts.events.people import PersonDescribed
from tests.component.conftest import StartService
from tests.component.intake.letter_desk import SETTLE, Desk, open_desk
from tests.component.intake.walker import PDF, id_of, rfc3339


@pytest.fixture
async def desk(service: StartService) -> Desk:
    return await open_desk(service)


async def test_a_letter_from_the_question_to_the_panel(desk: Desk) -> None:
    now = desk.intake.one.clock()
    asked = await desk.ask()
    assert asked == {
        "request_id": asked["request_id"],
        "requirement": "reference",
        "state": "asked",
        "asked_at": rfc3339(now),
        "reminded_at": [],
        "expires_at": rfc3339(now + timedelta(days=30)),
        "expired": False,
        "may_remind_at": rfc3339(now + timedelta(days=3)),
    }
    (link,) = await desk.links()
    described = (await desk.intake.one.events(PersonDescribed))[-1]
    assert isinstance(described, PersonDescribed)
    assert (described.kind, described.name, described.email) == ("contact", "", "bo@partner.example")
    assert link.model_dump(exclude={"sealed", "asker_version"}) == {
        "person_id": described.person_id,
        "person_version": 1,
        "purpose": "letter",
        "expires_at": now + timedelta(days=30),
        "application_id": id_of(desk.path),
        "asker_id": desk.ada.person_id,
        "credential": "felting",
        "credential_version": 1,
        "requirement": "reference",
        "requirement_name": "Reference",
        "applicant_reads": False,
        "reminder": False,
    }
    token = await desk.intake.last_token()
    seen = await desk.intake.call(None, "GET", f"/api/letters/{token}", 200)
    assert (seen["standing"], seen["applicant"], seen["credential"], seen["requirement"]) == (
        "open",
        "Ada",
        "Felting",
        "Reference",
    )
    assert (seen["questions"], seen["applicant_reads"]) == (["How have you felted together?"], False)

    await desk.complete()
    refused = await desk.intake.call(desk.ada, "POST", f"{desk.path}/submission", 409)
    assert [error["field"] for error in refused["errors"]] == ["reference"]
    now = desk.intake.one.clock()
    received = await desk.hand_in(token)
    assert received == {
        "standing": "received",
        "credential": "Felting",
        "requirement": "Reference",
        "settled_at": rfc3339(now),
    }
    assert len(desk.intake.objects(desk.ada)) == 2, "the letter lies with the applicant, whom it is about"
    (answered,) = await desk.intake.one.events(LetterAnswered)
    assert isinstance(answered, LetterAnswered)
    assert (answered.outcome, str(answered.request_id)) == ("received", asked["request_id"])
    assert await desk.timeline() == ["letter_asked", "letter_received"]

    await desk.intake.call(desk.ada, "POST", f"{desk.path}/submission", 200)
    (submitted,) = await desk.intake.one.events(ApplicationSubmitted)
    assert isinstance(submitted, ApplicationSubmitted)
    assert [(one.requirement, one.kind, str(one.artifact_id)) for one in submitted.materials] == [
        ("essay", "essay", "None"),
        ("reference", "letter", asked["request_id"]),
    ]
    letter = submitted.materials[1]
    assert letter.content.name.startswith(f"intake/{desk.ada.person_id}/")


async def test_who_was_asked_is_forgotten_when_nobody_waits_for_them(desk: Desk) -> None:
    _, token = await desk.asked()
    bo = (await desk.links())[0].person_id
    await desk.run(SETTLE)
    assert (await desk.erased(), (await desk.told())[0]["referee_email"]) == (set(), "bo@partner.example")
    await desk.hand_in(token)
    await desk.run(SETTLE)
    await desk.run(SETTLE)
    assert await desk.erased() == {bo}
    (request,) = await desk.told()
    assert (request["state"], "referee_name" in request, "referee_email" in request) == ("received", False, False)
    kept = await desk.intake.one.database.pool.fetch("SELECT to_jsonb(r) AS row FROM letter_requests r")
    people = await desk.intake.one.database.pool.fetch("SELECT to_jsonb(p) AS row FROM people p WHERE erased")
    assert "partner.example" not in str([*kept, *people])
    assert "Bo Berg" not in str(kept)
    # The link still says that it was received, and the same person cannot be asked for it again.
    assert (await desk.intake.call(None, "GET", f"/api/letters/{token}", 200))["standing"] == "received"
    refused = await desk.ask(status=422)
    assert [error["field"] for error in refused["errors"]] == ["referee_email"]


async def test_somebody_who_is_still_waited_for_elsewhere_or_has_an_account_stays(desk: Desk) -> None:
    bea = await desk.intake.sign_in("bea@partner.example")
    _, by_account = await desk.asked("bea@partner.example")
    _, first = await desk.asked("bo@partner.example")
    _, second = await desk.asked("bo@partner.example", "greeting")
    await desk.hand_in(by_account)
    await desk.hand_in(first)
    await desk.run(SETTLE)
    assert await desk.erased() == set()
    await desk.intake.call(None, "POST", f"/api/letters/{second}/decline", 200)
    await desk.run(SETTLE)
    bo = next(one.person_id for one in await desk.links() if one.person_id != bea.person_id)
    assert await desk.erased() == {bo}
    await desk.intake.call(bea, "GET", "/api/sessions/current", 200)
    named = await desk.intake.one.database.pool.fetchval("SELECT count(contact_id) FROM letter_requests")
    assert named == 0


async def test_a_contact_who_is_about_to_sign_in_is_not_forgotten(desk: Desk) -> None:
    _, token = await desk.asked()
    sign_in = await desk.intake.ask_for_link("bo@partner.example")
    await desk.hand_in(token)
    await desk.run(SETTLE)
    assert await desk.erased() == set()
    await desk.intake.call(None, "POST", "/api/sessions", 201, json={"token": sign_in})
    await desk.run(SETTLE)
    assert await desk.erased() == set()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"referee_email": "ADA@example.org"}, "referee_email"),
        ({"referee_email": "no address"}, "referee_email"),
        ({"requirement": "essay"}, "requirement"),
        ({"requirement": "nothing"}, "requirement"),
        ({"referee_name": " "}, "referee_name"),
        ({"referee_name": "B\x00o"}, "referee_name"),
        ({"extra": "x"}, "extra"),
    ],
)
async def test_what_cannot_be_asked(desk: Desk, changes: dict[str, str], field: str) -> None:
    body = {"requirement": "reference", "referee_name": "Bo", "referee_email": "bo@partner.example"} | changes
    refused = await desk.intake.call(desk.ada, "POST", desk.requests, 422, json=body)
    assert [error["field"] for error in refused["errors"]] == [field]
    assert (await desk.told(), await desk.links()) == ([], [])


async def test_nobody_is_asked_twice_and_no_more_than_are_asked_for(desk: Desk) -> None:
    await desk.ask()
    refused = await desk.ask("Bo@PARTNER.example", status=422)
    assert [error["field"] for error in refused["errors"]] == ["referee_email"]
    await desk.ask("cy@partner.example")
    assert (await desk.ask("di@partner.example", status=409))["type"] == "too_many"
    assert await desk.states() == ["asked", "asked"]
    # For something else the same person can be asked.
    await desk.ask(requirement="greeting")


async def test_only_of_an_open_application_and_only_by_its_applicant(desk: Desk) -> None:
    body = {"requirement": "reference", "referee_name": "Bo", "referee_email": "bo@partner.example"}
    request_id, _ = await desk.asked()
    bob = await desk.intake.sign_in("bob@example.org")
    one = f"{desk.requests}/{request_id}"
    person = {"referee_name": "Cy", "referee_email": "cy@partner.example"}
    for method, path, json in (
        ("POST", desk.requests, body),
        ("GET", desk.requests, None),
        ("GET", one, None),
        ("POST", f"{one}/reminder", None),
        ("POST", f"{one}/replacement", person),
        ("POST", f"{one}/withdrawal", None),
    ):
        assert (await desk.intake.call(bob, method, path, 404, json=json))["type"] == "not_found"
        await desk.intake.call(None, method, path, 401, json=json)
    due = await desk.intake.apply(bob, "felting")
    assert (await desk.intake.call(bob, "POST", f"{due}/letter-requests", 409, json=body))["type"] == "wrong_state"
    assert await desk.states() == ["asked"]


async def test_one_key_asks_once_and_what_is_kept_with_it_names_nobody(desk: Desk) -> None:
    body = {"requirement": "reference", "referee_name": "Bo Berg", "referee_email": "bo@partner.example"}
    key = {"Idempotency-Key": "ask-1"}
    first = await desk.intake.call(desk.ada, "POST", desk.requests, 201, json=body, headers=key)
    again = await desk.intake.call(desk.ada, "POST", desk.requests, 201, json=body, headers=key)
    assert (again, len(await desk.links()), await desk.states()) == (first, 1, ["asked"])
    kept = str(await desk.intake.one.database.pool.fetch("SELECT body FROM idempotency_keys"))
    assert "partner.example" not in kept
    assert "Bo Berg" not in kept


async def test_a_file_is_a_letter_too_and_within_its_limits(desk: Desk) -> None:
    _, token = await desk.asked()
    url = f"/api/letters/{token}"
    for status, request in (
        (422, {"json": {"text": " "}}),
        (422, {"json": {"text": "a b c d e f g"}}),
        (422, {"json": {"url": "https://video.example.org/1", "minutes": 3}}),
        (422, {"json": {"text": "a\x00b"}}),
        (415, {"files": {"file": ("letter.pdf", b"<html><body>No.</body></html>")}}),
        (413, {"files": {"file": ("letter.pdf", PDF + bytes(2_000_000))}}),
        (422, {"files": {"file": ("letter.pdf", b"")}}),
        (422, {"files": {"file": ("letter.pdf", PDF)}, "data": {"annotation": "x"}}),
        (415, {"content": b"text"}),
    ):
        headers = {"Content-Type": "text/plain"} if "content" in request else {}
        await desk.intake.call(None, "PUT", url, status, headers=headers, **request)
    assert (await desk.states(), desk.intake.objects(desk.ada)) == (["asked"], [])
    found = await desk.intake.call(None, "PUT", url, 200, files={"file": ("Bo Berg on Ada.pdf", PDF)})
    assert found["standing"] == "received"
    (object_,) = desk.intake.objects(desk.ada)
    assert object_.read_bytes() == PDF
    names = await desk.intake.one.database.pool.fetchval("SELECT filename FROM materials")
    assert names is None, "what a referee calls their file may say who they are"


async def test_the_applicant_is_not_shown_what_a_letter_says_unless_the_credential_says_so(desk: Desk) -> None:
    hidden, first = await desk.asked()
    shown, second = await desk.asked(requirement="greeting")
    await desk.hand_in(first)
    await desk.hand_in(second, text="Hello.")
    materials = f"{desk.path}/materials"
    for path in (f"{materials}/reference", f"{materials}/reference/{hidden}"):
        assert (await desk.intake.call(desk.ada, "GET", path, 403))["type"] == "forbidden"
    read = await desk.intake.client.get(f"{materials}/greeting/{shown}", headers=desk.ada.headers)
    assert (read.status_code, read.text) == (200, "Hello.")
    assert (await desk.told())[1]["url"] == f"{materials}/greeting/{shown}"
    told = {one["key"]: one for one in (await desk.intake.call(desk.ada, "GET", desk.path, 200))["requirements"]}
    assert ("materials" in told["reference"], told["reference"]["letters_received"]) == (False, 1)
    assert [one["artifact_id"] for one in told["greeting"]["materials"]] == [shown]
    for path in (f"{materials}/reference", f"{materials}/reference/{hidden}"):
        refused = await desk.intake.call(desk.ada, "DELETE", path, 409)
        assert refused["type"] == "not_handed_in_here"


async def test_rates_hold_for_who_asks_and_for_who_is_asked(service: StartService) -> None:
    desk = await open_desk(service, letters_per_asker="3 per day", letters_per_referee="1 per day")
    await desk.ask()
    refused = await desk.ask(requirement="greeting", status=429)
    assert refused["type"] == "too_often"
    await desk.ask("cy@partner.example", requirement="greeting")
    assert (await desk.states(), len(await desk.links())) == (["asked", "asked"], 2)
    request_id = (await desk.told())[1]["request_id"]
    person = {"referee_name": "Di", "referee_email": "di@partner.example"}
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{request_id}/replacement", 201, json=person)
    person = {"referee_name": "Ed", "referee_email": "ed@partner.example"}
    last = (await desk.told())[-1]["request_id"]
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{last}/replacement", 429, json=person)
    assert await desk.states() == ["asked", "withdrawn", "asked"]
