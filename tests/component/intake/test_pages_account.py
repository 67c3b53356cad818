"""The account page: details, language, sessions."""

import pytest

from contracts.events.people import PersonDescribed
from tests.component.intake.browser import browsing, heading, sign_in_by_page, typed, went, words
from tests.component.intake.walker import Walker

DETAILS = {
    "name": "Ada",
    "institution": "Analytical College",
    "language": "es",
    "time_zone": "America/New_York",
}


async def test_details_are_kept_and_everybody_hears_of_them(intake: Walker) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        assert went(await here.post("/account", data=DETAILS)) == (303, "/account")
        page = await here.get("/account")
        assert '<html lang="es">' in page.text
        for value in ('value="Ada"', 'value="Analytical College"', '<option value="America/New_York" selected>'):
            assert value in page.text
    said = (await intake.one.events(PersonDescribed))[-1]
    assert isinstance(said, PersonDescribed)
    assert {name: getattr(said, name) for name in DETAILS} == DETAILS


@pytest.mark.parametrize(
    ("field", "value"),
    [("language", "tlh"), ("time_zone", "Mars/Olympus"), ("name", "a\x00"), ("institution", "x" * 201)],
)
async def test_what_does_not_fit_comes_back_and_changes_nothing(intake: Walker, field: str, value: str) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        before = len(await intake.one.events(PersonDescribed))
        page = await here.post("/account", data=DETAILS | {field: value})
        assert (page.status_code, heading(page)) == (422, "Your account")
        assert f'href="#field-{field.replace("_", "-")}"' in page.text
        assert 'value="Ada"' in page.text or field == "name"
        assert len(await intake.one.events(PersonDescribed)) == before


async def test_a_stranger_is_led_to_sign_in_and_back(intake: Walker) -> None:
    async with browsing(intake) as here:
        assert went(await here.get("/account")) == (303, "/sign-in?next=%2Faccount")
        sent = await here.post("/account", data=DETAILS, headers={"Referer": "http://127.0.0.1/account"})
        assert (sent.status_code, heading(sent)) == (401, "Not saved: you are signed out")
        assert (typed(sent, "name"), typed(sent, "institution")) == (DETAILS["name"], DETAILS["institution"])
        assert 'href="/sign-in?next=%2Faccount"' in sent.text


async def test_sessions_are_listed_in_words_until_they_are_void_or_over(intake: Walker) -> None:
    await intake.sign_in("ada@example.org")
    async with browsing(intake) as here:
        intake.one.clock.move(minutes=1)
        await sign_in_by_page(intake, here, "ada@example.org")
        said = words(await here.get("/account"))
        assert "Firefox on Linux This one Since" in said
        assert "A program or an unknown browser Since" in said
        rows = await intake.one.database.pool.fetch("SELECT s::text AS row FROM sessions s")
        assert [row["row"] for row in rows if "127.0.0.1" in row["row"] or "Mozilla" in row["row"]] == []

        intake.one.clock.move(hours=7, minutes=59)
        said = words(await here.get("/account"))
        assert ("Firefox on Linux This one" in said, "unknown browser" in said) == (True, False)
        await intake.one.run_job("forget-links")
        assert await intake.one.database.pool.fetchval("SELECT count(*) FROM sessions") == 1

        await here.post("/sign-out")
        assert await intake.one.database.pool.fetchval("SELECT count(*) FROM sessions") == 0
        intake.one.clock.move(seconds=1)
        await sign_in_by_page(intake, here, "ada@example.org")
        assert words(await here.get("/account")).count("Since") == 1


async def test_a_button_pressed_twice_begins_one_session(intake: Walker) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        await here.post("/sign-in", data={"token": await intake.last_token()})
        assert await intake.one.database.pool.fetchval("SELECT count(*) FROM sessions") == 1


async def test_a_language_is_chosen_for_the_browser_and_for_the_account(intake: Walker) -> None:
    async with browsing(intake) as here:
        chosen = await here.post("/language", data={"language": "es", "next": "/credentials/weaving?a=1"})
        assert went(chosen) == (303, "/credentials/weaving?a=1")
        page = await here.get("/credentials/weaving?a=1")
        assert '<html lang="es">' in page.text
        assert '<input type="hidden" name="next" value="/credentials/weaving?a=1">' in page.text
        assert (await here.post("/language", data={"language": "tlh"})).status_code == 422

        await sign_in_by_page(intake, here, "ada@example.org")
        await here.post("/language", data={"language": "en", "next": "/"})
        said = (await intake.one.events(PersonDescribed))[-1]
        assert isinstance(said, PersonDescribed)
        assert said.language == "en"
    async with browsing(intake, "es") as there:
        assert '<html lang="es">' in (await there.get("/")).text
        await sign_in_by_page(intake, there, "ada@example.org")
        assert '<html lang="en">' in (await there.get("/")).text
