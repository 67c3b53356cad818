"""Letters by page: the applicant's list and forms, and the referee's page without an account."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.intake.domain.referees import SAID, Standing
from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, heading, known_as, problems, typed, went, words
from tests.component.intake.letter_desk import REMIND, SETTLE, WORDS, Desk, open_desk
from tests.component.intake.walker import PDF

BO = {"requirement": "reference", "referee_name": "Bo <Berg>", "referee_email": "bo@partner.example"}


@pytest.fixture
async def desk(service: StartService) -> Desk:
    return await open_desk(service)


@pytest.fixture
async def ada(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """The applicant's browser."""
    async with browsing(desk.intake) as here:
        yield known_as(desk.ada, here)


@pytest.fixture
async def bo(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """The referee's browser: nobody is signed in."""
    async with browsing(desk.intake) as here:
        yield here


async def send(here: httpx.AsyncClient, path: str, text: str, name: str = "", content: bytes = b"") -> httpx.Response:
    """The form as a browser sends it, which names a file even where none was chosen."""
    beginning = b'--b\r\nContent-Disposition: form-data; name="'
    parts = (
        beginning + b'text"\r\n\r\n' + text.encode() + b"\r\n",
        beginning + b'file"; filename="' + name.encode() + b'"\r\n\r\n' + content + b"\r\n--b--\r\n",
    )
    return await here.post(path, content=b"".join(parts), headers={"Content-Type": "multipart/form-data; boundary=b"})


def page_of(desk: Desk) -> str:
    return desk.path.removeprefix("/api")


async def test_asking_and_what_the_list_tells(desk: Desk, ada: httpx.AsyncClient) -> None:
    letters = f"{page_of(desk)}/letters"
    assert f'href="{letters}"' in (await ada.get(page_of(desk))).text
    assert went(await ada.get(f"{page_of(desk)}/materials/reference")) == (303, letters)
    empty = words(await ada.get(letters))
    assert "Nobody is asked yet." in empty
    assert "Only the panel can read it." in empty
    assert went(await ada.post(letters, data=BO)) == (303, letters)
    told = await ada.get(letters)
    assert "Bo <Berg> Asked" in words(told)
    assert "bo@partner.example" in words(told)
    assert "Somebody is asked, and has not answered yet." in words(await ada.get(page_of(desk)))
    assert "A letter was asked for" in words(await ada.get(page_of(desk)))

    again = await ada.post(letters, data=BO | {"referee_email": "BO@partner.example"})
    assert (again.status_code, problems(again)) == (
        422,
        ["Their e-mail address: was asked for this letter already; name somebody else, or send a reminder"],
    )
    assert (typed(again, "referee_name"), typed(again, "referee_email")) == ("Bo <Berg>", "BO@partner.example")
    own = await ada.post(letters, data=BO | {"referee_email": "ada@example.org"})
    assert problems(own) == ["Their e-mail address: is your own address; name somebody else, who knows your work"]

    await desk.hand_in(await desk.intake.last_token())
    received = words(await ada.get(letters))
    assert "A referee Received" in received
    assert "partner.example" not in received
    assert "1 received." in words(await ada.get(page_of(desk)))


async def test_reminding_replacing_and_withdrawing(desk: Desk, ada: httpx.AsyncClient) -> None:
    letters = f"{page_of(desk)}/letters"
    await ada.post(letters, data=BO)
    (request,) = await desk.told()
    one = f"{letters}/{request['request_id']}"
    assert "You can have them reminded from" in words(await ada.get(letters))
    soon = await ada.post(f"{one}/reminder")
    assert (soon.status_code, "They were mailed a short while ago." in words(soon)) == (409, True)
    desk.intake.one.clock.move(days=4)
    again = await desk.intake.sign_in("ada@example.org")
    desk.ada.headers.update(again.headers)
    known_as(again, ada)
    assert "Remind now" in words(await ada.get(letters))
    assert went(await ada.post(f"{one}/reminder")) == (303, letters)
    assert "We mail them again." in words(await ada.get(letters))

    replacement = f"{one}/replacement"
    assert heading(await ada.get(replacement)) == "Ask another person"
    refused = await ada.post(replacement, data={"referee_name": "Cy", "referee_email": "cy"})
    assert (refused.status_code, typed(refused, "referee_email")) == (422, "cy")
    cy = {"referee_name": "Cy", "referee_email": "cy@partner.example"}
    assert went(await ada.post(replacement, data=cy)) == (303, letters)
    twice = await ada.post(replacement, data=cy)
    assert (twice.status_code, heading(twice), typed(twice, "referee_email")) == (
        409,
        "This request is over",
        "cy@partner.example",
    )
    last = next(request for request in await desk.told() if request["state"] == "asked")
    assert went(await ada.post(f"{letters}/{last['request_id']}/withdrawal")) == (303, letters)
    assert set(await desk.states()) == {"withdrawn"}
    for wrong in ("00000000-0000-0000-0000-000000000000", "nonsense"):
        assert (await ada.get(f"{letters}/{wrong}/replacement")).status_code == 404


async def test_nobody_else_finds_the_letters_of_an_application(desk: Desk, bo: httpx.AsyncClient) -> None:
    request_id, _ = await desk.asked()
    letters = f"{page_of(desk)}/letters"
    assert (await bo.get(letters)).status_code in (303, 401)
    other = await desk.intake.sign_in("bob@example.org")
    known_as(other, bo)
    for answer in (
        await bo.get(letters),
        await bo.post(letters, data=BO),
        await bo.get(f"{letters}/{request_id}/replacement"),
        await bo.post(f"{letters}/{request_id}/replacement", data=BO),
        await bo.post(f"{letters}/{request_id}/reminder"),
        await bo.post(f"{letters}/{request_id}/withdrawal"),
    ):
        assert answer.status_code == 404
    assert await desk.states() == ["asked"]


async def test_a_referee_writes_the_letter(desk: Desk, bo: httpx.AsyncClient) -> None:
    _, token = await desk.asked()
    here = f"/letters/{token}"
    for _ in range(3):  # a mail scanner looks, too
        page = await bo.get(here)
    assert heading(page) == "You are asked for a letter"
    told = words(page)
    assert "Ada applies for the micro-credential Felting" in told
    assert "How have you felted together?" in told
    assert page.text.count(token) == 3, "to hand in, to decline, and for who chooses another language"
    assert page.headers["referrer-policy"] == "same-origin"
    long = "one two three four five six seven"
    refused = await send(bo, here, long)
    assert (refused.status_code, typed(refused, "text")) == (422, long)
    done = await send(bo, here, "One.\r\n\r\nTwo.")
    assert went(done) == (303, here)
    thanks = await bo.get(here)
    assert (heading(thanks), "One." in thanks.text) == ("Thank you for your letter", False)
    (letter,) = desk.intake.objects(desk.ada)
    assert letter.read_bytes() == b"One.\n\nTwo."
    # Pressed twice it is one wish; another text is not lost.
    assert went(await bo.post(here, data={"text": "One.\n\nTwo."})) == (303, here)
    late = await send(bo, here, "Another.")
    assert (late.status_code, typed(late, "text"), problems(late)) == (
        409,
        "Another.",
        [str(SAID[Standing.RECEIVED])],
    )


async def test_a_referee_sends_a_file(desk: Desk, bo: httpx.AsyncClient) -> None:
    _, token = await desk.asked()
    here = f"/letters/{token}"
    for status, field, sent in (
        (422, "text", ("", "", b"")),
        (422, "file", ("Some words.", "letter.pdf", PDF)),
        (415, "file", ("", "letter.pdf", b"<html></html>")),
        (413, "file", ("Kept words.", "letter.pdf", PDF + bytes(2_000_000))),
    ):
        refused = await send(bo, here, *sent)
        assert (refused.status_code, typed(refused, "text")) == (status, sent[0])
        assert f'href="#field-{field}"' in refused.text
    assert went(await send(bo, here, "", "Bo Berg.pdf", PDF)) == (303, here)
    assert await desk.states() == ["received"]


async def test_a_referee_declines_and_thinks_again(desk: Desk, bo: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    _, token = await desk.asked()
    here = f"/letters/{token}"
    for _ in range(2):
        page = await bo.get(f"{here}/decline")
    assert (heading(page), await desk.states()) == ("Decline to write the letter", ["asked"])
    for _ in range(2):
        assert went(await bo.post(f"{here}/decline")) == (303, here)
    assert "You declined" in words(await bo.get(here))
    assert heading(await bo.get(f"{here}/decline")) == "There is nothing to decline"
    assert "A referee Declined" in words(await ada.get(f"{page_of(desk)}/letters"))
    assert went(await bo.post(here, data={"text": WORDS})) == (303, here)
    assert await desk.states() == ["received"]


@pytest.mark.parametrize("standing", ["withdrawn", "closed", "expired", "unknown"])
async def test_links_that_are_over_say_what_to_do_and_keep_what_was_typed(
    desk: Desk, bo: httpx.AsyncClient, standing: str
) -> None:
    request_id, token = await desk.asked()
    match standing:
        case "withdrawn":
            await desk.intake.call(desk.ada, "POST", f"{desk.requests}/{request_id}/withdrawal", 200)
        case "closed":
            await desk.intake.call(desk.ada, "POST", f"{desk.path}/withdrawal", 200)
        case "expired":
            desk.intake.one.clock.move(days=31)
        case _:
            token = "x" * 43
    titles = {
        "withdrawn": "This letter is not needed any more",
        "closed": "This letter cannot be taken any more",
        "expired": "This link has expired",
        "unknown": "This link leads to no letter",
    }
    here = f"/letters/{token}"
    found = await bo.get(here)
    assert (found.status_code, heading(found)) == (404 if standing == "unknown" else 200, titles[standing])
    for refused in (await bo.post(here, data={"text": "A long letter."}), await send(bo, here, "A long letter.")):
        assert (refused.status_code, typed(refused, "text")) == (
            404 if standing == "unknown" else 409,
            "A long letter.",
        )
    assert desk.intake.objects(desk.ada) == []


async def test_in_spanish(desk: Desk) -> None:
    _, token = await desk.asked()
    async with browsing(desk.intake, "es") as here:
        assert heading(await here.get(f"/letters/{token}")) == "Se le pide una carta"
        known_as(desk.ada, here)
        assert (await here.get(f"{page_of(desk)}/letters")).status_code == 200


async def test_the_contact_is_mailed_in_the_language_of_who_asks(desk: Desk) -> None:
    async with browsing(desk.intake, "es") as here:
        known_as(desk.ada, here)
        await here.post("/language", data={"language": "es"})
        await here.post(f"{page_of(desk)}/letters", data=BO)
    languages = await desk.intake.one.database.pool.fetch("SELECT language FROM people WHERE kind = 'contact'")
    assert [row["language"] for row in languages] == ["es"]


async def test_jobs_have_nothing_to_say_where_nothing_is_due(desk: Desk) -> None:
    await desk.run(REMIND, SETTLE)
    assert (await desk.links(), await desk.erased()) == ([], set())
