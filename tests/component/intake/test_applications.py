"""The applicant's commands over HTTP, with a real database: answers and events."""

import asyncio
from urllib.parse import quote

from contracts.claims import Money
from contracts.events.applications import (
    ApplicationFeeDue,
    ApplicationOpened,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CarriedItem,
)
from contracts.events.people import PersonDescribed
from tests.component.intake.walker import BASIC, PDF, Applicant, Walker, id_of, rfc3339
from tests.cursors import NO_PLACES

APPLICATION_EVENTS = (
    ApplicationStarted,
    ApplicationFeeDue,
    ApplicationOpened,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)


async def test_a_started_application_as_its_applicant_sees_it(intake: Walker, ada: Applicant) -> None:
    body = await intake.call(ada, "POST", "/api/applications", 201, json={"credential": "weaving"})
    assert body["requirements"][0].pop("description") == ""
    moment = rfc3339(intake.one.clock())
    assert {key: body[key] for key in body if key not in ("application_id", "requirements", "paths")} == {
        "credential": "weaving",
        "version": 1,
        "attempt": 1,
        "state": "started",
        "fee": {"amount_minor": 6000, "currency": "usd"},
        "started_at": moment,
        "agreement": {"version": "1", "text": "I intend to earn it."},
        "carried_forward": [],
        "timeline": [{"at": moment, "what": "started"}],
    }
    assert body["requirements"][0] == {
        "key": "readiness",
        "kind": "self_assessment",
        "name": "Readiness",
        "required": True,
        "due": "before_submission",
        "limits": {},
        "done": False,
        "missing": "rate warp, weft",
    }
    assert [(one["key"], one.get("path"), one["done"]) for one in body["requirements"]] == [
        ("readiness", None, False),
        ("cv", None, False),
        ("talk", "spoken", False),
        ("works", "shown", False),
        ("essay", None, False),
    ]
    assert body["paths"]["question"] == "Have you woven before?"
    assert [option["key"] for option in body["paths"]["options"]] == ["spoken", "shown"]


