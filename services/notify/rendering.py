"""From a template and facts to a mail's subject, text and HTML, in the reader's language and time zone.

`templates/<language>/<template>.txt` begins with `Subject: ...` and an empty line; `<template>.html` beside it says the
same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

FALLBACK = "en"
FOLDER = Path(__file__).parent / "templates"

WHOLE_UNITS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"}
)
"""Currencies without a smaller unit (docs.stripe.com/currencies, zero-decimal)."""


class NoTemplate(Exception):
    """This build has no template of that name in any language the reader may get."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's content. `subject` is one line."""

    subject: str
    text: str
    html: str


class Renderer:
    """All templates of a folder, compiled once when this is made: a broken template stops the start, not a mail."""

    def __init__(self, sender: str, folder: Path = FOLDER) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=lambda name: bool(name and name.endswith(".html")),
            undefined=StrictUndefined,
        )
        self._environment.globals["sender"] = sender
        self._environment.filters |= {"local": local, "money": money}
        self._templates: dict[tuple[str, str], tuple[Template, Template]] = {}
        for text in sorted(folder.glob("*/*.txt")):
            found = [
                self._environment.get_template(f"{text.parent.name}/{text.stem}{suffix}")
                for suffix in (".txt", ".html")
            ]
            self._templates[text.parent.name.lower(), text.stem] = (found[0], found[1])

    def render(self, template: str, language: str, time_zone: str, facts: Mapping[str, object]) -> Rendered:
        """Raises NoTemplate, and jinja2.UndefinedError when a template wants a fact that is not there.

        A language without this template falls back to its main language (`pt-BR` to `pt`) and then to English; an
        unknown zone to UTC.
        """
        for tried in (language.lower(), language.lower().partition("-")[0], FALLBACK):
            if (pair := self._templates.get((tried, template))) is not None:
                context = {**facts, "zone": zone(time_zone), "language": tried}
                head, _, text = pair[0].render(context).partition("\n\n")
                subject = " ".join(head.removeprefix("Subject:").split())
                return Rendered(subject, text.strip() + "\n", pair[1].render(context, subject=subject))
        raise NoTemplate(
            f"no template {template!r}, not even in {FALLBACK!r}: add templates/{FALLBACK}/{template}.txt and .html"
        )


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The zone of an IANA name; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


@pass_context
def local(context: Context, moment: str | datetime) -> str:
    """A time as the reader's clock shows it: `Monday 7 December 2026, 17:00 CST`."""
    aware = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    there = aware.astimezone(context["zone"])
    return f"{there:%A} {there.day} {there:%B %Y}, {there:%H:%M} {there.tzname()}"


def money(amount: Mapping[str, object]) -> str:
    """`{"amount_minor": 6000, "currency": "usd"}` as `60.00 USD`."""
    minor, currency = int(str(amount["amount_minor"])), str(amount["currency"])
    return (
        f"{minor} {currency.upper()}"
        if currency in WHOLE_UNITS
        else f"{minor // 100}.{minor % 100:02} {currency.upper()}"
    )
