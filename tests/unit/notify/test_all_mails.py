"""Every mail in every language, with the longest names: no text is missing, both parts say the same, and all links lead
to pages."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, nodes

from contracts import pages
from services.notify import rendering
from services.notify.domain import cohort_occasions, occasions
from services.notify.domain.occasions import Notice, Occasion
from services.notify.rendering import Rendered, Renderer
from tests.unit.notify import events
from web import catalogs
from web.languages import LANGUAGES

PUBLIC_URL = "https://program.example"
SENDER = "The Program of Quite Some Universities of Several Countries"
NAME = ("Ångström-愛 " * 30).strip()
CREDENTIAL = ("Équité, Inclusion & <Justice> " * 8).strip()
TOKEN = "tok/en+1"
ASKER = "Ada <Lovelace> & Daughters"

ALL = [*events.MAILED, *events.NOTICES, *events.COHORTS]
PATHS = {
    "sign_in": pages.sign_in(TOKEN),
    "letter": pages.letter(TOKEN),
    "letter_received": pages.letters(events.APPLICATION),
    "letter_declined": pages.letters(events.APPLICATION),
    "letter_undelivered": pages.letters(events.APPLICATION),
    "fee_due": pages.fee(events.APPLICATION),
    "payment_received": pages.application(events.APPLICATION),
    "refunded": pages.application(events.APPLICATION),
    "application_received": pages.application(events.APPLICATION),
    "reopened": pages.application(events.APPLICATION),
    "moved": pages.application(events.APPLICATION),
    "withdrawn": pages.application(events.APPLICATION),
    "decision_awarded": pages.decision(events.APPLICATION),
    "decision_not_yet": pages.decision(events.APPLICATION),
    "reviewer_assigned": pages.case(events.CASE),
    "case_unstaffed": pages.case(events.CASE),
    "export_ready": pages.ACCOUNT,
    "erased": pages.HOME,
    "badge_issued": pages.badge(events.BADGE),
    **dict.fromkeys(
        ("cohort_place", "cohort_waiting", "cohort_removed", "cohort_rescheduled", "cohort_cancelled"),
        pages.cohort(events.APPLICATION),
    ),
    "deadline_near": pages.deadline(events.APPLICATION),
    "deadline_moved": pages.application(events.APPLICATION),
    "renewal_due": pages.fee(events.RENEWAL),
    "lapsed": pages.application(events.APPLICATION),
}
"""The page that each mail's button leads to."""
OUTSIDE = {
    "payment_received": ["https://pay.example/r"],
    "badge_issued": ["https://www.linkedin.com/profile/add?x=1&y=2"],
}
"""Links to what is not the program's."""
EMPTY_ELEMENTS = {"meta"}


class Seen(HTMLParser):
    """What somebody sees of a part in HTML: its words, line by line, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self.links: list[str] = []
        self.buttons = 0
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], "an element is not closed"
        self.lines = [line for line in (" ".join(line.split()) for line in self.lines) if line]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in EMPTY_ELEMENTS:
            self._open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
            self.buttons += dict(attrs).get("class") == "button"
        self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag == "a":
            self.lines += [self.links[-1], ""]

    def handle_data(self, data: str) -> None:
        if "style" not in self._open and "title" not in self._open and "h1" not in self._open:
            self.lines[-1] += data


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(SENDER, PUBLIC_URL)


def asked(event: object) -> Occasion | Notice:
    found = occasions.occasion(event, events.NOON) or occasions.notice(event)  # type: ignore[arg-type]
    found = found or next(iter(cohort_occasions.occasions(event)), None)  # type: ignore[arg-type]
    assert found is not None
    return found


def render(renderer: Renderer, event: object, language: str) -> Rendered:
    occasion = asked(event)
    known: dict[str, object] = {"name": NAME, "credential": CREDENTIAL, "linkedin": OUTSIDE["badge_issued"][0]}
    if occasion.template in ("sign_in", "letter"):
        known["path"] = PATHS[occasion.template]
    if occasion.template == "letter":
        known["asker"] = ASKER
    if occasion.template == "badge_issued":
        known["link"] = PUBLIC_URL + pages.badge(events.BADGE)
    return renderer.render(occasion.template, language, "America/Chicago", {**occasion.facts, **known})


def lines_of(text: str) -> list[str]:
    """The lines of a plain text as an HTML part shows them: without the signs of a list, or of what leads to a link."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    followed = [*lines[1:], ""]
    return [
        line.removeprefix("- ").removesuffix(":" if after.startswith("https://") else "\n")
        for line, after in zip(lines, followed, strict=True)
    ]


