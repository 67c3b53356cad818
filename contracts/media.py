"""The media types that claims name: what people call them, and the endings of their files' names, the usual one
first."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"


class Kind(NamedTuple):
    """`words`: what a person calls a file of the type, with its article.

    `endings`: of names that claim to be such a file.
    """

    words: str
    endings: tuple[str, ...]


def _kinds(*rows: tuple[str, str, str]) -> Mapping[str, Kind]:
    return MappingProxyType({media_type: Kind(words, tuple(endings.split())) for media_type, words, endings in rows})


KINDS = _kinds(
    (TEXT, "plain text", "txt text md markdown csv tsv log tex rst adoc org bib srt vtt json yaml yml"),
    ("text/html", "a web page (HTML)", "html htm xhtml"),
    ("application/xml", "an XML file", "xml"),
    ("image/svg+xml", "a drawing (SVG)", "svg"),
    ("application/pdf", "a PDF document", "pdf"),
    ("application/rtf", "an RTF document", "rtf doc"),
    ("application/msword", "an older Word document (.doc)", "doc dot"),
    ("application/vnd.ms-excel", "an older Excel workbook (.xls)", "xls xlt"),
    ("application/vnd.ms-powerpoint", "an older PowerPoint presentation (.ppt)", "ppt pps pot"),
    ("application/x-ole-storage", "an older Office file", "msg"),
    ("application/encrypted-office", "an Office document that a password locks", ""),
    (f"{OFFICE}.wordprocessingml.document", "a Word document (.docx)", "docx"),
    (f"{OFFICE}.wordprocessingml.template", "a Word template (.dotx)", "dotx"),
    (f"{OFFICE}.spreadsheetml.sheet", "an Excel workbook (.xlsx)", "xlsx"),
    (f"{OFFICE}.spreadsheetml.template", "an Excel template (.xltx)", "xltx"),
    (f"{OFFICE}.presentationml.presentation", "a PowerPoint presentation (.pptx)", "pptx"),
    (f"{OFFICE}.presentationml.slideshow", "a PowerPoint show (.ppsx)", "ppsx"),
    (f"{OFFICE}.presentationml.template", "a PowerPoint template (.potx)", "potx"),
    ("application/vnd.ms-word.document.macroEnabled.12", "a Word document with macros (.docm)", "docm dotm"),
    ("application/vnd.ms-excel.sheet.macroEnabled.12", "an Excel workbook with macros (.xlsm)", "xlsm xltm xlam xlsb"),
    (
        "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
        "a PowerPoint presentation with macros (.pptm)",
        "pptm ppsm potm ppam",
    ),
    (f"{OPEN_DOCUMENT}.text", "an OpenDocument text (.odt)", "odt"),
    (f"{OPEN_DOCUMENT}.text-template", "an OpenDocument text template (.ott)", "ott"),
    (f"{OPEN_DOCUMENT}.spreadsheet", "an OpenDocument spreadsheet (.ods)", "ods"),
    (f"{OPEN_DOCUMENT}.spreadsheet-template", "an OpenDocument spreadsheet template (.ots)", "ots"),
    (f"{OPEN_DOCUMENT}.presentation", "an OpenDocument presentation (.odp)", "odp"),
    (f"{OPEN_DOCUMENT}.presentation-template", "an OpenDocument presentation template (.otp)", "otp"),
    (f"{OPEN_DOCUMENT}.graphics", "an OpenDocument drawing (.odg)", "odg"),
    ("application/epub+zip", "an e-book (EPUB)", "epub"),
    ("application/zip", "a ZIP archive", "zip"),
    ("application/vnd.rar", "a RAR archive", "rar"),
    ("application/x-7z-compressed", "a 7z archive", "7z"),
    ("application/gzip", "a gzip archive", "gz tgz"),
    ("application/x-tar", "a tar archive", "tar"),
    ("image/png", "a picture (PNG)", "png"),
    ("image/jpeg", "a picture (JPEG)", "jpg jpeg jpe jfif"),
    ("image/gif", "a picture (GIF)", "gif"),
    ("image/webp", "a picture (WebP)", "webp"),
    ("image/tiff", "a picture (TIFF)", "tiff tif"),
    ("image/heic", "a picture (HEIC)", "heic heif"),
    ("image/avif", "a picture (AVIF)", "avif"),
    ("video/mp4", "a video (MP4)", "mp4 m4v"),
    ("video/quicktime", "a video (QuickTime)", "mov qt"),
    ("video/3gpp", "a video (3GP)", "3gp 3gpp"),
    ("video/3gpp2", "a video (3G2)", "3g2"),
    ("video/webm", "a video (WebM)", "webm"),
    ("video/matroska", "a video (Matroska)", "mkv mka"),
    ("video/ogg", "a video (Ogg)", "ogv"),
    ("video/mpeg", "a video (MPEG)", "mpg mpeg"),
    ("video/x-msvideo", "a video (AVI)", "avi"),
    ("video/x-ms-asf", "a Windows Media file", "wmv wma asf"),
    ("audio/mpeg", "sound (MP3)", "mp3"),
    ("audio/mp4", "sound (M4A)", "m4a m4b"),
    ("audio/aac", "sound (AAC)", "aac"),
    ("audio/ogg", "sound (Ogg)", "ogg oga opus"),
    ("audio/wav", "sound (WAV)", "wav"),
    ("audio/flac", "sound (FLAC)", "flac"),
)

_SAFE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*(; charset=[a-z0-9-]+)?", re.IGNORECASE | re.ASCII)
_CHARSETS = ("utf-8", "utf-16")


def base(media_type: str) -> str:
    """The type without its parameters."""
    return media_type.partition(";")[0].strip()


def charset(media_type: str) -> str:
    """How a text is encoded: utf-8, unless the type says utf-16."""
    named = media_type.partition("charset=")[2]
    return named if named in _CHARSETS else _CHARSETS[0]


def words(media_type: str) -> str:
    """What a person calls it; the type itself where it has no words."""
    kind = KINDS.get(base(media_type))
    return base(media_type) if kind is None else kind.words


def extension(media_type: str) -> str:
    """The ending, with its dot, of a saved file's name; nothing for a type without one."""
    kind = KINDS.get(base(media_type))
    return f".{kind.endings[0]}" if kind is not None and kind.endings else ""


def safe(media_type: str) -> str:
    """The type as it may stand in an HTTP header: what is not a type's name is told as unknown."""
    return media_type if _SAFE.fullmatch(media_type) else UNKNOWN
