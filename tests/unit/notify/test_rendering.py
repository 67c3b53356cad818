"""Templates: a mail is in the reader's language and zone, and nothing in a fact becomes markup, a line or a header."""

import pytest
from jinja2 import UndefinedError

from contracts.event import Event
from services.notify.domain import occasions
from services.notify.rendering import NoTemplate, Rendered, Renderer
from tests.unit.notify import events

PUBLIC_URL = "https://program.example"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer("The program", PUBLIC_URL)


def render(
    renderer: Renderer,
    event: Event,
    *,
    name: str = "Ann",
    language: str = "en",
    zone: str = "America/Chicago",
    **more: object,
) -> Rendered:
    occasion = occasions.occasion(event, events.NOON) or occasions.notice(event)
    assert occasion is not None
    facts = {**occasion.facts, "name": name, "credential": events.NAME, "linkedin": "https://l.example"}
    return renderer.render(occasion.template, language, zone, facts | more)


def test_fee_due_as_it_is_read(renderer: Renderer) -> None:
    mail = render(renderer, events.FEE_DUE)
    assert (mail.subject, mail.text) == (
        "The application fee for Community Engagement Fundamentals",
        "Hello Ann,\n\nYour application for Community Engagement Fundamentals has begun. The next"
        " step is the application fee of $60.00. When it is paid, your application opens, and you can go on.\n\n"
        f"Pay $60.00:\n{PUBLIC_URL}/payments/{events.APPLICATION}\n\nThe program\n\n"
        f"Change your language or time zone:\n{PUBLIC_URL}/account\n",
    )


def test_the_same_in_spanish(renderer: Renderer) -> None:
    mail = render(renderer, events.FEE_DUE, language="es")
    assert (mail.subject, mail.text) == (
        "La tarifa de solicitud de Community Engagement Fundamentals",
        "Hola, Ann:\n\nSu solicitud de Community Engagement Fundamentals ha comenzado. El siguiente paso es pagar la"
        " tarifa de solicitud: 60,00\u00a0US$. Cuando esté pagada, su solicitud se abrirá y podrá continuar.\n\n"
        f"Pagar 60,00\u00a0US$:\n{PUBLIC_URL}/payments/{events.APPLICATION}\n\nThe program\n\n"
        f"Cambiar su idioma o zona horaria:\n{PUBLIC_URL}/account\n",
    )
    assert '<html lang="es"' in mail.html


@pytest.mark.parametrize(
    ("wanted", "got"),
    [("en", "en"), ("es", "es"), ("es-MX", "es"), ("ES", "es"), ("fr", "en"), ("", "en"), ("../../etc", "en")],
)
def test_a_language_that_we_do_not_have_is_english(renderer: Renderer, wanted: str, got: str) -> None:
    mail = render(renderer, events.PAID, language=wanted)
    assert mail == render(renderer, events.PAID, language=got)
    assert f'<html lang="{got}"' in mail.html


def test_what_staff_read_of_a_case_that_cannot_be_staffed(renderer: Renderer) -> None:
    mail = render(renderer, events.UNSTAFFED)
    assert mail.subject == "Nobody can be found to judge submission S-2026-0001"
    assert (
        "Submission S-2026-0001 for Community Engagement Fundamentals waits for a panel. Nobody"
        " can be found for these seats:\n\n"
        "- 1 chair\n- 2 reviewers\n\nWhat would help:\n\n- Invite reviewers and chairs of other institutions."
        in mail.text
    )
    assert "\n- Assign somebody by hand." in mail.text
    assert "- 1 persona para la presidencia\n- 2 personas revisoras\n\n" in (
        render(renderer, events.UNSTAFFED, language="es").text
    )


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("reviewer", "judge submission S-2026-0001 as a reviewer."),
        ("chair", "judge submission S-2026-0001 as the chair of its panel."),
        ("observer", "take part in the panel for submission S-2026-0001."),
    ],
)
def test_roles_are_told_in_words_and_one_of_the_future_without_its_name(
    renderer: Renderer, role: str, said: str
) -> None:
    assert f"You are asked to {said} Before you can read it" in render(renderer, events.ASSIGNED, role=role).text
    assert role not in render(renderer, events.ASSIGNED, role=role, language="es").text


@pytest.mark.parametrize(
    ("language", "zone", "shown"),
    [
        ("en", "America/Chicago", "It is due on Monday, December 7, 2026, 5:00\u202fPM CST."),
        ("en", "Asia/Tokyo", "It is due on Tuesday, December 8, 2026, 8:00\u202fAM Japan Standard Time."),
        ("en", "UTC", "It is due on Monday, December 7, 2026, 11:00\u202fPM UTC."),
        ("en", "Moon/Tranquility", "It is due on Monday, December 7, 2026, 11:00\u202fPM UTC."),
        ("en", "../../etc/passwd", "It is due on Monday, December 7, 2026, 11:00\u202fPM UTC."),
        ("en", "", "It is due on Monday, December 7, 2026, 11:00\u202fPM UTC."),
        (
            "es",
            "America/Chicago",
            "El plazo termina el lunes, 7 de diciembre de 2026, 17:00 hora estándar central.",
        ),
        ("es", "Moon/Tranquility", "El plazo termina el lunes, 7 de diciembre de 2026, 23:00 UTC."),
    ],
)
def test_times_are_in_the_reader_s_zone_with_its_name(renderer: Renderer, language: str, zone: str, shown: str) -> None:
    mail = render(renderer, events.ASSIGNED, language=language, zone=zone)
    assert f"\n{shown}\n" in mail.text
    assert f">{shown}<" in mail.html


