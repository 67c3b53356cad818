"""Kinds of files: the kinds that a name claims, which claims contradict a content, and what a requirement takes.

`domain.sniffing` finds a file's kind by its content. The sender's word is never believed. But a name that says
something else is a reason to refuse: most often the wrong file was chosen, or a file was renamed instead of saved in
another format.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import reduce

from contracts import media
from contracts.media import KINDS, OFFICE, OPEN_DOCUMENT, TEXT, UNKNOWN
from contracts.refusals import Listed, Text

EMPTY = "inode/x-empty"
"""No content, or only spaces."""
OLD_TEXT = "text/plain; charset=unknown-8bit"
WIDE_TEXT = "text/plain; charset=utf-32"
UNMARKED_TEXT = "text/plain; charset=utf-16le"
"""Texts in encodings that are recognised and not taken. Some are guessed, and a wrong guess would garble somebody's
name."""
LOCKED = "application/encrypted-office"
ZIP = "application/zip"
OLD_OFFICE = "application/x-ole-storage"
MACROS = "; macros=yes"
"""Added to the type of a document that holds programs and whose own type does not say so."""

ARCHIVES = frozenset(kind for kind in KINDS if kind.startswith((OFFICE, OPEN_DOCUMENT)) or ".macroEnabled." in kind) | {
    ZIP,
    "application/epub+zip",
}
"""Types that are ZIP archives. Which of them a file is, its members say."""
OLD_OFFICES = frozenset({"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", OLD_OFFICE})
"""The same for the containers of Office 97 to 2003."""
ACTIVE = frozenset({"text/html", "image/svg+xml", "application/xml"})
"""Browsers run the content of these types, and they are hard to read as plain text. They are taken only if a
requirement names them."""
_PACKED = frozenset(
    {ZIP, "application/vnd.rar", "application/x-7z-compressed", "application/gzip", "application/x-tar"}
)
_VAGUE = _PACKED | {UNKNOWN, EMPTY, OLD_OFFICE, LOCKED}

_NEIGHBOURS = ({"video/mp4", "video/quicktime"}, {"video/3gpp", "video/3gpp2", "video/mp4"}, {"video/mp4", "audio/mp4"})
"""Types of one family that cameras and phones name for each other."""

_REMEDIES = {
    OLD_TEXT: Text(
        "It is text, but not in UTF-8 or UTF-16: open it in the program that wrote it and"
        " save it with the encoding UTF-8, or as a PDF."
    ),
    WIDE_TEXT: Text("It is text in UTF-32, which is not taken: save it with the encoding UTF-8, or as a PDF."),
    UNMARKED_TEXT: Text(
        "It looks like text in UTF-16 without a byte order mark: save it with the encoding UTF-8, or as a PDF."
    ),
    LOCKED: Text("It opens with a password only: save it without one."),
    ZIP: Text("If it is a document, it is damaged or has too many parts. Save it again, best as a PDF."),
    UNKNOWN: Text("If it opens on your machine, save it again as one of the kinds that are taken, best as a PDF."),
}
_MACROS_REMEDY = Text("It holds macros, which are programs: save it as a document without macros, or as a PDF.")
_FAMILIES = {
    "audio": Text("any audio"),
    "image": Text("any image"),
    "text": Text("any text"),
    "video": Text("any video"),
}
MOST_NAME = 120
"""The most characters of a file's name that are kept."""
_ENDING = re.compile(r"\.([a-z0-9]{1,10})$")


def claimed(filename: str | None) -> frozenset[str]:
    """The types that a file's name claims by its ending.

    A name without an ending, or with an unknown one, claims nothing.

    Only the text after the last dot of the last part of a path counts, whatever characters turn or hide it on a screen.
    """
    if not filename:
        return frozenset()
    last = re.split(r"[/\\]", filename)[-1]
    seen = "".join(one for one in last if unicodedata.category(one) not in ("Cc", "Cf"))
    ending = _ENDING.search(seen.rstrip(" .").lower())
    return frozenset(kind for kind, known in KINDS.items() if ending is not None and ending[1] in known.endings)


