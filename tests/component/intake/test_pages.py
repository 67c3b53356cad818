"""The pages to which mailed links lead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from contracts.events.people import PersonDescribed
from contracts.session import COOKIE
from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import Walker

OURS = {"Sec-Fetch-Site": "same-origin"}
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
BROWSER = "microcred_sign_in"


@asynccontextmanager
async def browser(intake: Walker) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with no cookies yet."""
    transport = httpx.ASGITransport(intake.one.running.api, raise_app_exceptions=False)
    headers = OURS | {"Accept": HTML}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        yield client


async def press(client: httpx.AsyncClient, token: str, **cookies: str) -> tuple[int, str]:
    """Press the button: what is answered, and the session that the browser gets (with only these cookies, if any are
    named)."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    answer = await client.post("/sign-in", data={"token": token}, headers=headers)
    return answer.status_code, answer.cookies.get(COOKIE, "")


async def test_opening_the_link_uses_nothing_up_and_its_button_signs_in(intake: Walker) -> None:
    token = await intake.ask_for_link("ada@example.org")
    for address in (f"/sign-in?token={token}", f"/sign-in/{token}", f"/sign-in?token={token}"):
        page = await intake.client.get(address)
        assert page.status_code == 200
        assert f'<input type="hidden" name="token" value="{token}">' in page.text
        assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "same-origin")
        assert COOKIE not in page.headers["set-cookie"]
    pressed = await intake.client.post("/sign-in", data={"token": token}, headers=OURS)
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/applications")
    assert "HttpOnly" in pressed.headers["set-cookie"]
    signed_in = await intake.client.get("/signed-in")
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/applications")
    account = await intake.client.get("/account")
    assert account.status_code == 200
    assert "ada@example.org" in account.text
    # The API takes the cookie too, but not from another site.
    assert (
        await intake.client.post("/api/applications", json={"credential": "weaving"}, headers=OURS)
    ).status_code == 201
    refused = await intake.client.post(
        "/api/applications", json={"credential": "lacing"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert refused.status_code == 403

    intake.one.clock.move(minutes=1)
    again = await intake.client.post("/sign-in", data={"token": token}, headers=OURS)
    assert again.status_code == 401
    assert (again.json()["type"], again.json()["correlation_id"]) == (
        "link_not_valid",
        again.headers["x-correlation-id"],
    )
    page = await intake.client.post("/sign-in", data={"token": token}, headers=OURS | {"Accept": HTML})
    assert page.status_code == 401
    assert "It was used already" in page.text
    assert page.headers["x-correlation-id"] in page.text
    assert '<form class="panel" method="post" action="/sign-in">' in page.text

    intake.one.clock.move(seconds=1)
    out = await intake.client.post("/sign-out", headers=OURS)
    assert (out.status_code, out.headers["location"]) == (303, "/")
    assert COOKIE not in intake.client.cookies
    assert (await intake.client.get("/account")).status_code == 401
    led = await intake.client.get("/account", headers={"Accept": HTML})
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Faccount")
    assert len(await intake.one.events(PersonDescribed)) == 3


async def test_what_is_no_link_and_what_comes_from_elsewhere(intake: Walker) -> None:
    token = await intake.ask_for_link("ada@example.org")
    assert (
        await intake.client.post("/sign-in", data={"token": token}, headers={"Sec-Fetch-Site": "cross-site"})
    ).status_code == 403
    assert (await intake.client.post("/sign-in", data={"token": "x"})).status_code == 401
    assert (await intake.client.post("/sign-in", data={})).status_code == 401
    page = await intake.client.get("/sign-in", params={"token": '"><script>alert(1)</script>'})
    assert "<script>" not in page.text
    assert len(await intake.one.events(PersonDescribed)) == 1


async def test_behind_https_the_cookie_is_secure(service: StartService) -> None:
    intake = Walker(await service("intake", program_dir=PROGRAM, microcred_public_url="https://intake.example.org"))
    began = await intake.client.post("/api/sessions", json={"token": await intake.ask_for_link("ada@example.org")})
    assert "; Secure" in began.headers["set-cookie"]
    assert "; Secure" in (await intake.client.get("/sign-in?token=t")).headers["set-cookie"]


@pytest.mark.parametrize("loaded", [1, 2])
async def test_the_button_pressed_twice_signs_in_once_and_says_so_twice(intake: Walker, loaded: int) -> None:
    token = await intake.ask_for_link("ada@example.org")
    async with browser(intake) as here:
        for _ in range(loaded):
            page = await here.get(f"/sign-in?token={token}")
        cookie = here.cookies[BROWSER]
        settings = {part.strip().lower() for part in page.headers["set-cookie"].split(";")}
        assert {"httponly", "samesite=lax", "path=/sign-in", "max-age=900"} <= settings
        pressed = [await press(here, token, **{BROWSER: cookie}) for _ in range(3)]
        assert pressed == [(303, pressed[0][1])] * 3
        assert (await here.get("/signed-in", headers={"Cookie": f"{COOKIE}={pressed[2][1]}"})).status_code == 303
        mine = await here.get("/applications", headers={"Cookie": f"{COOKIE}={pressed[2][1]}"})
        assert mine.status_code == 200
    # Only the hash of what knows the browser is kept.
    rows = await intake.one.database.pool.fetch("SELECT l::text AS row FROM links l")
    assert not [row for row in rows if cookie in row["row"]]
    assert [
        event.version for event in await intake.one.events(PersonDescribed) if isinstance(event, PersonDescribed)
    ] == [1, 2]


async def test_the_button_pressed_twice_at_the_same_instant_signs_in_once(intake: Walker) -> None:
    for _ in range(5):
        token = await intake.ask_for_link("ada@example.org")
        async with browser(intake) as here:
            await here.get(f"/sign-in?token={token}")
            cookie = here.cookies[BROWSER]
            pressed = await asyncio.gather(*(press(here, token, **{BROWSER: cookie}) for _ in range(6)))
        assert pressed == [(303, pressed[0][1])] * 6
    assert [
        event.version for event in await intake.one.events(PersonDescribed) if isinstance(event, PersonDescribed)
    ] == [1, 2]


async def test_a_page_that_is_loaded_again_between_two_presses_knows_the_browser_still(intake: Walker) -> None:
    token = await intake.ask_for_link("ada@example.org")
    async with browser(intake) as here:
        await here.get(f"/sign-in?token={token}")
        first = await press(here, token, **{BROWSER: here.cookies[BROWSER]})
        await here.get(f"/sign-in?token={token}")
        assert await press(here, token, **{BROWSER: here.cookies[BROWSER]}) == first
    # Without that cookie the session that the first press began is enough.
    async with browser(intake) as here:
        assert await press(here, token, **{COOKIE: first[1]}) == first


async def test_another_browser_with_the_same_link_is_refused(intake: Walker) -> None:
    token = await intake.ask_for_link("ada@example.org")
    eve = await intake.sign_in("eve@example.org")
    async with browser(intake) as here, browser(intake) as there:
        for one in (here, there):
            await one.get(f"/sign-in?token={token}")
        assert here.cookies[BROWSER] != there.cookies[BROWSER]
        assert (await press(here, token))[0] == 303
        for cookies in (
            {BROWSER: there.cookies[BROWSER]},
            {BROWSER: "x"},
            {BROWSER: ""},
            {COOKIE: eve.headers["Authorization"].split()[1]},
            {COOKIE: "x"},
            {"other": "x"},
        ):
            assert await press(there, token, **cookies) == (401, "")
        assert (await intake.client.post("/api/sessions", json={"token": token})).status_code == 401


async def test_it_is_the_same_wish_for_a_minute_and_until_the_sign_out(intake: Walker) -> None:
    token, other = await intake.ask_for_link("ada@example.org"), await intake.ask_for_link("ada@example.org")
    async with browser(intake) as here:
        await here.get(f"/sign-in?token={token}")
        known = {BROWSER: here.cookies[BROWSER]}
        first = await press(here, token, **known)
        intake.one.clock.move(seconds=59.9)
        assert await press(here, token, **known) == first
        intake.one.clock.move(seconds=0.1)
        assert (await press(here, token, **known))[0] == 401
        assert (await press(here, token, **{COOKIE: first[1]}))[0] == 401

        session = (await press(here, other, **known))[1]
        intake.one.clock.move(seconds=1)
        assert (await here.post("/sign-out", headers={"Cookie": f"{COOKIE}={session}"})).status_code == 303
        assert (await press(here, other, **known))[0] == 401


async def test_a_browsers_own_cookie_is_kept_and_a_strange_one_replaced(intake: Walker) -> None:
    async with browser(intake) as here:
        given = "A" * 43
        assert (await here.get("/sign-in?token=t", headers={"Cookie": f"{BROWSER}={given}"})).cookies[BROWSER] == given
        for strange in ("short", "A" * 44, "A" * 42 + "=", "A" * 42 + "%"):
            assert (await here.get("/sign-in?token=t", headers={"Cookie": f"{BROWSER}={strange}"})).cookies[
                BROWSER
            ] != strange


async def test_a_button_with_what_no_database_takes_is_refused(intake: Walker) -> None:
    refused = await intake.client.post("/sign-in", data={"token": "a\x00"}, headers=OURS)
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (422, ["token"])
    for address in ("/sign-in/a%00b", "/sign-in?token=%00"):
        assert (await intake.client.get(address)).status_code == 422
