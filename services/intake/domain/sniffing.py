"""The kind of a file by its content, found while the file passes: by its first bytes and, for texts, by all of them.

This is our own code, because no library finds what matters here. puremagic 1.30 and filetype 1.2 were tried in November
2026. Both take a .docm for a .docx and cannot say how a text is encoded. puremagic takes every old Office file for
Word, and calls Latin-1 and short texts unknown. filetype knows no HTML or SVG. puremagic 2 needs Python 3.12, filetype
is from 2022, python-magic needs a C library in each image. `services.intake.looking` looks into archives.
"""

import codecs
import re

from contracts.media import TEXT, UNKNOWN
from services.intake.domain import containers
from services.intake.domain.media import EMPTY, OLD_OFFICE, OLD_TEXT, UNMARKED_TEXT, WIDE_TEXT, ZIP

HEAD = 4096
"""The bytes of a file's beginning that are kept."""

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),
    (b"{\\rtf", "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_CONTROLS_IN_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_PDF_WITHIN = 1024
"""PDF readers find the beginning of a document within so many bytes."""

# The beginnings by which browsers take a file for a web page: WHATWG, MIME Sniffing, section 7.1.
_HTML_TAGS = "!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p"
_HTML = re.compile(rf"<(?:{_HTML_TAGS})[\s>]|<!--", re.IGNORECASE)
_PROLOGUE = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype[^<>\[]*(?:\[[^\]]*\]\s*)?>)", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<(?:[\w.-]+:)?(svg|html)[\s/>]", re.IGNORECASE)


class Sniffer:
    """Takes a file's pieces in their order and finds the kind of the file. Keeps HEAD bytes, however large the file
    is."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._text = _Text()

    def feed(self, piece: bytes) -> None:
        """The next bytes of the file."""
        if len(self._head) < HEAD:
            self._head += piece[: HEAD - len(self._head)]
        self._text.feed(piece)

    def told(self) -> str:
        """The media type of the file, after all bytes were fed. An unknown kind is application/octet-stream.

        Text is UTF-8, or UTF-16 with a byte order mark, without control characters; the type names which.
        """
        head, text = bytes(self._head), self._text
        text.end()
        known = next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), None) or containers.told(
            head
        )
        if known is not None:
            return known
        if head[257:262] == b"ustar":
            return "application/x-tar"
        if head.lstrip(b"\xef\xbb\xbf\x00\t\n\x0c\r ").startswith(b"%PDF-"):
            return "application/pdf"
        if marked := _marked_up(head.decode(text.charset if not text.broken else "latin-1", "ignore")):
            return marked
        if not text.broken:
            return EMPTY if text.blank else f"{TEXT}; charset={text.charset}"
        if b"%PDF-" in head[:_PDF_WITHIN]:
            return "application/pdf"
        if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            return WIDE_TEXT
        if not text.controls:
            return OLD_TEXT
        return UNMARKED_TEXT if _unmarked(head) else UNKNOWN


class _Text:
    """Whether everything that was fed so far is text.

    `broken`: it is not text that we take. `controls`: it has bytes that no text of any encoding has.
    """

    def __init__(self) -> None:
        self.broken = self.controls = False
        self.blank = True
        self.charset = "utf-8"
        self._first = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, piece: bytes) -> None:
        self.controls = self.controls or _CONTROLS.search(piece) is not None
        if self.broken:
            return None
        if self._decoder is not None:
            return self._decode(piece)
        self._first += piece
        if len(self._first) >= 4:
            self._begin()
        return None

    def end(self) -> None:
        if self._decoder is None:
            self._begin()
        self._decode(b"", final=True)

    def _begin(self) -> None:
        wide = self._first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self.charset = "utf-16" if wide else "utf-8"
        self._decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")()
        self._decode(self._first)

    def _decode(self, piece: bytes, final: bool = False) -> None:
        if self.broken or self._decoder is None:
            return
        try:
            text = self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            self.broken = True
            return
        self.broken = _CONTROLS_IN_TEXT.search(text) is not None
        self.blank = self.blank and not text.strip()


def _marked_up(text: str) -> str | None:
    """Whether a text is a web page, a drawing or other XML, by its first element."""
    begins = text.lstrip("\ufeff \t\n\x0c\r")
    at = 0
    while found := _PROLOGUE.match(begins, at):
        at = found.end()
    if root := _ROOT.match(begins, at):
        return "image/svg+xml" if root[1].lower() == "svg" else "text/html"
    if _HTML.match(begins):
        return "text/html"
    return "application/xml" if begins.startswith("<?xml") else None


def _unmarked(head: bytes) -> bool:
    """Whether it looks like UTF-16 of a European language without a byte order mark: every other byte is zero, and no
    other is a control character."""
    even, odd = head[0::2], head[1::2]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    for zeros, letters in ((odd, even), (even, odd)):
        if len(zeros) > 8 and zeros.count(0) * 10 >= len(zeros) * 9:
            return _CONTROLS.search(letters) is None
    return False