def test_a_nameless_person_is_greeted_too(renderer: Renderer) -> None:
    assert render(renderer, events.PAID, name="").text.startswith("Hello,\n\n")
    assert render(renderer, events.PAID, name="", language="es").text.startswith("Hola:\n\n")


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_name_is_text_in_html_and_not_escaped_in_plain_text(renderer: Renderer, language: str) -> None:
    mail = render(
        renderer, events.FEE_DUE, language=language, name="<b>A & B</b> %(fee)s {{ fee }}", credential='Equity & "<i>'
    )
    assert "&lt;b&gt;A &amp; B&lt;/b&gt; %(fee)s {{ fee }}" in mail.html
    assert "<b>" not in mail.html
    assert "<i>" not in mail.html
    assert " <b>A & B</b> %(fee)s {{ fee }}" in mail.text
    assert mail.subject.endswith(' Equity & "<i>')
    assert " Equity &amp; &#34;&lt;i&gt;</title>" in mail.html


def test_an_address_cannot_leave_its_attribute(renderer: Renderer) -> None:
    mail = render(renderer, events.PAID, receipt_url='https://pay.example/"onclick="x')
    assert 'href="https://pay.example/&#34;onclick=&#34;x"' in mail.html


def test_a_fact_cannot_add_a_header(renderer: Renderer) -> None:
    mail = render(renderer, events.FEE_DUE, credential="X\r\nBcc: all@example.org\n\nboo")
    assert mail.subject == "The application fee for X Bcc: all@example.org boo"


@pytest.mark.parametrize("breaks", ["\n\n", "\r\n", "\r", "\u2028", "\x85", "\x0b", "\x1c"])
def test_a_fact_cannot_begin_a_line_of_plain_text(renderer: Renderer, breaks: str) -> None:
    mail = render(renderer, events.FEE_DUE, name=f"Ann{breaks}Sign in: https://evil.example")
    assert mail.text.startswith("Hello Ann Sign in: https://evil.example,\n\nYour application")
    assert len(mail.text.splitlines()) == len(render(renderer, events.FEE_DUE).text.splitlines())


def test_a_receipt_and_a_remainder_are_named_only_where_there_is_one(renderer: Renderer) -> None:
    assert "Receipt:\nhttps://pay.example/r\n" in render(renderer, events.PAID).text
    assert "eceipt" not in render(renderer, events.PAID, receipt_url=None).text
    assert "We keep $35.00." in render(renderer, events.REFUNDED).text
    assert "We keep" not in render(renderer, events.REFUNDED, remaining={"amount_minor": 0, "currency": "usd"}).text
    assert "We sent back $25.00 of your application fee." in render(renderer, events.REFUNDED).text
    assert "We sent back $25.00 of your renewal fee." in render(renderer, events.REFUNDED, renewal=True).text


@pytest.mark.parametrize(
    ("minor", "currency", "english", "spanish"),
    [
        (6000, "usd", "$60.00", "60,00\u00a0US$"),
        (5, "eur", "€0.05", "0,05\u00a0€"),
        (0, "usd", "$0.00", "0,00\u00a0US$"),
        (500, "jpy", "¥500", "500\u00a0JPY"),
        (123456789, "usd", "$1,234,567.89", "1.234.567,89\u00a0US$"),
    ],
)
def test_money_as_the_language_writes_it(
    renderer: Renderer, minor: int, currency: str, english: str, spanish: str
) -> None:
    amount = {"amount_minor": minor, "currency": currency}
    assert render(renderer, events.REFUNDED, amount=amount).subject == f"A refund of {english}"
    assert render(renderer, events.REFUNDED, amount=amount, language="es").subject == f"Un reembolso de {spanish}"


def test_an_unknown_template_is_an_error_that_names_the_file_to_add(renderer: Renderer) -> None:
    with pytest.raises(NoTemplate, match=r"add templates/notify/link\.letter\.html"):
        renderer.render("link.letter", "en", "UTC", {})


@pytest.mark.parametrize("name", ["../mail", "mail", "../../migrations/0001_mails"])
def test_a_template_cannot_be_reached_by_a_path(renderer: Renderer, name: str) -> None:
    with pytest.raises(NoTemplate):
        renderer.render(name, "en", "UTC", {})


def test_a_missing_fact_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(UndefinedError):
        renderer.render("fee_due", "en", "UTC", {"name": "Ann", "path": "/x", "credential": "c"})
