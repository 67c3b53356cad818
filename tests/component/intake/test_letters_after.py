"""Letters that are due after the submission: asked for then, and with the panel as soon as they come."""

import asyncio

import pytest

from contracts.events.applications import ApplicationSubmitted, ApplicationSupplemented
from contracts.events.letters import LetterAnswered
from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, heading, known_as, went, words
from tests.component.intake.letter_desk import REMIND, SETTLE, Desk, open_desk
from tests.component.intake.walker import id_of

AFTER = "endorsement"


@pytest.fixture
async def desk(service: StartService) -> Desk:
    return await open_desk(service, "spinning")


async def submit(desk: Desk) -> None:
    await desk.complete()
    await desk.intake.call(desk.ada, "POST", f"{desk.path}/submission", 200)


async def supplements(desk: Desk) -> list[ApplicationSupplemented]:
    found = await desk.intake.one.events(ApplicationSupplemented)
    return [one for one in found if isinstance(one, ApplicationSupplemented)]


async def decide(desk: Desk) -> None:
    await desk.intake.one.deliver(await desk.intake.decided(desk.ada, desk.path))


async def test_it_is_asked_for_after_the_submission_and_goes_to_the_panel_at_once(desk: Desk) -> None:
    early = await desk.ask(requirement=AFTER, status=409)
    assert (early["type"], early["detail"]) == ("after_submission", "Endorsement is asked for after the submission.")
    await submit(desk)
    (submitted,) = await desk.intake.one.events(ApplicationSubmitted)
    assert isinstance(submitted, ApplicationSubmitted)
    assert (submitted.expected, [one.requirement for one in submitted.materials]) == ((AFTER,), ["essay"])

    request_id, token = await desk.asked(requirement=AFTER)
    await desk.run(SETTLE)
    assert (await desk.states(), await desk.erased()) == (["asked"], set())
    seen = await desk.intake.call(None, "GET", f"/api/letters/{token}", 200)
    assert (seen["standing"], seen["requirement"]) == ("open", "Endorsement")
    await desk.hand_in(token)
    (supplement,) = await supplements(desk)
    material = supplement.material
    assert (supplement.application_id, material.requirement, material.kind, str(material.artifact_id)) == (
        id_of(desk.path),
        AFTER,
        "letter",
        request_id,
    )
    assert material.content.name.startswith(f"intake/{desk.ada.person_id}/")
    (answered,) = await desk.intake.one.events(LetterAnswered)
    assert isinstance(answered, LetterAnswered)
    assert answered.outcome == "received"
    assert await desk.timeline() == ["letter_asked", "letter_received"]
    found = await desk.intake.call(desk.ada, "GET", desk.path, 200)
    assert {one["key"]: one["done"] for one in found["requirements"]}[AFTER] is True
    await desk.run(SETTLE)
    assert len(await desk.erased()) == 1


async def test_it_may_come_in_review_and_not_after_the_decision(desk: Desk) -> None:
    await submit(desk)
    _, first = await desk.asked(requirement=AFTER)
    _, late = await desk.asked("cy@partner.example", AFTER)
    await desk.intake.one.deliver(desk.intake.opened(desk.ada, desk.path))
    await desk.hand_in(first)
    await decide(desk)
    for _ in range(2):
        assert (await desk.hand_in(late, 409))["type"] == "letter_closed"
        await desk.run(SETTLE)
    assert (await desk.states(), len(await supplements(desk))) == (["received", "closed"], 1)
    assert (await desk.ask("di@partner.example", requirement=AFTER, status=409))["type"] == "wrong_state"
    assert len(await desk.erased()) == 2


async def test_what_is_due_before_the_submission_is_not_taken_after_it(desk: Desk) -> None:
    _, token = await desk.asked(requirement="greeting")
    await submit(desk)
    assert (await desk.hand_in(token, 409))["type"] == "letter_closed"
    await desk.run(SETTLE)
    assert await desk.states() == ["closed"]
    assert (await desk.ask("cy@partner.example", requirement="greeting", status=409))["type"] == "wrong_state"


