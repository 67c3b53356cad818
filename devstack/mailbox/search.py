"""Mailpit's search language (https://mailpit.axllent.org/docs/usage/search-filters/), the part that fits a development
mailbox.

`to: from: cc: bcc: reply-to: addressed: subject: message-id:` each look for a part of the value whatever its case,
`is:read`, `is:unread` and `has:attachment` ask for a state, anything else is looked for in the whole mail. A leading
`-` or `!` excludes, quotes hold words together, all terms must hold. Not here: tags, dates, sizes.

An address may be given with its domain in letters: mails name it in ASCII (RFC 5891).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Set
from typing import NamedTuple

import idna

_TERM = re.compile(r'([-!]?)((?:[a-z-]+:)?)(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "to:": ("to",),
    "from:": ("sender",),
    "cc:": ("cc",),
    "bcc:": ("bcc",),
    "reply-to:": ("reply_to",),
    "addressed:": ("to", "sender", "cc", "bcc", "reply_to"),
    "subject:": ("subject",),
    "message-id:": ("message_id",),
}


class Searchable(NamedTuple):
    """What a term may ask of a mail, in lower case."""

    id: str
    to: str
    sender: str
    cc: str
    bcc: str
    reply_to: str
    subject: str
    message_id: str
    attachments: int
    read: bool


Holds = Callable[[Searchable], bool]


class Query(NamedTuple):
    """`holds` decides; one of `to`, where there is any, is a part of the To of every mail that can hold, so that not
    all need be asked."""

    holds: Holds
    to: tuple[str, ...]


def compiled(query: str, having_words: Callable[[str], Set[str]]) -> Query:
    """The query as one test of a mail. `having_words` gives the ids of all mails whose text holds a phrase."""
    found = _TERM.findall(unicodedata.normalize("NFC", query))
    terms = [(sign, prefix.lower(), (quoted or bare).lower()) for sign, prefix, quoted, bare in found]
    tests = [_test(sign, prefix, wanted, having_words) for sign, prefix, wanted in terms]
    to: tuple[str, ...] = next(
        (spellings(wanted) for sign, prefix, wanted in terms if prefix == "to:" and not sign), ()
    )
    return Query(lambda mail: all(test(mail) for test in tests), to)


def spellings(wanted: str) -> tuple[str, ...]:
    """A part of an address as it is given, and with its domain as mails name it, if that is another."""
    local, at, domain = wanted.rpartition("@")
    if domain.isascii():
        return (wanted,)
    try:
        return (wanted, local + at + idna.encode(domain, uts46=True).decode())
    except idna.IDNAError:
        return (wanted,)


def _test(sign: str, prefix: str, wanted: str, having_words: Callable[[str], Set[str]]) -> Holds:
    test = _positive(prefix, wanted, having_words)
    return (lambda mail: not test(mail)) if sign else test


def _positive(prefix: str, wanted: str, having_words: Callable[[str], Set[str]]) -> Holds:
    if prefix in _FIELDS:
        fields, parts = _FIELDS[prefix], spellings(wanted)
        return lambda mail: any(part in getattr(mail, field) for field in fields for part in parts)
    match prefix + wanted:
        case "is:read":
            return lambda mail: mail.read
        case "is:unread":
            return lambda mail: not mail.read
        case "has:attachment" | "has:attachments":
            return lambda mail: mail.attachments > 0
        case phrase:
            ids = having_words(phrase)
            return lambda mail: mail.id in ids
