"""Which document an archive is, by the names of its members and its own description."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from contracts.media import OFFICE, OPEN_DOCUMENT
from services.intake.domain.media import LOCKED, MACROS, OLD_OFFICE, ZIP

CONTENT_TYPES = "[content_types].xml"
"""The member, in lower case, in which an Office document names the type of each of its parts."""
MIMETYPE = "mimetype"
"""The member in which an OpenDocument names its type."""

_WORD, _EXCEL, _POWERPOINT = f"{OFFICE}.wordprocessingml", f"{OFFICE}.spreadsheetml", f"{OFFICE}.presentationml"
_WITH_MACROS = {
    _WORD: "application/vnd.ms-word.document.macroEnabled.12",
    _EXCEL: "application/vnd.ms-excel.sheet.macroEnabled.12",
    _POWERPOINT: "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
}
_MAIN_PARTS = {
    f"{kind}.main+xml".lower(): kind
    for kind in (
        f"{_WORD}.document",
        f"{_WORD}.template",
        f"{_EXCEL}.sheet",
        f"{_EXCEL}.template",
        f"{_POWERPOINT}.presentation",
        f"{_POWERPOINT}.slideshow",
        f"{_POWERPOINT}.template",
    )
}
_MACRO_FAMILIES = (("ms-word.", _WORD), ("ms-excel.", _EXCEL), ("ms-powerpoint.", _POWERPOINT))
_OPEN_KINDS = (
    "text",
    "text-template",
    "spreadsheet",
    "spreadsheet-template",
    "presentation",
    "presentation-template",
    "graphics",
)
_DECLARED = frozenset(f"{OPEN_DOCUMENT}.{kind}" for kind in _OPEN_KINDS) | {"application/epub+zip"}
_STREAMS = (
    ("EncryptedPackage", LOCKED),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part in an Office document's own description: its name (`/word/document.xml`; empty for all with one ending)
    and its type."""

    name: str
    content_type: str


def office(members: Collection[str], parts: Sequence[Part]) -> str:
    """The media type of an Office document. It is ZIP if the description is unclear or names a main part that does not
    exist.

    Macros count wherever they show: in the type of the main part, of any other part, or in a member's name.
    """
    names = {member.lower() for member in members}
    kinds = [part.content_type.strip().lower() for part in parts]
    mains = {
        kind
        for part, content_type in zip(parts, kinds, strict=True)
        if (kind := _main(content_type)) is not None and part.name.lstrip("/").lower() in names
    }
    if len(mains) != 1:
        return ZIP
    main = mains.pop()
    if any("macroenabled" in kind or "vbaproject" in kind for kind in kinds) or any(
        name.rpartition("/")[2] == "vbaproject.bin" for name in names
    ):
        return _WITH_MACROS[main.rpartition(".")[0]]
    return main


def _main(content_type: str) -> str | None:
    if "macroenabled" in content_type and content_type.endswith((".main+xml", ".main")):
        family = next((family for mark, family in _MACRO_FAMILIES if mark in content_type), None)
        return None if family is None else f"{family}.macros"
    return _MAIN_PARTS.get(content_type)


def open_document(members: Collection[str], declared: str) -> str:
    """The media type of an OpenDocument (or e-book) with this declaration. It is ZIP for any other declaration."""
    if declared not in _DECLARED:
        return ZIP
    holds_programs = any(member.startswith(("Basic/", "Scripts/")) and not member.endswith("/") for member in members)
    return declared + (MACROS if holds_programs else "")


def old_office(streams: Collection[str]) -> str:
    """The media type of a file of Office 97 to 2003 by the names of its streams."""
    return next((kind for name, kind in _STREAMS if name in streams), OLD_OFFICE)