def shown_name(filename: str | None) -> str | None:
    """A file's name as it is shown: without a path, and without characters that turn or hide others."""
    last = re.split(r"[/\\]", filename or "")[-1]
    seen = " ".join("".join(one for one in last if one == " " or one.isprintable()).split())
    if len(seen) > MOST_NAME:
        ending = _ENDING.search(seen)
        kept = ending[0] if ending is not None else ""
        seen = f"{seen[: MOST_NAME - 1 - len(kept)]}…{kept}"
    return seen or None


def contradicts(claims: frozenset[str], found: str) -> bool:
    """Whether the name of a file with the content `found` claims something else.

    A name that claims nothing contradicts nothing.

    A container that was not looked into, or does not say what it holds, contradicts no kind that can be in it.
    """
    plain = media.base(found)
    if not claims or plain in claims:
        return False
    if plain == ZIP and claims & ARCHIVES:
        return False
    if plain in (OLD_OFFICE, LOCKED) and claims & (OLD_OFFICES | ARCHIVES):
        return False
    return not any(plain in family and claims & family for family in _NEIGHBOURS)


def fits(found: str, allowed: Collection[str] | None) -> bool:
    """Whether a requirement takes a type. It takes its media types (`text/plain` also allows text/markdown, `video/*`
    any video). Without a list it takes everything that was recognised, except archives and files that run."""
    plain = media.base(found)
    if found.endswith(MACROS) or found in (OLD_TEXT, WIDE_TEXT, UNMARKED_TEXT):
        return False
    if allowed is None:
        return plain not in _VAGUE | ACTIVE and ".macroEnabled." not in plain
    if plain in allowed or (plain not in ACTIVE and f"{plain.partition('/')[0]}/*" in allowed):
        return True
    return plain == TEXT and bool({"text/markdown", "text/*"} & set(allowed))


def takes(kinds: Collection[str], allowed: Collection[str] | None) -> bool:
    """Whether a requirement takes any of these types. If it takes none, the file is not looked into."""
    return any(fits(kind, allowed) for kind in kinds)


def words(found: str, allowed: Collection[str] | None = None) -> Text:
    """The words for a type. If a requirement takes nothing that a container may hold, the container was not looked
    into."""
    if found == ZIP and not takes(ARCHIVES - {ZIP}, allowed):
        return Text("a ZIP archive, or a document of Word, Excel or the like")
    if found == OLD_OFFICE and not takes(OLD_OFFICES | ARCHIVES - {ZIP}, allowed):
        return Text("an older document of Office (.doc, .xls, .ppt)")
    if found == EMPTY:
        return Text("an empty file")
    if found == UNKNOWN:
        return Text("of a kind that we do not recognise")
    if found in (OLD_TEXT, WIDE_TEXT, UNMARKED_TEXT):
        return Text("text in another encoding")
    kind = media.words(found)
    return Text("%(kind)s with macros", kind=kind) if found.endswith(MACROS) else kind


def remedy(found: str, allowed: Collection[str] | None = None) -> Text | None:
    """The remedy for a file of such a type, if there is more to say than which types are taken."""
    if found == ZIP and not takes(ARCHIVES - {ZIP}, allowed):
        return None
    if found.endswith(MACROS) or ".macroEnabled." in found:
        return _MACROS_REMEDY
    return _REMEDIES.get(found)


def listed(allowed: Collection[str] | None) -> Text:
    """The types that a requirement takes, in words: `a PDF document, plain text or any video`."""
    if allowed is None:
        return Text("documents, pictures, sound, video or text")
    named = [_any(kind.partition("/")[0]) if kind.endswith("/*") else media.words(kind) for kind in allowed]
    if not named:
        return Text("no files")
    return named[0] if len(named) == 1 else _either(Listed(named[:-1]), named[-1])


def of_a_name(claims: frozenset[str]) -> Text:
    """The words for a name's claim. The name must claim something."""
    first, *others = sorted({media.words(kind) for kind in claims}, key=str)
    return reduce(_either, others, first)


def _either(some: Text, last: Text) -> Text:
    return Text("%(some)s or %(last)s", some=some, last=last)


def _any(family: str) -> Text:
    return _FAMILIES.get(family, Text("any %(family)s", family=family))
