"""A bounded look into an archive: which document it is.

Nothing in the file can make this module read, unpack or keep more than the bounds here.
"""

import io
import zipfile
from collections.abc import Callable
from xml.parsers import expat

from chassis.objects import Gone, StoreFailed
from services.intake.domain import office
from services.intake.domain.media import ARCHIVES, OLD_OFFICE, OLD_OFFICES, ZIP, takes

Read = Callable[[int, int], bytes]
"""Reads bytes of the file: from a position, and how many at most."""

AT_ONCE_BYTES = 512 * 1024
"""The most that is read at once, and so the largest table of contents of an archive (about five thousand members)."""
IN_ALL_BYTES = 3 * 1024 * 1024
BLOCK_BYTES = 64 * 1024
MEMBER_BYTES = 256 * 1024
"""The most that is unpacked of a member."""
OLE_SECTORS = 64


class TooMuch(Exception):
    """The file needs more than the bounds allow."""


def look(kind: str, read: Read, size: int, allowed: tuple[str, ...] | None) -> str:
    """The kind of a file that was recognised as an archive.

    It is looked into only if the requirement takes a kind that may be found there.

    It blocks while it reads, so call it in a thread. Raises Gone, StoreFailed. If anything is wrong with the file, its
    kind stays that of the archive.
    """
    documents = ARCHIVES - {ZIP}
    try:
        with _Buffered(_Window(read, size), BLOCK_BYTES) as file:
            if kind == ZIP and takes(documents, allowed):
                return _in_zip(file)
            if kind == OLD_OFFICE and takes(OLD_OFFICES | documents, allowed):
                return office.old_office(_streams(file))
    except (Gone, StoreFailed):
        raise
    except Exception:  # a broken, encrypted or foreign archive makes zipfile raise a dozen kinds of errors
        return kind
    return kind


class _Window(io.RawIOBase):
    """A file of which only a bounded part can be read."""

    def __init__(self, read: Read, size: int) -> None:
        self._read, self._size = read, size
        self._at, self._left = 0, IN_ALL_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if place < 0:
            raise OSError("before the beginning of the file")
        self._at = place
        return place

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self._size - self._at))
        if wanted == 0:
            return 0
        self._left -= wanted
        if self._left < 0:
            raise TooMuch
        data = self._read(self._at, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Buffered(io.BufferedReader):
    """A buffer for zipfile, which asks for as much as the file names. It refuses what is too much."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            here = self.tell()
            size = self.seek(0, io.SEEK_END) - here
            self.seek(here)
        if size > AT_ONCE_BYTES:
            raise TooMuch
        return super().read(max(0, size))


def _in_zip(file: "_Buffered") -> str:
    with zipfile.ZipFile(file) as archive:
        members = archive.namelist()
        types = [one for one in archive.infolist() if one.filename.lower() == office.CONTENT_TYPES]
        declared = [one for one in archive.infolist() if one.filename == office.MIMETYPE]
        # Programs differ in how they read a member that stands twice or contradicts its own description.
        if len(types) + len(declared) != 1:
            return ZIP
        if types:
            return office.office(members, _parts(_member(archive, types[0], MEMBER_BYTES)))
        return office.open_document(members, _member(archive, declared[0], 100).decode("ascii").strip())


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    # Only these two methods unpack no more than they are asked for.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.file_size > most:
        raise TooMuch
    with archive.open(member) as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        raise TooMuch
    return data


def _parts(xml: bytes) -> list[office.Part]:
    """The content of `[Content_Types].xml` (ECMA-376, part 2).

    It may not hold a document type, because entities in it could grow.
    """
    parts: list[office.Part] = []

    def element(name: str, attributes: dict[str, str]) -> None:
        if name.endswith(" Override"):
            parts.append(office.Part(attributes.get("PartName", ""), attributes.get("ContentType", "")))
        elif name.endswith(" Default"):
            parts.append(office.Part("", attributes.get("ContentType", "")))

    def no_document_type(*_: object) -> None:
        raise TooMuch

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = no_document_type
    parser.Parse(xml, True)
    return parts


def _streams(file: "_Buffered") -> set[str]:
    """The names in the directory of a compound file ([MS-CFB]), sector by sector, as far as the bounds allow."""

    def read(start: int, length: int) -> bytes:
        file.seek(start)
        return file.read(length)

    header = read(0, 512)
    shift = int.from_bytes(header[30:32], "little")
    if shift not in (9, 12):
        raise TooMuch
    sector, width = int.from_bytes(header[48:52], "little"), 1 << shift
    names: set[str] = set()
    for _ in range(OLE_SECTORS):
        if sector >= 0xFFFFFFFA:
            break
        data = read((sector + 1) * width, width)
        for at in range(0, len(data) - 127, 128):
            length = int.from_bytes(data[at + 64 : at + 66], "little")
            if 2 < length <= 64 and data[at + 66] in (1, 2):
                names.add(data[at : at + length - 2].decode("utf-16-le"))
        table, place = divmod(sector, width // 4)
        if table >= 109:
            break
        table_sector = int.from_bytes(header[76 + 4 * table : 80 + 4 * table], "little")
        if table_sector >= 0xFFFFFFFA:
            break
        sector = int.from_bytes(read((table_sector + 1) * width + 4 * place, 4), "little")
    return names
