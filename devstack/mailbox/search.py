"""A part of Mailpit's search language (https://mailpit.axllent.org/docs/usage/search-filters/).

`to: from: cc: bcc: reply-to: addressed: subject: message-id:` each match a part of the value in any case. `is:read`,
`is:unread` and `has:attachment` match a state. Any other word is searched in the whole mail. A leading `-` or `!`
excludes, quotes keep words together, and all terms must match. Tags, dates and sizes are missing.

The domain of an address may be written in letters, although mails name it in ASCII (RFC 5891).
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
    """The parts of a mail that terms are matched with, in lower case."""

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
    """`holds` decides about a mail. If `to` is not empty, the To of every matching mail contains one of its texts, so
    other mails need not be tested."""

    holds: Holds
    to: tuple[str, ...]


def compiled(query: str, having_words: Callable[[str], Set[str]]) -> Query:
    """The query as one test of a mail. `having_words` returns the ids of all mails whose text has a phrase."""
    found = _TERM.findall(unicodedata.normalize("NFC", query))
    terms = [(sign, prefix.lower(), (quoted or bare).lower()) for sign, prefix, quoted, bare in found]
    tests = [_test(sign, prefix, wanted, having_words) for sign, prefix, wanted in terms]
    to: tuple[str, ...] = next(
        (spellings(wanted) for sign, prefix, wanted in terms if prefix == "to:" and not sign), ()
    )
    return Query(lambda mail: all(test(mail) for test in tests), to)


def spellings(wanted: str) -> tuple[str, ...]:
    """A part of an address as it was given, and, if different, with its domain as mails name it."""
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
