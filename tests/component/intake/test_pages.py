"""The pages that the mailed link opens."""

from contracts.events.intake import PersonDescribed
from contracts.session import COOKIE
from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import Walker

OURS = {"Sec-Fetch-Site": "same-origin"}


async def test_opening_the_link_uses_nothing_up_and_its_button_signs_in(intake: Walker) -> None:
    token = await intake.ask_for_link("ada@example.org")
    for address in (f"/sign-in?token={token}", f"/sign-in/{token}", f"/sign-in?token={token}"):
        page = await intake.client.get(address)
        assert page.status_code == 200
        assert f'<input type="hidden" name="token" value="{token}">' in page.text
        assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "same-origin")
        assert "set-cookie" not in page.headers
    pressed = await intake.client.post("/sign-in", data={"token": token}, headers=OURS)
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/signed-in")
    assert "HttpOnly" in pressed.headers["set-cookie"]
    signed_in = await intake.client.get("/signed-in")
    assert signed_in.status_code == 200
    assert "ada@example.org" in signed_in.text
    # The API takes the cookie too, but not from another site.
    assert (await intake.client.post("/api/applications", json={"credential": "weaving"}, headers=OURS)).status_code == 201
    refused = await intake.client.post("/api/applications", json={"credential": "lacing"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403

    again = await intake.client.post("/sign-in", data={"token": token}, headers=OURS)
    assert again.status_code == 401
    assert "was used already" in again.text
    assert again.headers["x-correlation-id"] in again.text

    intake.one.clock.move(seconds=1)
    out = await intake.client.post("/sign-out", headers=OURS)
    assert out.status_code == 200
    assert COOKIE not in intake.client.cookies
    assert (await intake.client.get("/signed-in")).status_code == 401
    assert len(await intake.one.events(PersonDescribed)) == 3


async def test_what_is_no_link_and_what_comes_from_elsewhere(intake: Walker) -> None:
    assert (await intake.client.get("/sign-in")).status_code == 404
    token = await intake.ask_for_link("ada@example.org")
    assert (await intake.client.post("/sign-in", data={"token": token}, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await intake.client.post("/sign-in", data={"token": "x"})).status_code == 401
    assert (await intake.client.post("/sign-in", data={})).status_code == 401
    page = await intake.client.get("/sign-in", params={"token": '"><script>alert(1)</script>'})
    assert "<script>" not in page.text
    assert (await intake.client.get("/static/intake.css")).headers["content-type"].startswith("text/css")
    assert len(await intake.one.events(PersonDescribed)) == 1


async def test_behind_https_the_cookie_is_secure(service: StartService) -> None:
    intake = Walker(await service("intake", program_dir=PROGRAM, intake_url="https://intake.example.org"))
    began = await intake.client.post("/api/sessions", json={"token": await intake.ask_for_link("ada@example.org")})
    assert "; Secure" in began.headers["set-cookie"]
