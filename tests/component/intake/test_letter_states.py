"""A request for a letter in every state: each act, two acts at once, reminders on time."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from contracts.events.letters import LetterAnswered
from services.intake.domain.letters import FACTS, TRANSITIONS, Action, State
from tests.component.conftest import StartService
from tests.component.intake.letter_desk import REMIND, SETTLE, WORDS, Desk, open_desk
from tests.one_service import replica_of

OTHER = {"referee_name": "Cy", "referee_email": "cy@partner.example"}


@pytest.fixture
async def desk(service: StartService) -> Desk:
    return await open_desk(service)


async def bring(desk: Desk, state: str) -> tuple[str, str]:
    """A request in this state; `submitted`: closed, and the application is with the panel."""
    request_id, token = await desk.asked()
    one = f"{desk.requests}/{request_id}"
    match state:
        case "received":
            await desk.hand_in(token)
        case "declined":
            await desk.intake.call(None, "POST", f"/api/letters/{token}/decline", 200)
        case "withdrawn":
            await desk.intake.call(desk.ada, "POST", f"{one}/withdrawal", 200)
        case "closed":
            await desk.intake.call(desk.ada, "POST", f"{desk.path}/withdrawal", 200)
            await desk.run(SETTLE)
        case "expired":
            desk.intake.one.clock.move(days=31)
            # Sessions are shorter than links.
            again = await desk.intake.sign_in("ada@example.org")
            desk.ada.headers.update(again.headers)
    desk.intake.one.clock.move(days=0 if state == "expired" else 4)
    again = await desk.intake.sign_in("ada@example.org")
    desk.ada.headers.update(again.headers)
    return request_id, token


async def act(desk: Desk, action: str, request_id: str, token: str) -> httpx.Response:
    one, client = f"{desk.requests}/{request_id}", desk.intake.client
    match action:
        case "remind":
            return await client.post(f"{one}/reminder", headers=desk.ada.headers)
        case "replace":
            return await client.post(f"{one}/replacement", headers=desk.ada.headers, json=OTHER)
        case "withdraw":
            return await client.post(f"{one}/withdrawal", headers=desk.ada.headers)
        case "receive":
            return await client.put(f"/api/letters/{token}", json={"text": "Something else."})
        case _:
            return await client.post(f"/api/letters/{token}/decline")


ACTS: dict[str, dict[str, tuple[int, str]]] = {
    "asked": {
        "remind": (200, "asked"),
        "replace": (201, "withdrawn asked"),
        "withdraw": (200, "withdrawn"),
        "receive": (200, "received"),
        "decline": (200, "declined"),
    },
    "expired": {
        "remind": (200, "asked"),
        "replace": (201, "withdrawn asked"),
        "withdraw": (200, "withdrawn"),
        "receive": (409, "asked"),
        "decline": (409, "asked"),
    },
    "received": dict.fromkeys(("remind", "replace", "withdraw", "receive", "decline"), (409, "received")),
    "declined": {
        "remind": (409, "declined"),
        "replace": (409, "declined"),
        "withdraw": (409, "declined"),
        "receive": (200, "received"),
        "decline": (200, "declined"),
    },
    "withdrawn": dict.fromkeys(("remind", "replace", "withdraw", "receive", "decline"), (409, "withdrawn")),
    "closed": dict.fromkeys(("remind", "replace", "withdraw", "receive", "decline"), (409, "closed")),
}
"""What each act answers in each state, and which requests there are then."""


@pytest.mark.parametrize("state", ACTS)
async def test_each_act_in_each_state(service: StartService, state: str) -> None:
    for action, (status, after) in ACTS[state].items():
        desk = await open_desk(service)
        request_id, token = await bring(desk, state)
        answer = await act(desk, action, request_id, token)
        assert (action, answer.status_code, " ".join(await desk.states())) == (action, status, after), answer.text
        if status == 409:
            problem = answer.json()
            assert problem["type"] in {"letter_settled", f"letter_{state}"}
            assert problem["detail"].endswith((".", ":")), "it says what to do"


def test_the_table_allows_what_was_tried() -> None:
    tried = {
        (State(state), Action(action))
        for state, acts in ACTS.items()
        for action, (status, _) in acts.items()
        if status == 200 and state in list(State) and action in list(Action)
    }
    said_twice = {(State.DECLINED, Action.DECLINE)}
    assert tried - said_twice == {pair for pair in TRANSITIONS if pair[1] not in FACTS}
    assert {pair for pair in TRANSITIONS if pair[1] in FACTS} == {(state, fact) for state in State for fact in FACTS}


async def test_what_comes_after_the_submission_is_refused_kindly(desk: Desk) -> None:
    _, first = await desk.asked()
    _, late = await desk.asked("cy@partner.example")
    await desk.hand_in(first)
    await desk.complete()
    await desk.intake.call(desk.ada, "POST", f"{desk.path}/submission", 200)
    # Before and after the job has closed it, it is the same to the referee.
    for _ in range(2):
        refused = await desk.hand_in(late, 409)
        assert (refused["type"], refused["title"]) == ("letter_closed", "Nothing was handed in")
        assert (await desk.intake.call(None, "GET", f"/api/letters/{late}", 200))["standing"] == "closed"
        await desk.run(SETTLE)
    assert await desk.states() == ["received", "closed"]
    assert len(await desk.erased()) == 2


async def test_a_token_that_there_is_not(desk: Desk) -> None:
    for token in ("x" * 43, "%00", "..%2f", "\u202e", "a" * 2000):
        for method, path in (("GET", ""), ("PUT", ""), ("POST", "/decline")):
            answer = await desk.intake.client.request(method, f"/api/letters/{token}{path}", json={"text": WORDS})
            assert answer.status_code in (404, 422), (token, method, answer.status_code)


async def test_looking_uses_nothing_up(desk: Desk) -> None:
    _, token = await desk.asked()
    for _ in range(5):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert (await desk.intake.client.request(method, f"/api/letters/{token}")).is_success
    assert (await desk.states(), await desk.timeline()) == (["asked"], ["letter_asked"])
    assert (await desk.hand_in(token))["standing"] == "received"


async def test_the_same_letter_sent_twice_is_one_letter(desk: Desk) -> None:
    _, token = await desk.asked()
    first = await desk.hand_in(token)
    assert await desk.hand_in(token) == first
    assert (await desk.hand_in(token, 409, text="Another one."))["type"] == "letter_received"
    assert (len(desk.intake.objects(desk.ada)), await desk.timeline()) == (1, ["letter_asked", "letter_received"])


async def statuses(*calls: Any) -> list[int]:
    answers: Sequence[httpx.Response] = await asyncio.gather(*calls)
    return sorted(answer.status_code for answer in answers)


@pytest.mark.parametrize("attempt", range(3))
async def test_two_answers_at_once_are_one(desk: Desk, attempt: int) -> None:
    _, token = await desk.asked()
    url, client = f"/api/letters/{token}", desk.intake.client
    texts = ("The first one.", "The second one.", "The third one.")
    found = await statuses(*(client.put(url, json={"text": text}) for text in texts))
    assert found == [200, 409, 409]
    assert (await desk.timeline(), len(desk.intake.objects(desk.ada))) == (["letter_asked", "letter_received"], 1)
    assert len(await desk.intake.one.events(LetterAnswered)) == 1


@pytest.mark.parametrize("attempt", range(3))
async def test_an_answer_while_the_request_or_the_application_is_withdrawn(desk: Desk, attempt: int) -> None:
    request_id, token = await desk.asked()
    client, headers = desk.intake.client, desk.ada.headers
    withdrawal = f"{desk.requests}/{request_id}/withdrawal" if attempt % 2 == 0 else f"{desk.path}/withdrawal"
    put, post = await asyncio.gather(
        client.put(f"/api/letters/{token}", json={"text": WORDS}), client.post(withdrawal, headers=headers)
    )
    await desk.run(SETTLE)
    (state,) = await desk.states()
    received = put.status_code == 200
    assert state == ("received" if received else "withdrawn" if attempt % 2 == 0 else "closed")
    assert (received, len(desk.intake.objects(desk.ada))) == (state == "received", int(received))
    if attempt % 2 == 0:
        assert {put.status_code, post.status_code} == {200, 409}


@pytest.mark.parametrize("attempt", range(3))
async def test_a_double_ask_asks_once(desk: Desk, attempt: int) -> None:
    body = {"requirement": "reference", "referee_name": "Bo", "referee_email": "bo@partner.example"}
    client, headers = desk.intake.client, desk.ada.headers
    assert await statuses(*(client.post(desk.requests, json=body, headers=headers) for _ in range(3))) == [
        201,
        422,
        422,
    ]
    assert (len(await desk.links()), await desk.states()) == (1, ["asked"])


async def test_two_who_ask_the_same_stranger_at_once_share_one_contact(desk: Desk) -> None:
    bob = await desk.intake.sign_in("bob@example.org")
    other = await desk.intake.open(bob, "felting")
    body = {"requirement": "reference", "referee_name": "Bo", "referee_email": "bo@partner.example"}
    client = desk.intake.client
    assert await statuses(
        client.post(desk.requests, json=body, headers=desk.ada.headers),
        client.post(f"{other}/letter-requests", json=body, headers=bob.headers),
    ) == [201, 201]
    assert len({link.person_id for link in await desk.links()}) == 1


async def test_somebody_is_asked_while_they_are_forgotten(desk: Desk) -> None:
    _, token = await desk.asked()
    bo = (await desk.links())[0].person_id
    await desk.hand_in(token)
    await asyncio.gather(desk.run(SETTLE), desk.ask(requirement="greeting"))
    await desk.run(SETTLE)
    asked = (await desk.links())[-1].person_id
    # Either they were forgotten first, and are a new contact, or they are still waited for.
    assert (asked in await desk.erased(), bo in await desk.erased()) == (False, asked != bo)
    assert (await desk.intake.call(None, "GET", f"/api/letters/{await desk.intake.last_token()}", 200))[
        "standing"
    ] == "open"


async def test_reminders_come_on_time_once_and_never_several_at_once(desk: Desk) -> None:
    _, token = await desk.asked()
    other = await replica_of(desk.intake.one)
    clock = desk.intake.one.clock

    async def reminders() -> list[bool]:
        jobs = (desk.intake.one.running.jobs, other.running.jobs)
        await asyncio.gather(*(jobs_.jobs[REMIND].run(jobs_.database) for jobs_ in jobs))
        return [link.reminder for link in await desk.links()]

    try:
        clock.move(days=6, hours=23)
        assert await reminders() == [False]
        clock.move(hours=2)
        assert await reminders() == [False, True]
        assert await reminders() == [False, True]
        clock.move(days=7)
        assert await reminders() == [False, True, True]
        clock.move(days=7)
        assert await reminders() == [False, True, True]
    finally:
        await other.close()
    assert {link.person_id for link in await desk.links()} == {(await desk.links())[0].person_id}
    # The links in the earlier mails are as good as the last one.
    assert await desk.intake.last_token() != token
    await desk.hand_in(token)


async def test_after_an_outage_one_mail_stands_for_all_that_were_missed(desk: Desk) -> None:
    await desk.ask()
    desk.intake.one.clock.move(days=20)
    await desk.run(REMIND, REMIND)
    desk.intake.one.clock.move(days=5)
    await desk.run(REMIND)
    assert [link.reminder for link in await desk.links()] == [False, True]


@pytest.mark.parametrize("state", ["received", "declined", "withdrawn", "closed", "expired"])
async def test_nobody_is_reminded_of_what_is_over(desk: Desk, state: str) -> None:
    await bring(desk, state)
    desk.intake.one.clock.move(days=40)
    await desk.run(REMIND)
    assert [link.reminder for link in await desk.links()] == [False]


async def test_nobody_is_reminded_of_an_application_that_was_just_withdrawn(desk: Desk) -> None:
    await desk.ask()
    await desk.intake.call(desk.ada, "POST", f"{desk.path}/withdrawal", 200)
    desk.intake.one.clock.move(days=8)
    await desk.run(REMIND)
    assert len(await desk.links()) == 1


async def test_the_applicant_reminds_not_too_often_and_the_next_reminder_waits(desk: Desk) -> None:
    request_id, _ = await desk.asked()
    reminder = f"{desk.requests}/{request_id}/reminder"
    assert (await desk.intake.call(desk.ada, "POST", reminder, 409))["type"] == "too_soon"
    desk.intake.one.clock.move(days=5)
    ada = await desk.intake.sign_in("ada@example.org")
    found = await desk.intake.call(ada, "POST", reminder, 200)
    assert len(found["reminded_at"]) == 1
    assert (await desk.intake.call(ada, "POST", reminder, 409))["type"] == "too_soon"
    # The one after seven days is left out: it would come two days after that.
    desk.intake.one.clock.move(days=3)
    await desk.run(REMIND)
    assert [link.reminder for link in await desk.links()] == [False, True]
    desk.intake.one.clock.move(days=7)
    await desk.run(REMIND)
    assert [link.reminder for link in await desk.links()] == [False, True, True]


async def test_who_was_replaced_cannot_answer_and_is_forgotten(desk: Desk) -> None:
    request_id, token = await desk.asked()
    person = {"referee_name": "Cy", "referee_email": "cy@partner.example"}
    same = {"referee_name": "Bo", "referee_email": "bo@partner.example"}
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{request_id}/replacement", 201, json=person)
    await desk.run(SETTLE)
    assert await desk.erased() == {(await desk.links())[0].person_id}
    assert (await desk.hand_in(token, 409))["type"] == "letter_withdrawn"
    # Who was given up may be asked again.
    desk.intake.one.clock.move(seconds=1)
    new = (await desk.told())[-1]["request_id"]
    await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{new}/replacement", 201, json=same)
    assert await desk.states() == ["withdrawn", "withdrawn", "asked"]
