"""The language and time zone of one reader. Times, money, numbers and lists are written in the style of the language
(CLDR, by Babel)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, get_currency_precision
from babel.units import format_unit
from markupsafe import Markup, escape

LANGUAGES = {"en": "English", "es": "Español"}
"""The languages of pages and mails, each with its own name. The first is the language of the source texts."""

DEFAULT = "en"
_UTC = ZoneInfo("UTC")
_STEPS = ((1, "digital-byte"), (1000, "digital-kilobyte"), (1000**2, "digital-megabyte"), (1000**3, "digital-gigabyte"))


@lru_cache(maxsize=16)
def locale_of(language: str) -> Locale:
    """Babel's data of one of LANGUAGES."""
    return Locale.parse(language)


def supported(wanted: str) -> str | None:
    """The one of our languages that a BCP 47 tag asks for (`es-MX` gets `es`), or None."""
    main = wanted.strip().lower().replace("_", "-").partition("-")[0]
    return main if main in LANGUAGES else None


def preferred(accept_language: str) -> str | None:
    """The one of our languages that a browser's `Accept-Language` prefers (RFC 9110, 12.5.4), or None."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:1000].split(",")):
        tag, _, parameters = part.partition(";")
        language = supported(tag)
        if language is not None:
            found.append((_quality(parameters), -place, language))
    best = max(found, default=None)
    return best[2] if best is not None and best[0] > 0 else None


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name; UTC for any other text."""
    return ZoneInfo(name if name in _zones() else "UTC")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a page or mail. `language` is one of LANGUAGES, `zone` an IANA zone."""

    language: str = DEFAULT
    zone: ZoneInfo = _UTC

    @property
    def locale(self) -> Locale:
        """Babel's data of the language."""
        return locale_of(self.language)

    def day(self, moment: datetime | date) -> str:
        """`March 12, 2027`. For a time, its day in the reader's zone."""
        return format_date(self._here(moment), "long", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """`Friday, March 12, 2027, 5:00 PM EST`."""
        return _whole(int(moment.timestamp()) // 60, self.zone, self.language)

    def brief(self, moment: datetime, now: datetime) -> str:
        """`Mar 12, 5:00 PM`, for tables that name the zone once. Another year than the present one is added."""
        here, today = moment.astimezone(self.zone), now.astimezone(self.zone)
        day = format_skeleton("MMMd" if here.year == today.year else "yMMMd", here, locale=self.locale)
        return f"{day}, {format_time(here, 'short', tzinfo=self.zone, locale=self.locale)}"

    def ago(self, moment: datetime, now: datetime) -> str:
        """`2 minutes ago`, `in 3 days`."""
        return str(format_timedelta(moment - now, add_direction=True, locale=self.locale))

    def lasting(self, seconds: float) -> str:
        """`48 seconds`, `2 minutes`: a duration in its largest unit."""
        return str(format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=self.locale))

    def zone_name(self, moment: datetime) -> str:
        """The name of the reader's zone at that time: `EST`, or in full if the language has no short name."""
        return _zone_name(int(moment.timestamp()) // 3600, self.zone, self.language)

    def money(self, amount_minor: int, currency: str) -> str:
        """`$60.00`: an amount in the smallest unit of its currency (ISO 4217)."""
        code = currency.upper()
        return format_currency(Decimal(amount_minor).scaleb(-get_currency_precision(code)), code, locale=self.locale)

    def number(self, value: float) -> str:
        """`1,042`."""
        return format_decimal(value, locale=self.locale)

    def listed(self, items: Iterable[str], style: str = "standard") -> str:
        """`a, b, and c`; with style `or`: `a, b, or c`."""
        return format_list(list(items), style=style, locale=self.locale)  # type: ignore[arg-type]

    def size(self, number_of_bytes: int) -> str:
        """`24.9 MB`, in powers of a thousand."""
        unit_bytes, unit = next((step for step in reversed(_STEPS) if number_of_bytes >= step[0]), _STEPS[0])
        # The locale data has no plural for the short form of bytes.
        length: Literal["long", "short"] = "long" if unit_bytes == 1 else "short"
        return format_unit(round(number_of_bytes / unit_bytes, 1), unit, length=length, locale=self.locale)

    def _here(self, moment: datetime | date) -> datetime | date:
        return moment.astimezone(self.zone) if isinstance(moment, datetime) else moment


@lru_cache(maxsize=4096)
def _whole(minutes: int, zone: ZoneInfo, language: str) -> str:
    here = datetime.fromtimestamp(minutes * 60, UTC).astimezone(zone)
    locale = locale_of(language)
    words = (format_date(here, "full", locale=locale), format_time(here, "short", tzinfo=zone, locale=locale))
    return f"{', '.join(words)} {_zone_name(minutes // 60, zone, language)}"


@lru_cache(maxsize=1024)
def _zone_name(hours: int, zone: tzinfo, language: str) -> str:
    here = datetime.fromtimestamp(hours * 3600, UTC).astimezone(zone)
    short = get_timezone_name(here, width="short", locale=locale_of(language))
    return short if short.isalpha() else get_timezone_name(here, width="long", locale=locale_of(language))


def as_time(moment: datetime, words: str) -> Markup:
    """Words for a time, and the time itself for machines."""
    return Markup('<time datetime="{}">{}</time>').format(
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), escape(words)
    )
