"""What single characters of Unicode do to a text: break its line, control a terminal, turn its direction, or show
nothing at all."""

import re
import sys
import unicodedata
from collections.abc import Iterable
from itertools import groupby

SURROGATES = range(0xD800, 0xE000)
BREAKS = frozenset("\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")
"""Every character that ends a line: those that `str.splitlines` splits at."""
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidirectional embeddings, overrides and isolates. They show a text in another order than it is stored in. Marks
(U+200E) do not."""
SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""White space of Unicode."""

_SHOW_NOTHING = (
    *(
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2065, 0x2065),
        (0x2800, 0x2800),
        (0x3164, 0x3164),
    ),
    *((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF)),
)
"""The characters that Unicode calls default ignorable and whose general category does not show it, and the Braille
blank."""
CONTROLS = frozenset(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)))
"""Unicode's category Cc."""
_FORMATS = frozenset(chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf")
UNSEEN = (
    CONTROLS | _FORMATS | set(SPACES) | {chr(code) for first, last in _SHOW_NOTHING for code in range(first, last + 1)}
)
"""The characters that leave no mark on the page."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def visible(character: str) -> bool:
    """Whether the character leaves a mark on the page. The box that stands for a character without a font counts."""
    return character not in UNSEEN


def hidden(character: str) -> bool:
    """Whether the character leaves no mark and changes no other. Two texts that differ only by it look the same."""
    code = ord(character)
    return unicodedata.category(character) == "Cf" or any(first <= code <= last for first, last in _SHOW_NOTHING)


def unstorable(text: str) -> int | None:
    """The place (from 0) of the first character that a database or UTF-8 cannot hold: U+0000, or half of a surrogate
    pair."""
    found = _UNSTORABLE.search(text)
    return None if found is None else found.start()


def class_of(characters: Iterable[str]) -> str:
    """The inside of a regular expression's character class (ECMA 262 and Python alike) that has these characters."""
    codes = sorted(set(map(ord, characters)))
    runs = groupby(enumerate(codes), key=lambda place: place[1] - place[0])
    ranges = [[code for _, code in run] for _, run in runs]
    return "".join(chr(run[0]) if len(run) == 1 else f"{chr(run[0])}-{chr(run[-1])}" for run in ranges)


def named(character: str) -> str:
    """The character in words. One that cannot be seen is named by its kind and number: `a line break (U+000A)`."""
    number = f"U+{ord(character):04X}"
    if ord(character) in SURROGATES:
        return f"half of a surrogate pair ({number})"
    if character in BREAKS:
        return f"a line break ({number})"
    if character == "\t":
        return f"a tab ({number})"
    if character in TURNS:
        return f"a character that turns the direction of the text ({number})"
    if unicodedata.category(character) == "Cc":
        return f"a control character ({number})"
    if hidden(character):
        return f"an invisible character ({number})"
    return f"{character!r} ({number})"
