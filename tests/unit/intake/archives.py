"""Archives for tests: honest documents, and harmful ones."""

import io
import struct
import zipfile
from collections.abc import Callable

MAIN = {
    "docx": ("/word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
    "xlsx": ("/xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
    "pptx": (
        "/ppt/presentation.xml",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    ),
    "docm": ("/word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
    "xlsm": ("/xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    "pptm": ("/ppt/presentation.xml", "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"),
}


def zipped(*members: tuple[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def content_types(*overrides: tuple[str, str], defaults: str = "", before: str = "") -> bytes:
    parts = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides)
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{before}'
        f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{defaults}{parts}</Types>'
    ).encode()


def office(kind: str, *more: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A document of Office as it writes them."""
    name, content_type = MAIN[kind]
    return zipped(("[Content_Types].xml", content_types((name, content_type))), (name[1:], b"<x/>"), *more, how=how)


def open_document(kind: str = "text", *more: tuple[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    """An OpenDocument."""
    return zipped(
        ("mimetype", b"application/vnd.oasis.opendocument." + kind.encode()), ("content.xml", b"<x/>"), *more, how=how
    )


def directory_of(entries: int, comment: int = 0) -> bytes:
    """An archive of one member whose table of contents names very many, each with a comment of so many bytes."""
    first = zipped(("a", b""))[:31]
    fields = struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0, 0, 0, 0, 8, 0, comment, 0, 0, 0, 0)
    table = b"".join(b"PK\x01\x02" + fields + b"%08d" % n + b"c" * comment for n in range(entries))
    zip64 = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, len(table), len(first))
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(first) + len(table), 1)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return first + table + zip64 + locator + end


def patched(archive: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """The archive with some of its bytes exchanged, each of which must be there."""
    for old, new in changes:
        assert old in archive, old
        archive = archive.replace(old, new)
    return archive


def ole(*names: str, shift: int = 9, chain: Callable[[int], int] | None = None) -> bytes:
    """A compound file ([MS-CFB]) with a directory of these streams; `chain` says which sector follows which in place of
    what is right.
    """
    width = 1 << shift
    per_sector = width // 128
    entries = [("Root Entry", 5), *((name, 2) for name in names)]
    entries += [("", 0)] * (-len(entries) % per_sector)
    sectors = len(entries) // per_sector
    header = bytearray(width)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3 if shift == 9 else 4, 0xFFFE, shift, 6)
    struct.pack_into("<III", header, 40, 0, 1, 1)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    follows = chain or (lambda sector: sector + 1 if sector < sectors else 0xFFFFFFFE)
    table = [0xFFFFFFFD, *(follows(sector) for sector in range(1, sectors + 1))]
    table += [0xFFFFFFFF] * (width // 4 - len(table))
    directory = b""
    for name, kind in entries:
        encoded = name.encode("utf-16-le") + b"\x00\x00" if name else b""
        directory += encoded.ljust(64, b"\x00") + struct.pack("<HB", len(encoded), kind) + b"\x00" * 61
    return bytes(header) + struct.pack(f"<{width // 4}I", *table) + directory
