"""Pages around a service's templates: policy, fragments, refused forms, refusals, messages about what was done."""

from pathlib import Path

import httpx
import jinja2
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from contracts.refusals import Fault, Invalid, NotNow, NotSignedIn, NotThere, Text, TooOften, WrongState
from web import flash, forms
from web.rendering import Demonstration, Pages
from web.visitor import Visitor

PAGE = """
{% extends "layout.html" %}
{% block title %}A thing{% endblock %}
{% block content %}
<h1>A thing</h1>
{% block counter %}<p id="counter">{{ count | number }}</p>{% endblock %}
{{ kit.error_summary(form) }}{{ kit.field(form, "name", "Your name", hint="As on the badge", required=true) }}
{% endblock %}
"""


def site(folder: Path, **options: object) -> tuple[FastAPI, Pages]:
    (folder / "templates" / "toy").mkdir(parents=True)
    (folder / "templates" / "toy" / "thing.html").write_text(PAGE)
    pages = Pages(folder, flashes={"saved": Text("Your name is saved.")}, **options)  # type: ignore[arg-type]
    api = FastAPI()

    @api.get("/thing")
    async def thing(request: Request) -> Response:
        return await pages.show(request, "toy/thing.html", fragment="counter", count=1042, form=forms.Form())

    @api.post("/thing")
    async def change(request: Request) -> Response:
        typed = await forms.typed(request)
        if typed.get("name") == ["saved"]:
            return flash.done("/thing", "saved")
        refused = Invalid(Fault("name", Text("is taken; choose another than %(name)s", name=typed["name"][0])))
        return await pages.show_again(request, "toy/thing.html", typed, refused, count=0)

    return api, pages


def client(api: FastAPI, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=api)
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)


async def test_a_page_has_one_policy_and_says_what_it_depends_on(tmp_path: Path) -> None:
    api, _ = site(tmp_path, form_targets=["https://checkout.stripe.com"])
    async with client(api) as browser:
        page = await browser.get("/thing")
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self'; form-action 'self' https://checkout.stripe.com; frame-ancestors 'none'; base-uri 'none'"
    )
    assert page.headers["vary"] == "Accept, Accept-Language, Cookie, HX-Request"
    assert '<html lang="en">' in page.text
    assert '<p id="counter">1,042</p>' in page.text
    assert "Demonstration" not in page.text


async def test_htmx_gets_the_fragment_alone(tmp_path: Path) -> None:
    api, _ = site(tmp_path)
    async with client(api, **{"HX-Request": "true", "Accept-Language": "es"}) as browser:
        assert (await browser.get("/thing")).text == '<p id="counter">1.042</p>'


async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(tmp_path: Path) -> None:
    api, _ = site(tmp_path)
    async with client(api) as browser:
        page = await browser.post("/thing", data={"name": 'Robin "<b>"'})
    assert page.status_code == 422
    assert 'value="Robin &#34;&lt;b&gt;&#34;"' in page.text
    assert (
        page.text.count("is taken; choose another than Robin &#34;&lt;b&gt;&#34;") == 2
    )  # on top, and beside the field
    assert 'aria-describedby="field-name-hint field-name-error" aria-invalid="true"' in page.text
    assert '<a href="#field-name">' in page.text


async def test_what_was_done_is_said_once_and_only_by_us(tmp_path: Path) -> None:
    api, _ = site(tmp_path)
    async with client(api) as browser:
        done = await browser.post("/thing", data={"name": "saved"})
        assert (done.status_code, done.headers["location"]) == (303, "/thing")
        assert "Your name is saved." in (await browser.get("/thing")).text
        assert "Your name is saved." not in (await browser.get("/thing")).text
        browser.cookies.set(flash.COOKIE, "You won 5000 USD")
        assert "You won" not in (await browser.get("/thing")).text


@pytest.mark.parametrize(
    ("refused", "heading", "words"),
    [
        (
            NotThere(Text("You have no application %(id)s.", id=7)),
            "There is no such page",
            "You have no application 7.",
        ),
        (WrongState(Text("It is submitted.")), "That is not possible now", "It is submitted."),
        (TooOften(30), "You did that too often", "Try again in 30 seconds."),
        (NotNow(Text("The database is away.")), "Not available at the moment", "The database is away."),
        (
            Invalid(Fault("essay", Text("is missing"))),
            "Something needs another value",
            "<code>essay</code>: is missing",
        ),
    ],
)
async def test_a_refusal_is_a_page(
    tmp_path: Path, refused: WrongState | NotThere | TooOften | NotNow | Invalid, heading: str, words: str
) -> None:
    api, pages = site(tmp_path, help_address="help@example.org")

    @api.get("/refused")
    async def refuse(request: Request) -> Response:
        return await pages.refuse(request, refused, refused.status)

    async with client(api) as browser:
        page = await browser.get("/refused")
    assert page.status_code == refused.status
    assert f"<h1>{heading}</h1>" in page.text
    assert words in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers.get("retry-after") == (
        str(refused.retry_after_seconds) if refused.retry_after_seconds else None
    )


async def test_who_is_not_signed_in_is_led_there_and_back(tmp_path: Path) -> None:
    api, pages = site(tmp_path)

    @api.api_route("/mine", methods=["GET", "POST"])
    async def mine(request: Request) -> Response:
        return await pages.refuse(request, NotSignedIn(Text("Sign in first.")), 401)

    async with client(api) as browser:
        asked = await browser.get("/mine?a=1&b=2")
        assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Fmine%3Fa%3D1%26b%3D2")
        sent = await browser.post("/mine", headers={"Referer": "http://test/form?x=y"})
        assert sent.headers["location"] == "/sign-in?next=%2Fform%3Fx%3Dy"
        evil = await browser.post("/mine", headers={"Referer": "http://test//evil.example/"})
        assert evil.headers["location"] == "/sign-in"


def test_a_fact_that_is_missing_is_an_error(tmp_path: Path) -> None:
    _, pages = site(tmp_path)
    with pytest.raises(jinja2.UndefinedError):
        pages.render("toy/thing.html", Visitor(), form=forms.Form())


def test_the_demonstration_says_who_can_sign_in(tmp_path: Path) -> None:
    _, pages = site(tmp_path, demonstration=Demonstration(["admin@example.org"], "http://127.0.0.1:8025"))
    page = pages.render("toy/thing.html", Visitor(), form=forms.Form(), count=0)
    assert "<code>admin@example.org</code>" in page
    assert 'href="http://127.0.0.1:8025"' in page