every_mail = pytest.mark.parametrize("event", ALL, ids=lambda event: asked(event).template)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def test_every_template_is_asked_for_by_some_event() -> None:
    files = {file.stem for file in (rendering.FOLDER / "notify").iterdir()}
    assert files == {asked(event).template for event in ALL} == set(PATHS)


@every_language
@every_mail
def test_both_parts_say_the_same_under_one_subject(renderer: Renderer, event: object, language: str) -> None:
    mail = render(renderer, event, language)
    seen = Seen(mail.html)
    assert seen.lines == lines_of(mail.text)
    assert len(seen.lines) > 4
    assert NAME in mail.text
    assert mail.html.startswith(f'<!doctype html>\n<html lang="{language}" dir="ltr">')
    escaped = mail.subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert mail.subject
    assert re.findall(r"<(?:title|h1)[^>]*>(.*?)</", mail.html) == [escaped, escaped]


@every_language
@every_mail
def test_all_links_lead_to_pages_and_one_of_them_is_the_button(
    renderer: Renderer, event: object, language: str
) -> None:
    mail = render(renderer, event, language)
    template = asked(event).template
    account = [] if template in ("sign_in", "letter", "erased") else [PUBLIC_URL + pages.ACCOUNT]
    wanted = [PUBLIC_URL + PATHS[template], *OUTSIDE.get(template, []), *account]
    seen = Seen(mail.html)
    assert (seen.links, seen.buttons) == (wanted, 1)
    assert [line for line in mail.text.splitlines() if "://" in line] == wanted
    assert "/api/" not in mail.text + mail.html


@every_language
@every_mail
def test_no_mail_tells_a_decision_s_content_or_who_applied(renderer: Renderer, event: object, language: str) -> None:
    mail = render(renderer, event, language)
    told = mail.subject + mail.text + mail.html
    assert events.SECRET not in told
    assert str(events.PERSON) not in told
    if asked(event).template in ("reviewer_assigned", "case_unstaffed"):
        assert str(events.APPLICATION) not in told


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
@every_mail
def test_no_text_is_left_in_english(renderer: Renderer, event: object, language: str) -> None:
    english, other = (render(renderer, event, one) for one in ("en", language))
    both = set(lines_of(english.text)) & set(lines_of(other.text))
    assert {line for line in both if not line.startswith("https://")} == {SENDER}
    assert english.subject != other.subject


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_the_catalog_is_whole(language: str) -> None:
    assert catalogs.faults("services/notify", language) == []


@pytest.mark.parametrize("file", sorted(rendering.FOLDER.rglob("*.*")), ids=lambda file: file.name)
def test_no_template_has_words_beside_those_of_the_catalogs(file: object) -> None:
    assert hasattr(file, "read_text")
    source = file.read_text()
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)
    written = "".join(data.data for data in tree.find_all(nodes.TemplateData))
    without_markup = re.sub(r"<style>.*?</style>|<[^>]*>", "", written, flags=re.DOTALL)
    assert re.findall(r"\w+", without_markup) == []
    # A macro gets words only from the catalogs.
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Getattr):
            assert [argument for argument in call.args if isinstance(argument, nodes.Const)] == []