async def test_it_is_reminded_of_while_the_panel_judges_and_not_after_the_decision(desk: Desk) -> None:
    await submit(desk)
    await desk.ask(requirement=AFTER)
    await desk.ask("cy@partner.example", requirement=AFTER)
    await desk.intake.one.deliver(desk.intake.opened(desk.ada, desk.path))
    desk.intake.one.clock.move(days=8)
    await desk.run(REMIND)
    assert [link.reminder for link in await desk.links()] == [False, False, True, True]
    await decide(desk)
    desk.intake.one.clock.move(days=8)
    await desk.run(REMIND)
    assert len(await desk.links()) == 4


async def test_withdrawn_replaced_reminded_and_come_back_like_any_other(desk: Desk) -> None:
    await submit(desk)
    request_id, _ = await desk.asked(requirement=AFTER)
    one = f"{desk.requests}/{request_id}"
    await desk.comes_back()
    assert (await desk.told())[0]["undelivered"]["because"] == "refused"
    await desk.intake.call(desk.ada, "POST", f"{one}/reminder", 200)
    person = {"referee_name": "Cy", "referee_email": "cy@partner.example"}
    new = await desk.intake.call(desk.ada, "POST", f"{one}/replacement", 201, json=person)
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{new['request_id']}/withdrawal", 200)
    assert await desk.states() == ["withdrawn", "withdrawn"]


@pytest.mark.parametrize("attempt", range(3))
async def test_the_decision_at_the_same_instant(desk: Desk, attempt: int) -> None:
    await submit(desk)
    _, token = await desk.asked(requirement=AFTER)
    decided = await desk.intake.decided(desk.ada, desk.path)
    put = desk.intake.client.put(f"/api/letters/{token}", json={"text": "They spin well."})
    answer, _ = await asyncio.gather(put, desk.intake.one.deliver(decided))
    await desk.run(SETTLE)
    (state,) = await desk.states()
    came = len(await supplements(desk))
    assert (answer.status_code, state, came) in ((200, "received", 1), (409, "closed", 0))
    assert len(desk.intake.objects(desk.ada)) == 1 + came


async def test_pages(desk: Desk) -> None:
    own = desk.path.removeprefix("/api")
    letters = f"{own}/letters"
    async with browsing(desk.intake) as here:
        known_as(desk.ada, here)
        early = await here.get(letters)
        assert "You ask for it after the submission." in words(early)
        assert early.text.count("<h3>Ask somebody</h3>") == 1, "for the greeting"
        await desk.complete()
        assert "You ask for this after the submission: Endorsement." in words(await here.get(f"{own}/submission"))
        await desk.intake.call(desk.ada, "POST", f"{desk.path}/submission", 200)
        overview = await here.get(own)
        assert f'<a class="button" href="{letters}">Ask for: Endorsement</a>' in overview.text
        assert "Expected now" in words(overview)
        body = {"requirement": AFTER, "referee_name": "Bo Berg", "referee_email": "bo@partner.example"}
        assert went(await here.post(letters, data=body)) == (303, letters)
        told = words(await here.get(letters))
        assert "Bo Berg Asked" in told
        assert "goes to the panel as soon as it comes" in told
        overview = words(await here.get(own))
        assert "In progress" in overview
        assert "Ask for: Endorsement" not in overview, "somebody is asked: the applicant can only wait"
        token = await desk.intake.last_token()
        assert heading(await here.get(f"/letters/{token}")) == "You are asked for a letter"
        assert went(await here.post(f"/letters/{token}", data={"text": "They spin well."})) == (
            303,
            f"/letters/{token}",
        )
        assert "A referee Received" in words(await here.get(letters))
        assert "Ask for: Endorsement" not in words(await here.get(own))
