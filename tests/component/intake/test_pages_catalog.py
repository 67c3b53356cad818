"""The home page, a credential's page, and the page to begin an application."""

import asyncio
import re
from uuid import UUID

import pytest

from contracts.events.applications import ApplicationStarted
from tests.component.intake.browser import ask_by_page, browsing, heading, sign_in_by_page, went, words
from tests.component.intake.walker import Walker

BEGIN = "/credentials/weaving/begin"
PAUSE = """
    UPDATE credentials SET state = 'paused', published = published + 1,
        definition = jsonb_set(definition, '{state}', '"paused"')
    WHERE slug = 'weaving'
"""


async def test_the_home_page_shows_the_catalog_in_all_its_states(intake: Walker) -> None:
    async with browsing(intake) as here:
        page = await here.get("/")
        assert page.status_code == 200
        catalog = (await here.get("/api/credentials", headers={"Accept": "application/json"})).json()["items"]
        shown = re.findall(r'data-state="(\w+)".*?<a href="/credentials/([a-z-]+)">', page.text, re.DOTALL)
        assert sorted((slug, state) for state, slug in shown) == sorted((one["slug"], one["state"]) for one in catalog)
        assert len({state for state, _ in shown}) > 1
        assert 'id="how"' in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        for name in re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text):
            assert (await here.get(name)).status_code == 200


async def test_a_credentials_page_shows_what_is_judged_and_asked_and_how(intake: Walker) -> None:
    async with browsing(intake) as here:
        page = await here.get("/credentials/weaving")
        whole = (await here.get("/api/credentials/weaving", headers={"Accept": "application/json"})).json()
        said = words(page)
        told = [
            whole["name"],
            *(item["name"] for group in whole["groups"] for item in group["items"]),
            *(question for group in whole["groups"] for item in group["items"] for question in item["questions"]),
            *(one["name"] for one in whole["requirements"]),
            *(level["name"] for level in whole["rubric"]["levels"]),
            *(one["title"] for one in whole["resources"]),
            "$60.00",
        ]
        assert [text for text in told if text not in said] == []
        assert f'<form class="actions" method="post" action="{BEGIN}">' in page.text


@pytest.mark.parametrize("slug", ["spinning", "dyeing"])
async def test_of_what_is_not_open_the_page_says_so_and_has_no_button(intake: Walker, slug: str) -> None:
    async with browsing(intake) as here:
        page = await here.get(f"/credentials/{slug}")
        assert page.status_code == 200
        assert "Nobody can apply now" in words(page)
        assert "/begin" not in page.text
        await sign_in_by_page(intake, here, "ada@example.org")
        refused = await here.post(f"/credentials/{slug}/begin")
        assert (refused.status_code, "applications can be started only" in words(refused)) == (409, True)
        ready = await here.get(f"/credentials/{slug}/begin")
        assert (ready.status_code, f'action="/credentials/{slug}/begin"' in ready.text) == (200, False)
    assert await intake.one.events(ApplicationStarted) == []


async def test_what_is_not_in_the_catalog_is_a_page_that_is_not_there(intake: Walker) -> None:
    async with browsing(intake) as here:
        for address in ("/credentials/nothing", "/credentials/%01", "/credentials/nothing/begin", "/nothing"):
            page = await here.get(address, follow_redirects=True)
            if address.endswith("/begin"):
                assert heading(page) == "Sign in by e-mail"
                continue
            assert (page.status_code, heading(page)) == (404, "There is no such page")
            assert page.headers["x-correlation-id"] in page.text
        assert (await here.post("/credentials/nothing/begin")).status_code == 404
        program = await here.get("/nothing", headers={"Accept": "*/*"})
        assert (program.status_code, program.json()["type"]) == (404, "not_found")


async def test_a_stranger_who_begins_signs_in_with_one_press_and_is_at_the_begun_application(intake: Walker) -> None:
    async with browsing(intake) as here:
        led = await here.post(BEGIN)
        assert went(led) == (303, "/sign-in?next=%2Fcredentials%2Fweaving%2Fbegin")
        form = await here.get(led.headers["location"])
        assert f'<input type="hidden" name="next" value="{BEGIN}">' in form.text
        assert "You wanted to begin an application for Weaving" in words(form)
        asked = await here.post("/sign-in", data={"email": "ada@example.org", "next": BEGIN})
        assert went(asked) == (303, "/sign-in/sent?next=%2Fcredentials%2Fweaving%2Fbegin")
        sent = await here.get(asked.headers["location"])
        assert "If ada@example.org can receive mail" in words(sent)

        token = await intake.last_token()
        button = await here.get(f"/sign-in?token={token}")
        assert "Sign in and begin your application" in words(button)
        assert await intake.one.events(ApplicationStarted) == []
        # Pressed twice it is one wish.
        first, second = await asyncio.gather(*(here.post("/sign-in", data={"token": token}) for _ in range(2)))
        assert went(first) == went(second)
        started = await intake.one.events(ApplicationStarted)
        assert [f"/applications/{one.application_id}" for one in started] == [first.headers["location"]]  # type: ignore[attr-defined]
        assert heading(await here.get(first.headers["location"])) == "Weaving"

        # Whoever comes once more goes on with the same one, by the button and by the address.
        assert went(await here.post(BEGIN)) == went(first)
        assert went(await here.get(BEGIN)) == went(first)
        assert "Go on with your application" in words(await here.get("/credentials/weaving"))


async def test_opening_the_address_of_the_button_begins_nothing(intake: Walker) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        page = await here.get(BEGIN)
        assert (page.status_code, heading(page)) == (200, "Begin your application for Weaving")
        assert await intake.one.events(ApplicationStarted) == []
        status, address = went(await here.post(BEGIN))
        assert (status, UUID(address.removeprefix("/applications/")).version) == (303, 4)


async def test_a_link_towards_what_cannot_be_begun_signs_in_and_shows_why(intake: Walker) -> None:
    async with browsing(intake) as here:
        token = await ask_by_page(intake, here, "ada@example.org", "/credentials/spinning/begin")
        button = await here.get(f"/sign-in?token={token}")
        assert "begin" not in words(button).lower()
        assert went(await here.post("/sign-in", data={"token": token})) == (303, "/credentials/spinning")
    assert await intake.one.events(ApplicationStarted) == []


async def test_another_site_begins_nothing(intake: Walker) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        refused = await here.post(BEGIN, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403
    assert await intake.one.events(ApplicationStarted) == []


async def test_what_programs_ask_every_site_for(intake: Walker) -> None:
    async with browsing(intake) as here:
        robots = await here.get("/robots.txt")
        assert (robots.headers["content-type"], "Disallow: /applications" in robots.text) == (
            "text/plain; charset=utf-8",
            True,
        )
        icon = await here.get("/favicon.ico", follow_redirects=True)
        assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")


async def test_pressed_at_the_same_instant_it_begins_one_application(intake: Walker) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        answers = await asyncio.gather(*(here.post(BEGIN) for _ in range(6)))
        assert {went(one) for one in answers} == {went(answers[0])}
        assert answers[0].status_code == 303
    assert len(await intake.one.events(ApplicationStarted)) == 1


async def test_what_is_under_way_goes_on_when_the_credential_is_paused(intake: Walker) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        begun = await here.post(BEGIN)
        await intake.one.database.pool.execute(PAUSE)
        assert "Go on with your application" in words(await here.get("/credentials/weaving"))
        assert went(await here.post(BEGIN)) == went(begun)
        assert "Paused" in words(await here.get("/"))
