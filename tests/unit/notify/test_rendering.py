"""Templates: all of them render, in the reader's language and zone, and nothing in a fact becomes markup or a
header."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from contracts.event import Event
from services.notify import domain, rendering
from services.notify.domain import Addresses
from services.notify.rendering import NoTemplate, Rendered, Renderer
from tests.unit.notify import events

ADDRESSES = Addresses(intake="https://intake.example", review="https://review.example")
LINK = f"https://intake.example/api/applications/{events.APPLICATION}"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer("The program")


def render(
    renderer: Renderer,
    event: Event,
    *,
    name: str = "Ann",
    language: str = "en",
    zone: str = "America/Chicago",
    **more: object,
) -> Rendered:
    draft = domain.draft(event, events.NOON, ADDRESSES) or domain.notice(event, ADDRESSES)
    assert draft is not None
    facts = {
        **draft.facts,
        "name": name,
        "link": draft.facts.get("link", "https://intake.example/sign-in?token=t"),
        "linkedin": "https://l.example",
    }
    return renderer.render(draft.template, language, zone, facts | {"credential": events.NAME} | more)


@pytest.mark.parametrize("event", [*events.MAILED, *events.NOTICES], ids=lambda event: event.TYPE)
def test_every_mail_renders_with_its_link(renderer: Renderer, event: Event) -> None:
    mail = render(renderer, event)
    assert mail.text.startswith("Hello Ann,\n\n")
    assert mail.text.endswith("\n\nThe program\n")
    assert "https://" in mail.text
    assert 'href="https://' in mail.html
    assert f"<title>{mail.subject}</title>" in mail.html
    assert events.SECRET not in mail.text + mail.html


def test_every_template_is_asked_for_by_some_event() -> None:
    drafts = [
        domain.draft(event, events.NOON, ADDRESSES) or domain.notice(event, ADDRESSES)
        for event in (*events.MAILED, *events.NOTICES)
    ]
    assert {file.stem for file in (rendering.FOLDER / "en").glob("*.txt")} == {
        draft.template for draft in drafts if draft is not None
    }


def test_fee_due_as_it_is_read(renderer: Renderer) -> None:
    mail = render(renderer, events.FEE_DUE)
    assert (mail.subject, mail.text) == (
        "The application fee for Community Engagement Fundamentals",
        "Hello Ann,\n\nYour application for Community Engagement Fundamentals has begun. The next"
        " step is the application fee of 60.00 USD.\n\n"
        f"Pay it, and see what comes next:\n{LINK}\n\nThe program\n",
    )


def test_what_staff_read_of_a_case_that_cannot_be_staffed(renderer: Renderer) -> None:
    mail = render(renderer, events.UNSTAFFED)
    assert mail.subject == "Nobody can be found to judge submission S-2026-0001"
    assert (
        "Submission S-2026-0001 for Community Engagement Fundamentals waits, and nobody can"
        " be found for this part of its panel:\n\n"
        "- 1 chair\n- 2 reviewers\n\nWhat would help:\n\n- Invite reviewers and chairs of other institutions."
        in mail.text
    )
    assert "- Assign somebody by hand." in mail.text
    assert "<li>1 chair</li>\n<li>2 reviewers</li>" in mail.html


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("America/Chicago", "Monday 7 December 2026, 17:00 CST"),
        ("Asia/Tokyo", "Tuesday 8 December 2026, 08:00 JST"),
        ("UTC", "Monday 7 December 2026, 23:00 UTC"),
        ("Moon/Tranquility", "Monday 7 December 2026, 23:00 UTC"),
        ("../../etc/passwd", "Monday 7 December 2026, 23:00 UTC"),
        ("", "Monday 7 December 2026, 23:00 UTC"),
    ],
)
def test_times_are_in_the_reader_s_zone(renderer: Renderer, zone: str, shown: str) -> None:
    assert f"It is due on {shown}." in render(renderer, events.ASSIGNED, zone=zone).text


def test_a_nameless_person_is_greeted_too(renderer: Renderer) -> None:
    assert render(renderer, events.PAID, name="").text.startswith("Hello,\n\n")


def test_a_name_is_text_in_html_and_not_escaped_in_plain_text(renderer: Renderer) -> None:
    mail = render(renderer, events.FEE_DUE, name="<b>A & B</b>", credential="Equity & Inclusion")
    assert "Hello &lt;b&gt;A &amp; B&lt;/b&gt;," in mail.html
    assert mail.text.startswith("Hello <b>A & B</b>,")
    assert mail.subject == "The application fee for Equity & Inclusion"
    assert "<title>The application fee for Equity &amp; Inclusion</title>" in mail.html


def test_a_fact_cannot_add_a_header(renderer: Renderer) -> None:
    assert render(renderer, events.FEE_DUE, credential="X\r\nBcc: all@example.org\n\nboo").subject.startswith(
        "The application fee for X Bcc: all@example.org"
    )


def test_a_receipt_and_a_remainder_are_named_only_where_there_is_one(renderer: Renderer) -> None:
    assert "Receipt: https://pay.example/r" in render(renderer, events.PAID).text
    assert "eceipt" not in render(renderer, events.PAID, receipt_url=None).text
    assert "We keep 35.00 USD." in render(renderer, events.REFUNDED).text
    assert "We keep" not in render(renderer, events.REFUNDED, remaining={"amount_minor": 0, "currency": "usd"}).text


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(6000, "usd", "60.00 USD"), (5, "eur", "0.05 EUR"), (0, "usd", "0.00 USD"), (500, "jpy", "500 JPY")],
)
def test_money(minor: int, currency: str, shown: str) -> None:
    assert rendering.money({"amount_minor": minor, "currency": currency}) == shown


def test_an_unknown_template_is_an_error_that_names_the_file_to_add(renderer: Renderer) -> None:
    with pytest.raises(NoTemplate, match=r"add templates/en/link\.letter\.txt and \.html"):
        renderer.render("link.letter", "en", "UTC", {})


def test_a_template_cannot_be_reached_by_a_path(renderer: Renderer) -> None:
    with pytest.raises(NoTemplate):
        renderer.render("../../migrations/0001_mails", "../..", "UTC", {})


def test_a_missing_fact_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(UndefinedError):
        renderer.render("fee_due", "en", "UTC", {"name": "Ann", "link": "x", "credential": "c"})


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "Guten Tag"), ("DE-at", "Guten Tag"), ("pt-BR", "Oi"), ("pt", "Hello"), ("xx", "Hello"), ("", "Hello")],
)
def test_a_language_falls_back_to_its_main_language_and_then_to_english(
    tmp_path: Path, language: str, said: str
) -> None:
    for folder, word in (("en", "Hello"), ("de", "Guten Tag"), ("pt-BR", "Oi")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "greeting.txt").write_text(f"Subject: {word}\n\n{word} {{{{ name }}}}")
        (tmp_path / folder / "greeting.html").write_text(f"<p>{word} {{{{ name }}}}")
    mail = Renderer("me", tmp_path).render("greeting", language, "UTC", {"name": "<Ann>"})
    assert mail == Rendered(said, f"{said} <Ann>\n", f"<p>{said} &lt;Ann&gt;")
