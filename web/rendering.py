"""From a template and facts to a page: the layout around it, the reader's language and zone, one policy for what a page
may load and send."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chassis.settings import ServiceSettings
from chassis.telemetry import correlation
from contracts.claims import Money
from web import flash, static
from web.catalogs import translations
from web.languages import LANGUAGES, Reader, as_time
from web.menu import places
from web.visitor import Visitor, visitor_of

FOLDER = Path(__file__).parent

_reader: ContextVar[Reader] = ContextVar("reader")
"""Who reads what is being rendered: set around each rendering, which never waits."""


@dataclass(frozen=True)
class Demonstration:
    """What the bar of the demo says: who can sign in here (addresses), and where the mailbox is."""

    people: Sequence[str]
    mailbox_url: str

    @classmethod
    def of(cls, settings: ServiceSettings) -> "Demonstration | None":
        """What the settings say of it; None outside of a demo."""
        told = settings.microcred_demonstration
        return None if told is None else cls(told.people, told.mailbox_url)


class Pages:
    """How one service makes its pages. `package` is its folder, with `templates/<service>/` and `locale/`.

    `form_targets`: origins beside our own to which a form may lead. `help_address`: whom a person writes to who is
    stuck.
    """

    def __init__(
        self,
        package: Path,
        *,
        form_targets: Sequence[str] = (),
        help_address: str = "",
        demonstration: Demonstration | None = None,
    ) -> None:
        self._environments = {language: _environment(package, language) for language in LANGUAGES}
        self._common = {"help_address": help_address, "demonstration": demonstration}
        self._headers = {
            "Content-Security-Policy": _policy(form_targets),
            "Referrer-Policy": "same-origin",
            "Vary": "Accept, Accept-Language, Cookie, HX-Request",
        }

    async def show(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        visitor: Visitor | None = None,
        fragment: str | None = None,
        **facts: Any,
    ) -> HTMLResponse:
        """A page for whoever sent the request. Asked for by htmx, only the block `fragment` of the same template, where
        there is one."""
        who = visitor if visitor is not None else await visitor_of(request)
        alone = fragment if request.headers.get("hx-request") == "true" else None
        told = flash.read(request)
        page = HTMLResponse(
            self.render(template, who, path=request.url.path, told=told, block=alone, **facts), status, self._headers
        )
        if told is not None:
            flash.clear(page)
        return page

    def render(
        self,
        template: str,
        visitor: Visitor,
        *,
        path: str = "",
        told: str | None = None,
        block: str | None = None,
        **facts: Any,
    ) -> str:
        """The HTML of a page, or of one block of it. Raises jinja2.UndefinedError for a fact that the template wants
        and does not get."""
        found = self._environments[visitor.reader.language].get_template(template)
        known = {
            **self._common,
            "visitor": visitor,
            "reader": visitor.reader,
            "places": places(visitor, path),
            "path": path,
            "told": told,
            "correlation_id": correlation.get(),
            **facts,
        }
        before = _reader.set(visitor.reader)
        try:
            if block is None:
                return found.render(known)
            return "".join(found.blocks[block](found.new_context(known)))
        finally:
            _reader.reset(before)


def _environment(package: Path, language: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(package / "templates"), FileSystemLoader(FOLDER / "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(translations((package, FOLDER), language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(static=static.address, languages=LANGUAGES)
    environment.filters |= _FILTERS
    # After the filters, for its macros use them.
    environment.globals["kit"] = environment.get_template("kit.html").module
    return environment


def _policy(form_targets: Iterable[str]) -> str:
    """What a page may load and where its forms may lead (Content Security Policy, level 3). Nothing inline, no other
    host."""
    forms = " ".join(["'self'", *form_targets])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
        " data:; font-src 'self'; connect-src 'self';"
        f" form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    )


def _moment(moment: datetime | str) -> Markup:
    found = _time(moment)
    return as_time(found, _reader.get().moment(found))


def _brief(moment: datetime | str) -> Markup:
    found = _time(moment)
    return as_time(found, _reader.get().brief(found))


def _day(moment: datetime | date | str) -> Markup | str:
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return _reader.get().day(moment)
    found = _time(moment)
    return as_time(found, _reader.get().day(found))


def _ago(moment: datetime | str, now: datetime | None = None) -> Markup:
    found = _time(moment)
    return as_time(found, _reader.get().ago(found, now or datetime.now(UTC)))


def _money(amount: Money | Mapping[str, Any]) -> str:
    known = amount if isinstance(amount, Money) else Money.model_validate(amount)
    return _reader.get().money(known.amount_minor, known.currency)


def _time(moment: datetime | str) -> datetime:
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment


_FILTERS: dict[str, Callable[..., Any]] = {
    "moment": _moment,
    "brief": _brief,
    "day": _day,
    "ago": _ago,
    "money": _money,
    "number": lambda value: _reader.get().number(value),
    "listed": lambda items, style="standard": _reader.get().listed(items, style),
    "size": lambda number_of_bytes: _reader.get().size(number_of_bytes),
}
