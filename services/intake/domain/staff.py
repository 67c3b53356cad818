"""The staff's list of all applications: filters and order, and how a table is written for a spreadsheet."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.refusals import Fault, Invalid, Text
from services.intake.domain.states import State

_WORD = re.compile(r"\w+")
_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_PAST_EVERY_LETTER = chr(0x10FFFF)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The beginnings of a text that a spreadsheet takes for a formula, also as wide forms of the same signs."""


class Sort(StrEnum):
    """The time by which the list is sorted."""

    BEGUN = "begun"
    CHANGED = "changed"


class Order(StrEnum):
    """Which end of the list comes first: the oldest (`asc`), or the newest."""

    ASCENDING = "asc"
    DESCENDING = "desc"


@dataclass(frozen=True, slots=True)
class Search:
    """A search: the id of an application, the beginning of an e-mail address, words of a name (each may be only the
    beginning of one).

    An empty part finds nothing. `prefix` has the form of an address's key.
    """

    application_id: UUID | None = None
    prefix: str = ""
    words: tuple[str, ...] = ()

    @property
    def past_prefix(self) -> str:
        """A text that comes after everything that begins with `prefix`."""
        return self.prefix + _PAST_EVERY_LETTER


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """The filters and the order of the list. `since` (included) and `before` (not included) bound the time by which it
    is sorted."""

    state: State | None = None
    credential: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    search: Search | None = None
    sort: Sort = Sort.BEGUN
    order: Order = Order.DESCENDING


def check_bounds(sort: Sort, bounds: Mapping[Sort, tuple[object, object]]) -> None:
    """Refuses bounds of a time by which the list is not sorted."""
    faults = [
        Fault(f"{other.value}_{end}", Text("leave it out, or sort by %(sort)s", sort=other.value))
        for other, values in bounds.items()
        for end, value in zip(("from", "before"), values, strict=True)
        if other is not sort and value is not None
    ]
    if faults:
        raise Invalid(*faults, text=Text("The days must belong to the time by which the list is sorted."))


SHORT_WORD = 2
"""A shorter word in plain Latin letters must match a whole word, because too many names begin with it."""
MOST_PEOPLE = 1000
"""The most people whose applications a search shows."""


def too_many_people() -> Invalid:
    """The refusal if more people match a search."""
    return Invalid(
        Fault("q", Text("write more of the name or of the address: more than %(most)s people match", most=MOST_PEOPLE))
    )


def search(text: str) -> Search | None:
    """The search for a text; None for an empty text. A text with an @ is not a name; one with a space is not an
    address."""
    text = unicodedata.normalize("NFC", text.strip())
    if not text:
        return None
    try:
        return Search(application_id=UUID(text))
    except ValueError:
        prefix = "" if " " in text else text.translate(_UPPER_TO_LOWER)
        return Search(prefix=prefix, words=() if "@" in text else tuple(_WORD.findall(text)))


def harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and never runs: a beginning like a formula's gets an apostrophe before it."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) else cell


def line(cells: Iterable[object]) -> str:
    """A line of CSV (RFC 4180) with harmless cells; None is empty."""
    return ",".join(_quoted("" if cell is None else harmless(str(cell))) for cell in cells) + "\r\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[",\r\n]', cell) else cell