async def test_the_whole_way_says_each_step_once(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    shown = await intake.call(ada, "GET", path, 200)
    assert shown["state"] == "submitted"
    assert [moment["what"] for moment in shown["timeline"]] == ["started", "fee_due", "fee_paid", "opened", "submitted"]
    assert [one["key"] for one in shown["requirements"] if one["done"]] == ["readiness", "cv", "talk", "essay"]
    assert shown["basic_information"] == BASIC | {"time_zone": None, "pronouns": None, "phone": None}
    assert shown["self_assessment"]["gaps"] == ["warp"]
    assert shown["paths"]["chosen"] == "spoken"

    of = {"application_id": id_of(path), "person_id": ada.person_id, "credential": "weaving", "credential_version": 1}
    *before, submitted = await intake.one.events(*APPLICATION_EVENTS)
    assert before == [
        ApplicationStarted(**of, person_version=2, attempt=1),
        ApplicationFeeDue(**of, person_version=3, attempt=1, fee=Money(amount_minor=6000)),
        ApplicationOpened(**of),
    ]
    assert isinstance(submitted, ApplicationSubmitted)
    assert [(material.requirement, material.kind, material.content.media_type) for material in submitted.materials] == [
        ("cv", "file", "application/pdf"),
        ("talk", "video", "application/json"),
        ("essay", "essay", "text/plain"),
    ]
    assert all(material.content.name.startswith(f"intake/{ada.person_id}/") for material in submitted.materials)
    assert (submitted.person_version, submitted.carried_forward) == (3, ())
    persons = [event for event in await intake.one.events(PersonDescribed) if isinstance(event, PersonDescribed)]
    assert [(event.version, event.kind, event.name, event.institution) for event in persons] == [
        (1, "contact", "", ""),
        (2, "account", "", ""),
        (3, "account", "Ada", "Analytical College"),
    ]


async def test_gaps_and_the_resources_mapped_to_them(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    found = await intake.call(ada, "PUT", f"{path}/self-assessment", 200, json={"ratings": {"weft": 2, "warp": 5}})
    assert found == {
        "gaps": ["weft"],
        "resources": [
            {
                "key": "course",
                "kind": "training",
                "title": "A course",
                "provider": "A school",
                "items": ["weft"],
                "gaps": ["weft"],
            }
        ],
    }
    again = await intake.call(ada, "PUT", f"{path}/self-assessment", 200, json={"ratings": {"warp": 5, "weft": 5}})
    assert again == {"gaps": [], "resources": []}
    assert (await intake.call(ada, "GET", f"{path}/materials/readiness", 200))["ratings"] == {"warp": 5, "weft": 5}


async def test_agreement_and_basic_information_in_the_other_order_and_again(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    agreed = await intake.call(ada, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
    assert (agreed["state"], agreed["agreement"]["accepted_at"]) == ("started", rfc3339(intake.one.clock()))
    assert (await intake.call(ada, "PUT", f"{path}/basic-information", 200, json=BASIC | {"time_zone": "Europe/Rome"}))[
        "state"
    ] == "fee_due"
    await intake.call(ada, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
    await intake.call(ada, "PUT", f"{path}/basic-information", 200, json=BASIC)
    assert len(await intake.one.events(ApplicationFeeDue)) == 1
    last = (await intake.one.events(PersonDescribed))[-1]
    assert isinstance(last, PersonDescribed)
    assert (last.version, last.time_zone) == (3, "Europe/Rome")


async def test_paths(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    assert (await intake.call(ada, "PUT", f"{path}/path", 409, json={"path": "shown", "answer": "never"}))[
        "type"
    ] == "path_not_open"
    await intake.call(ada, "PUT", f"{path}/path", 422, json={"path": "sung"})
    chosen = await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    assert (chosen["paths"]["chosen"], chosen["paths"]["answer"]) == ("shown", "often")
    assert [one["key"] for one in chosen["requirements"]] == ["readiness", "cv", "works", "essay"]


async def test_a_withdrawal_and_a_new_start(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    withdrawn = await intake.call(ada, "POST", f"{path}/withdrawal", 200, json={"reason": "No time"})
    assert withdrawn["state"] == "withdrawn"
    (event,) = await intake.one.events(ApplicationWithdrawn)
    assert isinstance(event, ApplicationWithdrawn)
    assert event.reason == "applicant"
    assert event.note is not None
    assert (event.note.size, event.note.media_type) == (7, "text/plain")
    await intake.call(ada, "POST", f"{path}/withdrawal", 409)
    again = await intake.start(ada)
    assert (await intake.call(ada, "GET", again, 200))["attempt"] == 1
    await intake.call(ada, "POST", f"{again}/withdrawal", 200)
    assert (await intake.one.events(ApplicationWithdrawn))[-1] == ApplicationWithdrawn(
        application_id=id_of(again), person_id=ada.person_id, credential="weaving", credential_version=1
    )


async def test_applying_again_after_not_yet_carries_what_was_demonstrated(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    await intake.one.deliver(await intake.decided(ada, path))
    again = await intake.start(ada)
    shown = await intake.call(ada, "GET", again, 200)
    assert (shown["attempt"], shown["carried_forward"]) == (2, [{"item": "warp", "level": "shown"}])
    # A withdrawn attempt does not count, and loses nothing.
    await intake.call(ada, "POST", f"{again}/withdrawal", 200)
    last = await intake.submit(ada)
    assert (await intake.call(ada, "GET", last, 200))["attempt"] == 2
    submitted = (await intake.one.events(ApplicationSubmitted))[-1]
    assert isinstance(submitted, ApplicationSubmitted)
    assert (submitted.attempt, submitted.carried_forward) == (2, (CarriedItem(item="warp", level="shown"),))


async def test_idempotency_keys(intake: Walker, ada: Applicant) -> None:
    key = {"Idempotency-Key": "1"}
    first = await intake.call(ada, "POST", "/api/applications", 201, json={"credential": "weaving"}, headers=key)
    assert (
        await intake.call(ada, "POST", "/api/applications", 201, json={"credential": "weaving"}, headers=key) == first
    )
    await intake.call(ada, "POST", "/api/applications", 422, json={"credential": "lacing"}, headers=key)
    path = f"/api/applications/{first['application_id']}"
    end = {"json": {"reason": "Enough"}, "headers": {"Idempotency-Key": "2"}}
    assert await intake.call(ada, "POST", f"{path}/withdrawal", 200, **end) == await intake.call(
        ada, "POST", f"{path}/withdrawal", 200, **end
    )
    assert len(await intake.one.events(ApplicationWithdrawn)) == 1
    # The text of the request that was only answered again is not kept.
    assert [file.read_text() for file in intake.objects(ada)] == ["Enough"]

    bob = await intake.sign_in()
    path = await intake.complete(bob)
    submitted = await intake.call(bob, "POST", f"{path}/submission", 200, headers=key)
    assert await intake.call(bob, "POST", f"{path}/submission", 200, headers=key) == submitted
    assert len(await intake.one.events(ApplicationSubmitted)) == 1


async def test_ones_own_applications_by_pages(intake: Walker, ada: Applicant) -> None:
    paths = []
    for _ in range(3):
        paths.append(await intake.start(ada))
        await intake.call(ada, "POST", f"{paths[-1]}/withdrawal", 200)
        intake.one.clock.move(minutes=1)
    await intake.start(await intake.sign_in())
    first = await intake.call(ada, "GET", "/api/applications?limit=2", 200)
    assert [item["application_id"] for item in first["items"]] == [str(id_of(path)) for path in paths[:2]]
    rest = await intake.call(ada, "GET", f"/api/applications?limit=2&after={first['next']}", 200)
    assert [item["application_id"] for item in rest["items"]] == [str(id_of(paths[2]))]
    assert rest["next"] is None
    for bad in ("limit=0", "limit=201", *(f"after={quote(after)}" for after in NO_PLACES)):
        await intake.call(ada, "GET", f"/api/applications?{bad}", 422)


async def test_a_submission_and_a_material_at_the_same_moment_leave_one_truth(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    text, submission = await asyncio.gather(
        intake.client.put(f"{path}/materials/essay", json={"text": "Quite other words."}, headers=ada.headers),
        intake.client.post(f"{path}/submission", headers=ada.headers),
    )
    assert submission.status_code == 200
    assert text.status_code in (200, 409)
    kept = (await intake.call(ada, "GET", f"{path}/materials/essay", 200))["text"]
    assert kept == ("Quite other words." if text.status_code == 200 else "Threads cross.")
    (event,) = await intake.one.events(ApplicationSubmitted)
    assert isinstance(event, ApplicationSubmitted)
    (essay,) = [material for material in event.materials if material.requirement == "essay"]
    assert essay.content.size == len(kept)


async def test_changes_of_one_application_at_the_same_moment_are_all_kept(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    ratings = {"warp": 1, "weft": 4}
    answers = await asyncio.gather(
        intake.client.put(f"{path}/self-assessment", json={"ratings": ratings}, headers=ada.headers),
        intake.client.put(f"{path}/path", json={"path": "spoken"}, headers=ada.headers),
        intake.client.put(f"{path}/materials/cv", files={"file": ("cv.pdf", PDF)}, headers=ada.headers),
        intake.client.put(f"{path}/materials/essay", json={"text": "Threads cross."}, headers=ada.headers),
        intake.client.put(f"{path}/basic-information", json=BASIC | {"position": "Spinner"}, headers=ada.headers),
    )
    assert [answer.status_code for answer in answers] == [200] * 5
    found = await intake.call(ada, "GET", path, 200)
    assert (found["self_assessment"]["ratings"], found["paths"]["chosen"], found["basic_information"]["position"]) == (
        ratings,
        "spoken",
        "Spinner",
    )
    assert sorted(one["key"] for one in found["requirements"] if one["done"]) == ["cv", "essay", "readiness"]


async def test_changes_of_one_person_at_the_same_moment_are_all_said(intake: Walker, ada: Applicant) -> None:
    paths = [await intake.start(ada, credential) for credential in ("weaving", "lacing")]
    names = [f"Ada {n}" for n in range(6)]
    answers = await asyncio.gather(
        *(
            intake.client.put(f"{paths[n % 2]}/basic-information", json=BASIC | {"name": name}, headers=ada.headers)
            for n, name in enumerate(names)
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 6
    said = [event for event in await intake.one.events(PersonDescribed) if event.key == str(ada.person_id)][-6:]
    assert all(isinstance(event, PersonDescribed) for event in said)
    versions = [event.version for event in said if isinstance(event, PersonDescribed)]
    assert versions == list(range(versions[0], versions[0] + 6))
    assert sorted(event.name for event in said if isinstance(event, PersonDescribed)) == names
