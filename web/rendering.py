"""Makes pages from templates and values: with the layout, in the reader's language and zone, and under one policy for
what a page may load and send."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from chassis.settings import ServiceSettings
from chassis.telemetry import correlation
from contracts import pages as addresses
from contracts import redirects
from contracts.claims import Money
from contracts.refusals import Fault, Refused, Text
from web import flash, static
from web.catalogs import translations
from web.emblems import hue_of, rosette
from web.forms import Form, Typed, Wrong
from web.languages import LANGUAGES, Reader, as_time, zone_of
from web.menu import places
from web.refusals import kind_of, to_sign_in, way_on
from web.visitor import Visitor, stranger, visitor_of

FOLDER = Path(__file__).parent

_reader: ContextVar[Reader] = ContextVar("reader")
"""The reader of the page that is being rendered. It is set around each rendering, which never awaits anything."""


@dataclass(frozen=True)
class Demonstration:
    """The content of the demo's bar: the e-mail addresses that can sign in, and the address of the mailbox."""

    people: Sequence[str]
    mailbox_url: str

    @classmethod
    def of(cls, settings: ServiceSettings) -> "Demonstration | None":
        """From the settings; None outside of a demo."""
        told = settings.microcred_demonstration
        return None if told is None else cls(told.people, told.mailbox_url)


class Pages:
    """Makes the pages of one service. `package` is its folder, with `templates/<service>/` and `locale/`.

    `flashes`: notices about what was just done (`flash`), by key. `form_targets`: other origins than our own to which a
    form may lead. `help_address`: the e-mail address for people who need help.
    """

    def __init__(
        self,
        package: Path,
        *,
        flashes: Mapping[str, Text] = MappingProxyType({}),
        form_targets: Sequence[str] = (),
        help_address: str = "",
        demonstration: Demonstration | None = None,
    ) -> None:
        self._environments = {language: _environment(package, language) for language in LANGUAGES}
        self._translations = {language: translations((package, FOLDER), language) for language in LANGUAGES}
        self._common = {"help_address": help_address, "demonstration": demonstration}
        self._flashes = flashes
        self._headers = {
            "Content-Security-Policy": _policy(form_targets),
            "Referrer-Policy": "same-origin",
            "Vary": "Accept, Accept-Language, Cookie, HX-Request",
        }

    @classmethod
    def of(
        cls,
        package: Path,
        settings: ServiceSettings,
        *,
        flashes: Mapping[str, Text] = MappingProxyType({}),
        form_targets: Sequence[str] = (),
    ) -> "Pages":
        """The pages of a service with these settings."""
        return cls(
            package,
            flashes=flashes,
            form_targets=form_targets,
            help_address=settings.microcred_help_address,
            demonstration=Demonstration.of(settings),
        )

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
        """A page for the sender of the request. If htmx asks, only the block `fragment` of the same template, if it has
        one."""
        who = visitor if visitor is not None else await visitor_of(request)
        alone = fragment if request.headers.get("hx-request") == "true" else None
        told = flash.read(request)
        query = request.url.query
        here = f"{request.url.path}?{query}" if query and request.method == "GET" else request.url.path
        page = HTMLResponse(
            self.render(template, who, path=request.url.path, here=here, told=told, block=alone, **facts),
            status,
            self._headers,
        )
        if told is not None:
            flash.clear(page)
        return page

    async def show_again(
        self,
        request: Request,
        template: str,
        typed: Typed,
        refused: Refused,
        *,
        fragment: str | None = None,
        **facts: Any,
    ) -> HTMLResponse:
        """The page of a refused form: the typed values, the faults beside their fields, and a summary on top.

        Raises the refusal itself if it is not about the typed values (not there, not allowed, not signed in, away).
        Such a refusal has a page of its own.
        """
        if refused.status not in (409, 412, 413, 415, 422, 429):
            raise refused
        who = await visitor_of(request)
        faults = refused.faults or (Fault("", refused.text),)
        form = Form(typed, tuple(Wrong(fault.field, self.say(fault.text, who)) for fault in faults))
        page = await self.show(
            request, template, status=refused.status, visitor=who, fragment=fragment, form=form, **facts
        )
        if refused.retry_after_seconds is not None:
            page.headers["Retry-After"] = str(refused.retry_after_seconds)
        return page

    async def refuse(self, request: Request, refused: Refused, status: int) -> Response:
        """A refusal as a page, with the correlation id. If the person must sign in first, a redirect there and back.

        `chassis.http` calls it when a request that prefers HTML is refused.
        """
        if (onward := to_sign_in(request, refused)) is not None:
            return onward
        # After a failure the database is not asked who is signed in.
        who = stranger(request) if status >= 500 else await visitor_of(request)
        kind = kind_of(status)
        page = await self.show(
            request,
            "refused.html",
            status=status,
            visitor=who,
            title=kind.title,
            detail=refused.text,
            faults=refused.faults,
            hints=kind.hints,
            way_on=way_on(who),
        )
        if refused.retry_after_seconds is not None:
            page.headers["Retry-After"] = str(refused.retry_after_seconds)
        page.headers["Cache-Control"] = "no-store"
        return page

    def say(self, text: Text, visitor: Visitor) -> str:
        """A text in the visitor's language."""
        return text.in_words_of(self._translations[visitor.reader.language])

    def render(
        self,
        template: str,
        visitor: Visitor,
        *,
        path: str = "",
        here: str = "",
        told: str | None = None,
        block: str | None = None,
        **facts: Any,
    ) -> str:
        """The HTML of a page, or of one of its blocks. Raises jinja2.UndefinedError if the template needs a value that
        was not given."""
        found = self._environments[visitor.reader.language].get_template(template)
        known = {
            **self._common,
            "visitor": visitor,
            "reader": visitor.reader,
            "places": places(visitor, path),
            "path": path,
            "here": here or path,
            "told": self._flashes.get(told or ""),
            "correlation_id": correlation.get(),
            "sign_in_here": addresses.sign_in(next=redirects.ours(here or path) or ""),
            **facts,
        }
        before = _reader.set(visitor.reader)
        try:
            if block is None:
                return found.render(known)
            return "".join(found.blocks[block](found.new_context(known)))
        finally:
            _reader.reset(before)


