"""A look into archives: which document they are. Nothing in them makes the look cost more than its bounds."""

import struct
import time
import tracemalloc
import zipfile

import pytest

from chassis.objects import StoreFailed
from contracts.media import OFFICE, OPEN_DOCUMENT
from services.intake import looking
from services.intake.domain.media import LOCKED, OLD_OFFICE, ZIP
from services.intake.looking import look
from tests.unit.intake.archives import MAIN, content_types, directory_of, office, ole, open_document, patched, zipped

DOCX = f"{OFFICE}.wordprocessingml.document"
DOCM = "application/vnd.ms-word.document.macroEnabled.12"
ODT = f"{OPEN_DOCUMENT}.text"
VBA = "application/vnd.ms-office.vbaProject"


def looked(data: bytes, kind: str = ZIP, allowed: tuple[str, ...] | None = None) -> str:
    return look(kind, lambda start, length: data[start : start + length], len(data), allowed)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (office("docx"), DOCX),
        (office("docx", how=zipfile.ZIP_STORED), DOCX),
        (office("xlsx"), f"{OFFICE}.spreadsheetml.sheet"),
        (office("pptx"), f"{OFFICE}.presentationml.presentation"),
        (office("docm"), DOCM),
        (office("xlsm"), "application/vnd.ms-excel.sheet.macroEnabled.12"),
        (office("pptm"), "application/vnd.ms-powerpoint.presentation.macroEnabled.12"),
        (office("docx", ("word/vbaProject.bin", b"x")), DOCM),
        (office("docx", ("word/VBAPROJECT.BIN", b"x")), DOCM),
        (office("docx", *((f"word/media/{n}.png", b"x") for n in range(3000))), DOCX),
        (
            zipped(
                ("[Content_Types].xml", content_types(MAIN["docx"], ("/word/v.bin", VBA))), ("word/document.xml", b"")
            ),
            DOCM,
        ),
        (
            zipped(
                (
                    "[Content_Types].xml",
                    content_types(MAIN["docx"], defaults=f'<Default Extension="bin" ContentType="{VBA}"/>'),
                ),
                ("word/document.xml", b""),
            ),
            DOCM,
        ),
        (zipped(("[content_types].XML", content_types(MAIN["docx"])), ("Word/Document.xml", b"")), DOCX),
        (
            zipped(
                (
                    "[Content_Types].xml",
                    content_types(MAIN["docx"]).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
                ),
                ("word/document.xml", b""),
            ),
            DOCX,
        ),
        (open_document(), ODT),
        (open_document(how=zipfile.ZIP_DEFLATED), ODT),
        (open_document("spreadsheet"), f"{OPEN_DOCUMENT}.spreadsheet"),
        (open_document("text", ("Basic/Standard/Module1.xml", b"x")), f"{ODT}; macros=yes"),
        (open_document("text", ("Scripts/python/a.py", b"x")), f"{ODT}; macros=yes"),
        (open_document("text", ("Basic/", b"")), ODT),
        (zipped(("mimetype", b"application/epub+zip")), "application/epub+zip"),
    ],
)
def test_documents(data: bytes, expected: str) -> None:
    assert looked(data) == expected


