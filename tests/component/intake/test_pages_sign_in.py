"""Pages to ask for a link, and the page after sign-in."""

from urllib.parse import quote

import pytest

from contracts.events.links import LinkIssued
from contracts.events.people import PersonDescribed
from contracts.session import COOKIE
from services.intake.domain.links import onward
from tests.component.conftest import StartService
from tests.component.intake.browser import ask_by_page, browsing, heading, sign_in_by_page, went, words
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import Walker

HOSTILE = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "evil.example",
    "/\t/evil.example",
    "/applications\r\nSet-Cookie: a=b",
    '/"><script>',
    "/" + "a" * 2001,
    "/sign-in",
    "/sign-in?next=/sign-in",
    "/sign-in/abc",
    "/sign-out",
]


@pytest.mark.parametrize("next", HOSTILE)
async def test_nobody_is_led_to_what_is_no_page_of_ours(intake: Walker, next: str) -> None:
    async with browsing(intake) as here:
        form = await here.get("/sign-in", params={"next": next})
        assert '<input type="hidden" name="next" value="">' in form.text
        assert went(await here.post("/sign-in", data={"email": "ada@example.org", "next": next})) == (
            303,
            "/sign-in/sent",
        )
        assert went(await here.post("/sign-in", data={"token": await intake.last_token()})) == (303, "/applications")
        assert '<a class="button" href="/applications">' in (await here.get("/sign-in", params={"next": next})).text
        assert went(await here.post("/language", data={"language": "es", "next": next}))[0] == 303


@pytest.mark.parametrize("next", ["/account", "/payments/1?from=mail#x", "/ops/dead-letters?after=1.2", "/ñ"])
async def test_everybody_else_is_where_they_wanted_to_go(intake: Walker, next: str) -> None:
    assert onward(next) == next
    async with browsing(intake) as here:
        pressed = await sign_in_by_page(intake, here, "ada@example.org", next)
        assert went(pressed) == (303, quote(next, safe=":/%#?=@[]!$&'()*+,;"))


async def test_who_opens_the_link_in_another_browser_is_there_too(intake: Walker) -> None:
    async with browsing(intake) as here, browsing(intake) as there:
        token = await ask_by_page(intake, here, "ada@example.org", "/account")
        await there.get(f"/sign-in?token={token}")
        assert went(await there.post("/sign-in", data={"token": token})) == (303, "/account")
        assert COOKIE in there.cookies
        # The first browser is too late, and can ask for a new one that leads to the same place.
        late = await here.post("/sign-in", data={"token": token})
        assert (late.status_code, heading(late)) == (401, "This link does not sign you in")
        assert '<input type="hidden" name="next" value="/account">' in late.text
        assert 'value="ada@example.org"' in late.text
        assert COOKIE not in here.cookies
        # Who is signed in already is told so.
        intake.one.clock.move(minutes=2)
        again = await there.post("/sign-in", data={"token": token})
        assert (again.status_code, "You are signed in already" in words(again)) == (401, True)


async def test_a_link_that_is_too_old_or_never_was_offers_a_new_one(intake: Walker) -> None:
    async with browsing(intake) as here:
        token = await ask_by_page(intake, here, "ada@example.org", "/account")
        intake.one.clock.move(minutes=15)
        for given, next in ((token, "/account"), ("x" * 43, ""), ("", "")):
            page = await here.post("/sign-in", data={"token": given})
            assert (page.status_code, heading(page)) == (401, "This link does not sign you in")
            assert f'<input type="hidden" name="next" value="{next}">' in page.text


async def test_the_answer_is_the_same_whether_or_not_the_address_is_known(intake: Walker) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
    seen = []
    for email in ("ada@example.org", "eve@example.org"):
        async with browsing(intake) as here:
            asked = await here.post("/sign-in", data={"email": email})
            sent = await here.get(asked.headers["location"])
            seen.append((went(asked), words(sent).replace(email, "...")))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a b@example.org", "ada@example.org\x00"])
async def test_an_address_that_is_none_comes_back_with_what_was_typed(intake: Walker, email: str) -> None:
    async with browsing(intake) as here:
        page = await here.post("/sign-in", data={"email": email, "next": "/account"})
        assert (page.status_code, heading(page)) == (422, "Sign in by e-mail")
        assert '<input type="hidden" name="next" value="/account">' in page.text
        assert 'aria-invalid="true"' in page.text
        assert "<title>Error: " in page.text
    assert await intake.one.events(LinkIssued) == []


async def test_who_asks_too_often_gets_the_form_again_and_is_told_when(service: StartService) -> None:
    intake = Walker(await service("intake", program_dir=PROGRAM, sign_in_per_address="2 per 15 minutes"))
    async with browsing(intake) as here:
        answers = [await here.post("/sign-in", data={"email": "ada@example.org"}) for _ in range(3)]
        assert [one.status_code for one in answers] == [303, 303, 429]
        assert answers[2].headers["retry-after"] == "900"
        assert 'value="ada@example.org"' in answers[2].text
        assert "Try again in 900 seconds." in words(answers[2])
    assert len(await intake.one.events(LinkIssued)) == 2


async def test_a_new_account_reads_the_language_of_its_browser_and_a_known_one_its_own(intake: Walker) -> None:
    async with browsing(intake, "es-MX,es;q=0.9,en;q=0.5") as here:
        await ask_by_page(intake, here, "ada@example.org")
        await sign_in_by_page(intake, here, "ada@example.org")
        assert '<html lang="es">' in (await here.get("/account")).text
    async with browsing(intake, "en-GB") as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        assert '<html lang="es">' in (await here.get("/account")).text
    described = await intake.one.events(PersonDescribed)
    assert [(one.version, one.kind, one.language) for one in described] == [  # type: ignore[attr-defined]
        (1, "contact", "es"),
        (2, "account", "es"),
    ]


async def test_another_language_leaves_the_links_of_a_contact_alone(intake: Walker) -> None:
    async with browsing(intake, "es") as here, browsing(intake, "en") as there:
        first = await ask_by_page(intake, here, "ada@example.org")
        await ask_by_page(intake, there, "ada@example.org")
        assert (await here.post("/sign-in", data={"token": first})).status_code == 303


async def test_the_menu_knows_the_name_until_the_sign_out(intake: Walker) -> None:
    ada = await intake.sign_in("ada@example.org")
    await intake.start(ada)
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        await here.post("/account", data={"name": "Ada Lovelace", "language": "en", "time_zone": "UTC"})
        assert '<span class="visually-hidden">Account of </span>Ada Lovelace</span>' in (await here.get("/")).text
        intake.one.clock.move(seconds=1)
        out = await here.post("/sign-out")
        assert went(out) == (303, "/")
        home = await here.get("/")
        assert "You are signed out, here and everywhere else." in words(home)
        assert "Ada Lovelace" not in home.text
        assert "signed out" not in (await here.get("/")).text
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, "ada@example.org")
        assert "Ada Lovelace" in (await here.get("/")).text
