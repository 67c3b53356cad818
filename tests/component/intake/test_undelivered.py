"""A mail to a referee that could not be delivered: applicant and staff are told, and what comes too late is nothing."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from contracts.events.letters import LetterUndelivered
from contracts.events.notify import MailFailed, MailSent
from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, heading, known_as, typed, went, words
from tests.component.intake.letter_desk import REMIND, SETTLE, WORDS, Desk, open_desk
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import id_of, rfc3339

CY = {"referee_name": "Cy", "referee_email": "cy@partner.example"}


@pytest.fixture
async def desk(service: StartService) -> Desk:
    return await open_desk(service, first_admin_email="admin@example.org")


async def undelivered(desk: Desk) -> list[LetterUndelivered]:
    found = await desk.intake.one.events(LetterUndelivered)
    return [one for one in found if isinstance(one, LetterUndelivered)]


async def dead(desk: Desk) -> int:
    """How many records could not be handled."""
    return int(await desk.intake.one.database.pool.fetchval("SELECT count(*) FROM held"))


async def test_the_applicant_is_told_once(desk: Desk) -> None:
    asked = await desk.ask()
    now = desk.intake.one.clock()
    failed = await desk.failed(await desk.last_mail())
    (envelope,) = await desk.intake.one.deliver(failed)
    await desk.intake.one.deliver(envelope)
    await desk.intake.one.deliver(failed)
    (request,) = await desk.told()
    assert request["undelivered"] == {"at": rfc3339(now), "because": "refused"}
    assert (request["state"], request["may_remind_at"]) == ("asked", asked["asked_at"])
    assert await desk.timeline() == ["letter_asked", "letter_undelivered"]
    (event,) = await undelivered(desk)
    assert event.model_dump() == {
        "application_id": id_of(desk.path),
        "person_id": desk.ada.person_id,
        "credential": "felting",
        "credential_version": 1,
        "request_id": event.request_id,
        "requirement": "reference",
        "requirement_name": "Reference",
        "reason": "refused",
    }
    assert str(event.request_id) == asked["request_id"]


@pytest.mark.parametrize("then", ["received", "declined", "withdrawn", "replaced", "ended", "closed"])
async def test_of_a_request_that_is_over_it_changes_nothing(desk: Desk, then: str) -> None:
    request_id, token = await desk.asked()
    failed = await desk.failed(await desk.last_mail())
    one = f"{desk.requests}/{request_id}"
    match then:
        case "received":
            await desk.hand_in(token)
        case "declined":
            await desk.intake.call(None, "POST", f"/api/letters/{token}/decline", 200)
        case "withdrawn":
            await desk.intake.call(desk.ada, "POST", f"{one}/withdrawal", 200)
        case "replaced":
            await desk.intake.call(desk.ada, "POST", f"{one}/replacement", 201, json=CY)
        case _:
            await desk.intake.call(desk.ada, "POST", f"{desk.path}/withdrawal", 200)
    if then == "closed":
        await desk.run(SETTLE)
    before = await desk.told(), await desk.timeline()
    await desk.intake.one.deliver(failed)
    assert (await desk.told(), await desk.timeline()) == before
    assert (await undelivered(desk), await dead(desk)) == ([], 0)


async def test_of_two_mails_only_the_last_one_counts(desk: Desk) -> None:
    request_id, _ = await desk.asked()
    first = await desk.failed(await desk.last_mail())
    desk.intake.one.clock.move(days=4)
    await desk.stays_signed_in()
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{request_id}/reminder", 200)
    await desk.intake.one.deliver(first)
    assert ("undelivered" in (await desk.told())[0], await undelivered(desk)) == (False, [])
    await desk.comes_back()
    assert "undelivered" in (await desk.told())[0]


async def test_asked_again_at_once_and_it_is_no_reminder(desk: Desk) -> None:
    request_id, _ = await desk.asked()
    reminder = f"{desk.requests}/{request_id}/reminder"
    await desk.comes_back()
    again = await desk.intake.call(desk.ada, "POST", reminder, 200)
    assert ("undelivered" in again, len(again["reminded_at"])) == (False, 1)
    assert [link.reminder for link in await desk.links()] == [False, False]
    # This mail is under way, so there is a pause again; it may come back, too.
    assert (await desk.intake.call(desk.ada, "POST", reminder, 409))["type"] == "too_soon"
    await desk.comes_back("too_late")
    assert [one.reason for one in await undelivered(desk)] == ["refused", "too_late"]
    assert await desk.timeline() == ["letter_asked", "letter_undelivered", "letter_reminded", "letter_undelivered"]
    await desk.hand_in(await desk.intake.last_token())
    assert "undelivered" not in (await desk.told())[0]


async def test_the_address_is_corrected(desk: Desk) -> None:
    request_id, _ = await desk.asked("bo@partner.exmaple")
    wrong = (await desk.links())[0].person_id
    await desk.comes_back()
    body = {"referee_name": "Bo Berg", "referee_email": "bo@partner.example"}
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{request_id}/replacement", 201, json=body)
    await desk.run(SETTLE)
    assert await desk.erased() == {wrong}
    assert [("undelivered" in one, one["state"]) for one in await desk.told()] == [
        (False, "withdrawn"),
        (False, "asked"),
    ]
    await desk.hand_in(await desk.intake.last_token())


@pytest.mark.parametrize(("reason", "mails"), [("refused", 1), ("too_late", 2)])
async def test_an_address_that_takes_no_mail_gets_no_reminders(desk: Desk, reason: str, mails: int) -> None:
    await desk.ask()
    await desk.comes_back(reason)
    desk.intake.one.clock.move(days=8)
    await desk.run(REMIND)
    assert len(await desk.links()) == mails


async def test_other_mails_and_unknown_ones_are_passed_over(desk: Desk) -> None:
    await desk.ask()
    known = await desk.failed(await desk.last_mail())
    other: dict[str, Any] = {"event_id": uuid4()}
    await desk.intake.one.deliver(
        known.model_copy(update=other),
        MailFailed(event_id=uuid4(), template="sign_in", person_id=uuid4(), reason="refused"),
        MailSent(
            event_id=known.event_id,
            template="letter",
            person_id=known.person_id,
            application_id=known.application_id,
            message_id="<1@program.example>",
        ),
    )
    assert (await undelivered(desk), await desk.timeline(), await dead(desk)) == ([], ["letter_asked"], 0)


async def test_for_an_applicant_who_was_erased_nothing_is_left_to_tell(desk: Desk) -> None:
    await desk.ask()
    failed = await desk.failed(await desk.last_mail())
    await desk.intake.call(desk.ada, "DELETE", "/api/me", 204)
    await desk.intake.one.deliver(failed)
    await desk.run("erase")
    await desk.intake.one.deliver(failed)
    assert (await undelivered(desk), await dead(desk)) == ([], 0)


@pytest.mark.parametrize("attempt", range(3))
async def test_the_letter_comes_at_the_same_instant(desk: Desk, attempt: int) -> None:
    _, token = await desk.asked()
    failed = await desk.failed(await desk.last_mail())
    await asyncio.gather(desk.hand_in(token), desk.intake.one.deliver(failed))
    (request,) = await desk.told()
    assert (request["state"], "undelivered" in request, await dead(desk)) == ("received", False, 0)
    found = await desk.timeline()
    assert found in (
        ["letter_asked", "letter_received"],
        ["letter_asked", "letter_received", "letter_undelivered"],
        ["letter_asked", "letter_undelivered", "letter_received"],
    )
    assert len(await undelivered(desk)) == found.count("letter_undelivered")


async def test_pages_say_it_and_what_to_do_next_is_one_click_away(desk: Desk) -> None:
    request_id, _ = await desk.asked()
    own = desk.path.removeprefix("/api")
    letters, replacement = f"{own}/letters", f"{own}/letters/{request_id}/replacement"
    await desk.comes_back()
    staff = await staff_of(desk.intake, "staff")
    async with browsing(desk.intake) as here:
        known_as(desk.ada, here)
        overview = await here.get(own)
        next_step = "A mail to a referee came back: ask again, or correct the address"
        assert f'<a class="button" href="{letters}">{next_step}</a>' in overview.text
        told = words(overview)
        assert "They can be asked again, or at another address. Mail came back" in told
        assert "A mail to a referee came back" in told.partition("What happened")[2]
        page = await here.get(letters)
        assert "Bo Berg Mail came back" in words(page)
        assert "often one letter is wrong" in words(page)
        assert f'href="{replacement}"' in page.text
        form = await here.get(replacement)
        assert heading(form) == "Correct the address, or ask another person"
        assert (typed(form, "referee_name"), typed(form, "referee_email")) == ("Bo Berg", "bo@partner.example")
        assert went(await here.post(f"{letters}/{request_id}/reminder")) == (303, letters)
        assert "Mail came back" not in words(await here.get(letters))
        await desk.comes_back("too_late")
        assert "could not be reached for a day" in words(await here.get(letters))
        known_as(staff, here)
        seen = words(await here.get(f"/staff{own}"))
        assert "They can be asked again, or at another address. Mail came back" in seen
        known_as(desk.ada, here)
        assert went(await here.post(replacement, data=CY)) == (303, letters)
        assert "Mail came back" not in words(await here.get(own))
    async with browsing(desk.intake, "es") as here:
        known_as(desk.ada, here)
        await here.post("/language", data={"language": "es"})
        assert "Un correo a la persona que da la referencia fue devuelto" in words(await here.get(own))


async def test_whose_letter_came_all_the_same_is_not_told_of_the_next_mail(desk: Desk) -> None:
    request_id, first = await desk.asked()
    desk.intake.one.clock.move(days=4)
    await desk.stays_signed_in()
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{request_id}/reminder", 200)
    failed = await desk.failed(await desk.last_mail())
    await desk.hand_in(first, text=WORDS)
    await desk.intake.one.deliver(failed)
    assert (await desk.states(), await undelivered(desk)) == (["received"], [])
