"""The types of fields in bodies and forms, from which the models of all services are made. Each refuses in words, and
says where the fault is.

No text holds U+0000 or half of a surrogate pair. `chassis.http.Body` checks that for whole bodies, `storable` for a
single field.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from email_validator import SPECIAL_USE_DOMAIN_NAMES
from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StringConstraints

from chassis import addresses
from chassis.characters import BREAKS, CONTROLS, SPACES, TURNS, UNSEEN, class_of, named, unstorable, visible
from contracts import refusals

Place = tuple[str | int, ...]

_SPECIAL = "[@.](" + "|".join(SPECIAL_USE_DOMAIN_NAMES) + ")$"
"""Endings of domains that no mail reaches (RFC 6761)."""
_NO_ZONES = frozenset({"Factory", "localtime"})
"""Names in a machine's time zone files that are not in IANA's list of places."""


def storable(text: str) -> str:
    """The text, if UTF-8 and a database can hold it. Raises ValueError."""
    place = unstorable(text)
    if place is not None:
        raise ValueError(_unstorable(text[place], place))
    return text


def faults_in(value: Any) -> Iterator[tuple[Place, refusals.Text]]:
    """The places in a JSON value (its texts and field names, at any depth) that hold an unstorable character, and the
    character."""
    waiting: list[tuple[Place, Any]] = [((), value)]
    while waiting:
        place, found = waiting.pop()
        match found:
            case str():
                if (at := unstorable(found)) is not None:
                    yield place, _unstorable(found[at], at)
            case dict():
                for name, inner in found.items():
                    here = (*place, name)
                    if isinstance(name, str) and (at := unstorable(name)) is not None:
                        yield (
                            here,
                            refusals.Text(
                                "has %(character)s as character %(place)s of its name; take it out",
                                character=named(name[at]),
                                place=at + 1,
                            ),
                        )
                    if isinstance(inner, str | dict | list):
                        waiting.append((here, inner))
            case list():
                waiting.extend(
                    ((*place, n), inner) for n, inner in enumerate(found) if isinstance(inner, str | dict | list)
                )
            case _:
                pass


def _unstorable(character: str, at: int) -> refusals.Text:
    return refusals.Text(
        "has %(character)s as character %(place)s; take it out", character=named(character), place=at + 1
    )


def _whole(number: object) -> object:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _yes(answer: bool) -> bool:
    if not answer:
        raise ValueError(refusals.Text("must be true"))
    return answer


class _OneLine:
    """One line of text, such as a name: in NFC, without spaces around it, `least` to `most` characters.

    It may have letters of every script and the characters that join them. Line breaks, control characters and
    characters that turn the direction are refused.
    """

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def __call__(self, text: str) -> str:
        if len(text) > 10 * self.most:  # too long to be searched
            raise ValueError(self._too_long(text))
        line = unicodedata.normalize("NFC", text.strip(SPACES))
        before = len(text) - len(text.lstrip(SPACES))
        for place, character in enumerate(text.strip(SPACES), before + 1):
            if unicodedata.category(character) in ("Cc", "Cs") or character in BREAKS or character in TURNS:
                raise ValueError(
                    refusals.Text(
                        "has %(character)s as character %(place)s; it is one line of plain text, so take that out",
                        character=named(character),
                        place=place,
                    )
                )
        if not line and self.least:
            raise ValueError(refusals.Text("must not be empty"))
        if line and not any(visible(character) for character in line):
            raise ValueError(refusals.Text("has nothing in it that can be seen; write at least one letter"))
        if len(line) > self.most:
            raise ValueError(self._too_long(line))
        return line

    def _too_long(self, text: str) -> refusals.Text:
        return refusals.Text(
            "must have at most %(most)s characters; this has %(length)s", most=self.most, length=len(text)
        )


def _email(text: str) -> str:
    return addresses.read(text.strip(SPACES)).shown


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_ZONES


def _zone(text: str) -> str:
    if text not in _zones():
        raise ValueError(refusals.Text("is not a time zone; use an IANA name such as America/New_York"))
    return text


_REFUSED = class_of(CONTROLS | BREAKS | TURNS)
_NOTHING = class_of(CONTROLS | BREAKS | TURNS | UNSEEN)
_ENDS = f"[{class_of(SPACES)}]*"
_LINE = f"{_ENDS}[^{_REFUSED}]*[^{_NOTHING}][^{_REFUSED}]*{_ENDS}"
"""What `_OneLine` accepts, for the API's description."""


def _described(**schema: Any) -> Any:
    return Field(json_schema_extra=schema)


_AS_IT_IS = StringConstraints(strip_whitespace=False)
"""Keeps a body from stripping the text before its validator counts the characters."""

Line = Annotated[
    str, _AS_IT_IS, AfterValidator(_OneLine(1, 200)), _described(minLength=1, maxLength=200, pattern=f"^{_LINE}$")
]
LineOrNothing = Annotated[
    str, _AS_IT_IS, AfterValidator(_OneLine(0, 200)), _described(maxLength=200, pattern=f"^({_ENDS}|{_LINE})$")
]
Key = Annotated[
    str, _AS_IT_IS, AfterValidator(_OneLine(1, 80)), _described(minLength=1, maxLength=80, pattern=f"^{_LINE}$")
]
"""The name of an item, a level or a version in a program's files."""
NAMED_BY_LINES = _described(propertyNames={"minLength": 1, "maxLength": 200, "pattern": f"^{_LINE}$"})
"""For an object whose keys are each a `Line`: pydantic does not describe such keys by itself."""
NAMED_BY_KEYS = _described(propertyNames={"minLength": 1, "maxLength": 80, "pattern": f"^{_LINE}$"})
Text = Annotated[
    str, StringConstraints(min_length=1), _described(pattern=f"^[^\x00]*[^\x00{class_of(SPACES)}][^\x00]*$")
]
TextOrNothing = Annotated[str, _described(pattern="^[^\x00]*$")]
Token = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(storable), _described(pattern="^[!-~]+$")
]
Email = Annotated[
    str,
    AfterValidator(_email),
    _described(format="email", maxLength=addresses.MOST_CHARACTERS, **{"not": {"pattern": _SPECIAL}}),
]
"""An address in its normal form, as shown. `chassis.addresses.read` gives its key and its form for mail."""
TimeZone = Annotated[
    str, AfterValidator(_zone), Field(json_schema_extra=lambda schema: schema.update(enum=sorted(_zones())))
]
"""A name of IANA's time zone database."""
AS_WHOLE = BeforeValidator(_whole)
"""It stands after the bounds, because pydantic does not describe bounds that come after it."""
Whole = Annotated[int, Field(strict=True), AS_WHOLE]
"""A whole number in JSON (1.0 is one too). true and "1" are refused."""
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number in JSON. true and "1" are refused."""
Yes = Annotated[StrictBool, AfterValidator(_yes), _described(const=True)]
"""true in JSON: a yes. To say no, the field is left out."""
YesOrNo = StrictBool
"""true or false in JSON. 1 and "yes" are refused."""