DOC = office("docx")
LIES: dict[str, bytes] = {
    "no document": zipped(("run.exe", b"MZ")),
    "empty archive": zipped(),
    "cut off": DOC[:-10],
    "only a beginning": b"PK\x03\x04",
    "names without what says what they are": zipped(("word/document.xml", b"x")),
    "two that say what it is": zipped(
        ("[Content_Types].xml", content_types(MAIN["docx"])),
        ("[content_types].xml", content_types(MAIN["docm"])),
        ("word/document.xml", b""),
    ),
    "both families at once": open_document(
        "text", ("[Content_Types].xml", content_types(MAIN["docx"])), ("word/document.xml", b"")
    ),
    "two documents in one": zipped(
        ("[Content_Types].xml", content_types(MAIN["docx"], MAIN["xlsx"])),
        ("word/document.xml", b""),
        ("xl/workbook.xml", b""),
    ),
    "a main part that is not there": zipped(("[Content_Types].xml", content_types(MAIN["docx"]))),
    "no XML": zipped(("[Content_Types].xml", b"PK\x03\x04"), ("word/document.xml", b"")),
    "an unknown encoding": zipped(
        ("[Content_Types].xml", b'<?xml version="1.0" encoding="foo"?><Types/>'), ("word/document.xml", b"")
    ),
    "entities that grow": zipped(
        (
            "[Content_Types].xml",
            content_types(
                MAIN["docx"],
                before='<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
            ),
        ),
        ("word/document.xml", b""),
    ),
    "a declaration of anything": zipped(("mimetype", b"application/vnd.oasis.opendocument.text\r\nX-Evil: 1")),
    "a declaration that goes on": zipped(("mimetype", b"application/vnd.oasis.opendocument.text" + b" " * 1000)),
    "a declaration that is no text": zipped(("mimetype", b"\xff" * 20)),
    "a damaged deflate": patched(open_document(how=zipfile.ZIP_DEFLATED), (b"mimetype", b"mimetype"))[:38]
    + b"\xff" * 30
    + open_document(how=zipfile.ZIP_DEFLATED)[68:],
    "encrypted": patched(
        DOC,
        (b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00"),
        (b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),
    ),
    "a foreign version": patched(DOC, (b"PK\x01\x02\x14\x03\x14\x00", b"PK\x01\x02\x14\x03\xff\x00")),
    "a wrong name inside": patched(DOC, (b"PK\x03\x04", b"PK\x03\x05")),
    "a name that is no text": patched(zipped(("é.txt", b"x")), ("é".encode(), b"\xff\xff")),
    "a table of contents that begins before the file": DOC[:-22]
    + DOC[-22:-6]
    + struct.pack("<I", 0xFFFFFFF0)
    + DOC[-2:],
    "bzip2": zipped(
        ("[Content_Types].xml", content_types(MAIN["docx"])), ("word/document.xml", b""), how=zipfile.ZIP_BZIP2
    ),
    "LZMA": zipped(
        ("[Content_Types].xml", content_types(MAIN["docx"])), ("word/document.xml", b""), how=zipfile.ZIP_LZMA
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_what_lies_or_is_damaged_stays_an_archive(name: str) -> None:
    assert looked(LIES[name]) == ZIP


def _bomb(how: int) -> bytes:
    """A [Content_Types].xml of 200 MB, packed into very little."""
    return zipped(
        ("[Content_Types].xml", content_types(MAIN["docx"]) + b" " * 200_000_000), ("word/document.xml", b""), how=how
    )


def _small_bomb() -> bytes:
    """The same, and it says of itself that it is small."""
    bomb = _bomb(zipfile.ZIP_DEFLATED)
    size = len(content_types(MAIN["docx"])) + 200_000_000
    return patched(bomb, (struct.pack("<I", size), struct.pack("<I", 1000)))


HOSTILE = {
    "200 MB of table of contents": lambda: directory_of(1_000_000, comment=150),
    "9 MB of it": lambda: directory_of(170_000),
    "as much as is looked at": lambda: directory_of(9_700),
    "a bomb": lambda: _bomb(zipfile.ZIP_DEFLATED),
    "a bomb that says it is small": _small_bomb,
    "a comment of 64 KB": lambda: DOC[:-2] + struct.pack("<H", 65535) + b"PK\x05\x06" * 16383 + b"PK\x05",
    "spaces": lambda: b"PK\x03\x04" + b" " * 200_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_cost_of_a_look_is_bounded_whatever_the_archive(name: str) -> None:
    data = HOSTILE[name]()
    read = 0

    def counted(start: int, length: int) -> bytes:
        nonlocal read
        read += length
        return data[start : start + length]

    tracemalloc.start()
    began = time.process_time()
    try:
        assert look(ZIP, counted, len(data), None) == ZIP
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 3, "traced, it takes several times as long as else"
    assert peak < 12_000_000
    assert read <= looking.IN_ALL_BYTES


@pytest.mark.parametrize(
    "allowed", [("application/pdf", "text/plain"), ("video/*", "image/*"), ("application/zip",), ()]
)
def test_nothing_is_opened_where_no_archive_is_taken(allowed: tuple[str, ...]) -> None:
    def never(start: int, length: int) -> bytes:
        raise AssertionError("it was read")

    assert look(ZIP, never, 1000, allowed) == ZIP
    assert look(OLD_OFFICE, never, 1000, allowed) == OLD_OFFICE
    assert look("application/pdf", never, 1000, None) == "application/pdf"


def test_a_store_that_fails_is_not_the_files_fault() -> None:
    def fails(start: int, length: int) -> bytes:
        raise StoreFailed

    for kind in (ZIP, OLD_OFFICE):
        with pytest.raises(StoreFailed):
            look(kind, fails, 1000, None)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ole("WordDocument", "1Table"), "application/msword"),
        (ole("Workbook"), "application/vnd.ms-excel"),
        (ole("Book", shift=12), "application/vnd.ms-excel"),
        (ole(*(f"s{n}" for n in range(90)), "PowerPoint Document"), "application/vnd.ms-powerpoint"),
        (ole("EncryptionInfo", "EncryptedPackage"), LOCKED),
        (ole("__properties_version1.0"), OLD_OFFICE),
        (ole(*(f"s{n}" for n in range(300)), "WordDocument"), OLD_OFFICE),
        (ole("a", "b", "c", "d", chain=lambda sector: 1), OLD_OFFICE),
        (ole("a", "b", "c", "d", chain=lambda sector: 0x00FFFFFF), OLD_OFFICE),
        (ole("WordDocument")[:600], OLD_OFFICE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, OLD_OFFICE),
    ],
)
def test_office_of_before_2007(data: bytes, expected: str) -> None:
    assert looked(data, OLD_OFFICE) == expected
