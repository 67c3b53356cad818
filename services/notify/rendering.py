"""Makes a mail's subject, text and HTML from a template and facts, in the reader's language and time zone.

`templates/notify/<template>.html` holds a mail's words once. It is rendered twice, for each part of the mail with the
pieces of that part: `templates/text/pieces.txt`, `templates/html/pieces.html`. So both parts say the same.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

from contracts import pages
from services.notify.domain.cohort_occasions import CALENDAR
from web import catalogs, ics
from web.languages import DEFAULT, LANGUAGES, Reader, supported, zone_of

PACKAGE = Path(__file__).parent
WEB = Path(catalogs.__file__).parent
FOLDER = PACKAGE / "templates"

_SPACE = re.compile("[^\\S\u00a0\u202f]+")
"""All white space except spaces that keep words together: a no-break space, and its narrow form before AM and PM."""
_EMPTY_LINES = re.compile(r"\n{3,}")


class NoTemplate(Exception):
    """This build has no template of that name."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's content. `subject` is one line."""

    subject: str
    text: str
    html: str


class Renderer:
    """All templates in all languages. They are compiled when this is made, so that a broken template stops the start of
    the service.

    `sender`: the name at the end of each mail. `public_url`: the address of the program's pages, without a slash at the
    end.
    """

    def __init__(self, sender: str, public_url: str) -> None:
        self._public_url = public_url
        self._templates: dict[tuple[str, str], tuple[Template, Template]] = {}
        known = {"sender": sender, "account_url": public_url + pages.ACCOUNT}
        for language in LANGUAGES:
            words = catalogs.translations((PACKAGE, WEB), language)
            text = _environment("text/pieces.txt", words, known, autoescape=False)
            html = _environment("html/pieces.html", words, known, autoescape=True)
            for file in sorted((FOLDER / "notify").glob("*.html")):
                name = f"notify/{file.name}"
                self._templates[language, file.stem] = (text.get_template(name), html.get_template(name))

    def attach(self, facts: Mapping[str, Any], at: datetime) -> bytes | None:
        """The calendar file of a mail that has sessions. `at` is the time when the mail was asked for. The file does
        not hold the address of the meeting; it leads to the page that shows it."""
        found = facts.get(CALENDAR)
        if found is None:
            return None
        url = self._public_url + facts["path"]
        meetings = [
            ics.Meeting(
                meeting_id=UUID(one["session_id"]),
                starts_at=datetime.fromisoformat(one["starts_at"]),
                minutes=one["minutes"],
                title=one["title"],
                sequence=one["sequence"],
                cancelled=one["cancelled"],
                url=url,
            )
            for one in found["sessions"]
        ]
        return ics.calendar(facts["cohort"], zone_of(found["time_zone"]), meetings, self._public_url, at)

    def render(self, template: str, language: str, time_zone: str, facts: Mapping[str, Any]) -> Rendered:
        """Render for somebody who reads `language` (BCP 47) and lives in `time_zone` (IANA). English replaces a
        language that we do not have, UTC a zone that does not exist.

        Raises NoTemplate, and jinja2.UndefinedError if a template needs a fact that is missing.
        """
        reader = Reader(supported(language) or DEFAULT, zone_of(time_zone))
        found = self._templates.get((reader.language, template))
        if found is None:
            raise NoTemplate(f"no template {template!r}: add templates/notify/{template}.html")
        link = {"link": self._public_url + facts["path"]} if "path" in facts else {}
        known = {**facts, **link, "reader": reader}
        text, html = found
        subject = one_line("".join(text.blocks["subject"](text.new_context(known)))).strip()
        known["subject"] = subject
        return Rendered(subject, _EMPTY_LINES.sub("\n\n", text.render(known)).strip() + "\n", html.render(known))


def one_line(words: str) -> str:
    """The words (or Markup, which stays Markup) without line breaks, so that no fact can begin a line of its own."""
    return type(words)(_SPACE.sub(" ", words))


def _environment(pieces: str, words: NullTranslations, known: Mapping[str, object], *, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= _FILTERS
    environment.globals.update(known)
    # This comes after the filters, because the pieces use them.
    environment.globals["pieces"] = environment.get_template(pieces).module
    return environment


@pass_context
def _moment(context: Context, moment: str) -> str:
    reader: Reader = context["reader"]
    return reader.moment(datetime.fromisoformat(moment))


@pass_context
def _money(context: Context, amount: Mapping[str, object]) -> str:
    reader: Reader = context["reader"]
    return _amount(reader, int(str(amount["amount_minor"])), str(amount["currency"]))


@lru_cache(maxsize=1024)
def _amount(reader: Reader, amount_minor: int, currency: str) -> str:
    # A cache: a mail says an amount several times, and most mails say the same few amounts.
    return reader.money(amount_minor, currency)


@pass_context
def _number(context: Context, value: float) -> str:
    reader: Reader = context["reader"]
    return reader.number(value)


_FILTERS: dict[str, Callable[..., Any]] = {
    "one_line": one_line,
    "moment": _moment,
    "money": _money,
    "number": _number,
}
