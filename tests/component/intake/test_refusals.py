"""Refusals of an applicant's requests over HTTP, which change nothing."""

import asyncio
from uuid import uuid4

from contracts.events.applications import (
    ApplicationFeeDue,
    ApplicationOpened,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)
from contracts.events.people import PersonDescribed
from tests.component.intake.walker import BASIC, Applicant, Walker

APPLICATION_EVENTS = (
    ApplicationStarted,
    ApplicationFeeDue,
    ApplicationOpened,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)


async def test_credentials_that_take_no_applications(intake: Walker, ada: Applicant) -> None:
    for credential, status, type in (
        ("sewing", 404, "not_found"),
        ("", 422, "invalid"),
        ("nul\x00", 422, "invalid"),
        ("dyeing", 409, "credential_closed"),
        ("spinning", 409, "credential_closed"),
    ):
        body = await intake.call(ada, "POST", "/api/applications", status, json={"credential": credential})
        assert (credential, body["type"]) == (credential, type)
    assert await intake.one.events(ApplicationStarted) == []
    assert (await intake.call(ada, "GET", "/api/applications", 200))["items"] == []


async def test_a_second_live_application_is_refused_also_at_the_same_moment(intake: Walker, ada: Applicant) -> None:
    start = {"json": {"credential": "weaving"}, "headers": ada.headers}
    answers = await asyncio.gather(*(intake.client.post("/api/applications", **start) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"second_live_application"}
    assert len(await intake.one.events(ApplicationStarted)) == 1
    assert len((await intake.call(ada, "GET", "/api/applications", 200))["items"]) == 1
    await intake.start(ada, "lacing")
    await intake.start(await intake.sign_in(), "weaving")


async def test_skipped_steps_are_refused_and_change_nothing(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    before = await intake.call(ada, "GET", path, 200)
    steps = [
        ("PUT", "self-assessment", {"json": {"ratings": {"warp": 1}}}),
        ("PUT", "path", {"json": {"path": "spoken"}}),
        ("PUT", "materials/essay", {"json": {"text": "Two words"}}),
        ("PUT", "materials/cv", {"files": {"file": ("cv.pdf", b"%PDF-")}}),
        ("DELETE", "materials/essay", {}),
        ("POST", "submission", {}),
    ]
    for method, step, request in steps:
        body = await intake.call(ada, method, f"{path}/{step}", 409, **request)
        assert body["type"] == "wrong_state"
        assert "this application is started; possible now: basic-information, agreement, withdrawal" in body["detail"]
    assert await intake.call(ada, "GET", path, 200) == before
    assert len(await intake.one.events(*APPLICATION_EVENTS)) == 1


async def test_nothing_moves_after_the_submission(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    for method, step, request in [
        ("PUT", "basic-information", {"json": BASIC | {"name": "Eve"}}),
        ("PUT", "materials/essay", {"json": {"text": "Other words"}}),
        ("DELETE", "materials/essay", {}),
        ("POST", "submission", {}),
    ]:
        await intake.call(ada, method, f"{path}/{step}", 409, **request)
    assert (await intake.call(ada, "GET", path, 200))["basic_information"]["name"] == "Ada"
    assert (await intake.call(ada, "GET", "/api/sessions/current", 200))["person"]["name"] == "Ada"


async def test_an_incomplete_submission_names_each_missing_requirement(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    body = await intake.call(ada, "POST", f"{path}/submission", 409)
    assert (body["type"], [error["field"] for error in body["errors"]]) == (
        "incomplete",
        ["path", "readiness", "cv", "essay"],
    )
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    body = await intake.call(ada, "POST", f"{path}/submission", 409)
    assert [error["field"] for error in body["errors"]] == ["readiness", "cv", "works", "essay"]
    assert await intake.one.events(ApplicationSubmitted) == []


async def test_a_credential_that_wants_a_letter_says_why_it_cannot_be_submitted(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada, "lacing")
    (error,) = (await intake.call(ada, "POST", f"{path}/submission", 409))["errors"]
    assert error["field"] == "reference"
    assert "at least 1 received (0 so far)" in error["message"]
    assert "ask for it by POST /api/applications/{id}/letter-requests" in error["message"]


async def test_a_foreign_application_is_not_there(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    eve = await intake.sign_in()
    before = await intake.call(ada, "GET", path, 200)
    tried = [
        ("GET", "", {}),
        ("PUT", "/basic-information", {"json": BASIC}),
        ("PUT", "/agreement", {"json": {"accepted": True, "version": "1"}}),
        ("PUT", "/self-assessment", {"json": {"ratings": {"warp": 1}}}),
        ("PUT", "/path", {"json": {"path": "spoken"}}),
        ("PUT", "/materials/essay", {"json": {"text": "Two words"}}),
        ("GET", "/materials/essay", {}),
        ("GET", "/materials/cv", {}),
        ("DELETE", "/materials/essay", {}),
        ("DELETE", f"/materials/works/{uuid4()}", {}),
        ("POST", "/submission", {}),
        ("POST", "/withdrawal", {"json": {"reason": "Mine now"}}),
    ]
    for method, step, request in tried:
        body = await intake.call(eve, method, path + step, 404, **request)
        assert (step, body["type"]) == (step, "not_found")
        assert await intake.call(None, method, path + step, 401, **request)
    assert await intake.call(ada, "GET", path, 200) == before
    assert (await intake.call(eve, "GET", "/api/applications", 200))["items"] == []
    # Her own name is not that application's business: what was refused was refused whole.
    assert (await intake.call(eve, "GET", "/api/sessions/current", 200))["person"]["name"] == ""


async def test_bodies_that_do_not_fit_name_the_field(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    for step, body, field in (
        ("basic-information", {"name": "Ada", "institution": "C"}, "position"),
        ("basic-information", BASIC | {"time_zone": "Mars/Base"}, "time_zone"),
        ("basic-information", BASIC | {"time_zone": "../../etc/passwd"}, "time_zone"),
        ("basic-information", BASIC | {"name": " "}, "name"),
        ("basic-information", BASIC | {"name": "A\x00a"}, "name"),
        ("basic-information", BASIC | {"name": "A" * 201}, "name"),
        ("basic-information", BASIC | {"name": "A\u2028a"}, "name"),
        ("basic-information", BASIC | {"name": "\u202eada"}, "name"),
        ("basic-information", BASIC | {"name": "\u200c"}, "name"),
        ("basic-information", BASIC | {"institution": "A\nB"}, "institution"),
        ("basic-information", BASIC | {"time_zone": "localtime"}, "time_zone"),
        ("basic-information", BASIC | {"time_zone": "/etc/localtime"}, "time_zone"),
        ("basic-information", BASIC | {"time_zone": "europe/rome"}, "time_zone"),
        ("basic-information", BASIC | {"shoe_size": 41}, "shoe_size"),
        ("agreement", {"accepted": False, "version": "1"}, "accepted"),
        ("agreement", {"accepted": True}, "version"),
        ("agreement", {"accepted": 1, "version": "1"}, "accepted"),
        ("agreement", {"accepted": "true", "version": "1"}, "accepted"),
        ("path", {"path": ""}, "path"),
        ("path", {"path": "a", "answer": "\x00"}, "answer"),
    ):
        refused = await intake.call(ada, "PUT", f"{path}/{step}", 422, json=body)
        assert [error["field"] for error in refused["errors"]] == [field]
        assert "Value error" not in str(refused)
    refused = await intake.call(ada, "PUT", f"{path}/agreement", 409, json={"accepted": True, "version": "2"})
    assert (refused["type"], [error["field"] for error in refused["errors"]]) == ("agreement_changed", ["version"])
    assert (
        await intake.call(
            ada, "PUT", f"{path}/agreement", 422, content=b"{", headers={"Content-Type": "application/json"}
        )
    )["type"] == "invalid"
    assert (
        await intake.call(ada, "PUT", f"{path}/agreement", 413, json={"accepted": True, "version": "1" * 1_100_000})
    )["type"] == "too_large"
    await intake.call(ada, "GET", "/api/applications/not-a-uuid", 422)
    assert (await intake.call(ada, "GET", path, 200))["timeline"][1:] == []
    assert len(await intake.one.events(PersonDescribed)) == 2


async def test_ratings_that_do_not_fit(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    for ratings in (
        {},
        {"warp": 0},
        {"warp": 6},
        {"warp": "3"},
        {"warp": True},
        {"warp": 2.5},
        {"yarn": 3},
        {"warp": None},
    ):
        refused = await intake.call(ada, "PUT", f"{path}/self-assessment", 422, json={"ratings": ratings})
        assert refused["errors"][0]["field"].startswith("ratings")
    assert "self_assessment" not in await intake.call(ada, "GET", path, 200)


async def test_people_are_called_what_they_are_called(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    for given, kept in (
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("山田\u3000太郎", "山田\u3000太郎"),
        ("Jean\u00a0Paul", "Jean\u00a0Paul"),
        (" Jose\u0301\u3000", "José"),
    ):
        shown = await intake.call(ada, "PUT", f"{path}/basic-information", 200, json=BASIC | {"name": given})
        assert shown["basic_information"]["name"] == kept
        assert (await intake.call(ada, "GET", "/api/sessions/current", 200))["person"]["name"] == kept
    refused = await intake.call(ada, "PUT", f"{path}/basic-information", 422, json=BASIC | {"name": "Ada\nLovelace"})
    assert refused["errors"] == [
        {
            "field": "name",
            "message": "has a line break (U+000A) as character 4; it is one line of plain text, so take that out",
        }
    ]


async def test_half_of_a_surrogate_pair_is_refused_wherever_it_stands(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    json = {"Content-Type": "application/json"}
    for method, where, body, field in (
        ("PUT", f"{path}/basic-information", b'{"name": "\\ud800", "institution": "B", "position": "C"}', "name"),
        ("PUT", f"{path}/self-assessment", b'{"ratings": {"\\udfff": 1}}', "ratings"),
        ("PUT", f"{path}/path", b'{"path": "spoken", "\\ud83d": 1}', "body"),
        ("PUT", f"{path}/materials/essay", b'{"text": "Two \\ud83d words"}', "text"),
        ("POST", "/api/sign-in", b'{"email": "\\ud800@example.org"}', "email"),
        ("POST", "/api/sign-in", b'{"email": "eve@example.org", "name": "\\udc00"}', "name"),
        ("POST", "/api/sessions", b'{"token": "\\ud800"}', "token"),
        ("POST", f"{path}/withdrawal", b'{"reason": "\\ud800"}', "reason"),
    ):
        refused = await intake.call(ada, method, where, 422, content=body, headers=json)
        assert [error["field"].partition(".")[0] for error in refused["errors"]] == [field]
    shown = await intake.call(
        ada, "PUT", f"{path}/materials/essay", 200, content=b'{"text": "Two \\ud83d\\ude00 words"}', headers=json
    )
    assert shown["words"] == 2  # a picture is no word