@cache
def _environment(package: Path, language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([FOLDER / "templates", package / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    catalog = translations((package, FOLDER), language)
    environment.install_gettext_translations(catalog, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        static=static.address, languages=LANGUAGES, rosette=rosette, hue_of=hue_of, page=addresses, Form=Form
    )
    environment.filters |= _FILTERS
    environment.filters["said"] = lambda text: text.in_words_of(catalog)
    # After the filters, because its macros use them.
    environment.globals["kit"] = environment.get_template("kit.html").module
    return environment


def _policy(form_targets: Iterable[str]) -> str:
    """What a page may load, and where its forms may lead (Content Security Policy, level 3): nothing inline, and no
    other host."""
    forms = " ".join(["'self'", *form_targets])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
        " data:; font-src 'self'; connect-src 'self';"
        f" form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    )


def _moment(moment: datetime | str, zone: str = "") -> Markup:
    """In the reader's zone, or in the one that is named."""
    found, reader = _time(moment), _reader.get()
    return as_time(found, (replace(reader, zone=zone_of(zone)) if zone else reader).moment(found))


def _brief(moment: datetime | str, now: datetime | None = None) -> Markup:
    found = _time(moment)
    return as_time(found, _reader.get().brief(found, now or datetime.now(UTC)))


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
    "lasting": lambda seconds: _reader.get().lasting(seconds),
    "number": lambda value: _reader.get().number(value),
    "listed": lambda items, style="standard": _reader.get().listed(items, style),
    "size": lambda number_of_bytes: _reader.get().size(number_of_bytes),
}
