"""The media types of claims: words for people, and the endings of file names, the usual one first."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from contracts.refusals import Text

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"


class Kind(NamedTuple):
    """`words`: the name of such a file for people, with its article.

    `endings`: the endings of such files' names.
    """

    words: Text
    endings: tuple[str, ...]


def _kinds(*rows: tuple[str, Text, str]) -> Mapping[str, Kind]:
    return MappingProxyType({media_type: Kind(words, tuple(endings.split())) for media_type, words, endings in rows})


KINDS = _kinds(
    (TEXT, Text("plain text"), "txt text md markdown csv tsv log tex rst adoc org bib srt vtt json yaml yml"),
    ("text/html", Text("a web page (HTML)"), "html htm xhtml"),
    ("application/xml", Text("an XML file"), "xml"),
    ("image/svg+xml", Text("a drawing (SVG)"), "svg"),
    ("application/pdf", Text("a PDF document"), "pdf"),
    ("application/rtf", Text("an RTF document"), "rtf doc"),
    ("application/msword", Text("an older Word document (.doc)"), "doc dot"),
    ("application/vnd.ms-excel", Text("an older Excel workbook (.xls)"), "xls xlt"),
    ("application/vnd.ms-powerpoint", Text("an older PowerPoint presentation (.ppt)"), "ppt pps pot"),
    ("application/x-ole-storage", Text("an older Office file"), "msg"),
    ("application/encrypted-office", Text("an Office document that a password locks"), ""),
    (f"{OFFICE}.wordprocessingml.document", Text("a Word document (.docx)"), "docx"),
    (f"{OFFICE}.wordprocessingml.template", Text("a Word template (.dotx)"), "dotx"),
    (f"{OFFICE}.spreadsheetml.sheet", Text("an Excel workbook (.xlsx)"), "xlsx"),
    (f"{OFFICE}.spreadsheetml.template", Text("an Excel template (.xltx)"), "xltx"),
    (f"{OFFICE}.presentationml.presentation", Text("a PowerPoint presentation (.pptx)"), "pptx"),
    (f"{OFFICE}.presentationml.slideshow", Text("a PowerPoint show (.ppsx)"), "ppsx"),
    (f"{OFFICE}.presentationml.template", Text("a PowerPoint template (.potx)"), "potx"),
    ("application/vnd.ms-word.document.macroEnabled.12", Text("a Word document with macros (.docm)"), "docm dotm"),
    (
        "application/vnd.ms-excel.sheet.macroEnabled.12",
        Text("an Excel workbook with macros (.xlsm)"),
        "xlsm xltm xlam xlsb",
    ),
    (
        "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
        Text("a PowerPoint presentation with macros (.pptm)"),
        "pptm ppsm potm ppam",
    ),
    (f"{OPEN_DOCUMENT}.text", Text("an OpenDocument text (.odt)"), "odt"),
    (f"{OPEN_DOCUMENT}.text-template", Text("an OpenDocument text template (.ott)"), "ott"),
    (f"{OPEN_DOCUMENT}.spreadsheet", Text("an OpenDocument spreadsheet (.ods)"), "ods"),
    (f"{OPEN_DOCUMENT}.spreadsheet-template", Text("an OpenDocument spreadsheet template (.ots)"), "ots"),
    (f"{OPEN_DOCUMENT}.presentation", Text("an OpenDocument presentation (.odp)"), "odp"),
    (f"{OPEN_DOCUMENT}.presentation-template", Text("an OpenDocument presentation template (.otp)"), "otp"),
    (f"{OPEN_DOCUMENT}.graphics", Text("an OpenDocument drawing (.odg)"), "odg"),
    ("application/epub+zip", Text("an e-book (EPUB)"), "epub"),
    ("application/zip", Text("a ZIP archive"), "zip"),
    ("application/vnd.rar", Text("a RAR archive"), "rar"),
    ("application/x-7z-compressed", Text("a 7z archive"), "7z"),
    ("application/gzip", Text("a gzip archive"), "gz tgz"),
    ("application/x-tar", Text("a tar archive"), "tar"),
    ("image/png", Text("a picture (PNG)"), "png"),
    ("image/jpeg", Text("a picture (JPEG)"), "jpg jpeg jpe jfif"),
    ("image/gif", Text("a picture (GIF)"), "gif"),
    ("image/webp", Text("a picture (WebP)"), "webp"),
    ("image/tiff", Text("a picture (TIFF)"), "tiff tif"),
    ("image/heic", Text("a picture (HEIC)"), "heic heif"),
    ("image/avif", Text("a picture (AVIF)"), "avif"),
    ("video/mp4", Text("a video (MP4)"), "mp4 m4v"),
    ("video/quicktime", Text("a video (QuickTime)"), "mov qt"),
    ("video/3gpp", Text("a video (3GP)"), "3gp 3gpp"),
    ("video/3gpp2", Text("a video (3G2)"), "3g2"),
    ("video/webm", Text("a video (WebM)"), "webm"),
    ("video/matroska", Text("a video (Matroska)"), "mkv mka"),
    ("video/ogg", Text("a video (Ogg)"), "ogv"),
    ("video/mpeg", Text("a video (MPEG)"), "mpg mpeg"),
    ("video/x-msvideo", Text("a video (AVI)"), "avi"),
    ("video/x-ms-asf", Text("a Windows Media file"), "wmv wma asf"),
    ("audio/mpeg", Text("sound (MP3)"), "mp3"),
    ("audio/mp4", Text("sound (M4A)"), "m4a m4b"),
    ("audio/aac", Text("sound (AAC)"), "aac"),
    ("audio/ogg", Text("sound (Ogg)"), "ogg oga opus"),
    ("audio/wav", Text("sound (WAV)"), "wav"),
    ("audio/flac", Text("sound (FLAC)"), "flac"),
)

_SAFE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*(; charset=[a-z0-9-]+)?", re.IGNORECASE | re.ASCII)
_CHARSETS = ("utf-8", "utf-16")


def base(media_type: str) -> str:
    """The type without its parameters."""
    return media_type.partition(";")[0].strip()


def charset(media_type: str) -> str:
    """The encoding of a text: utf-8, unless the type says utf-16."""
    named = media_type.partition("charset=")[2]
    return named if named in _CHARSETS else _CHARSETS[0]


def words(media_type: str) -> Text:
    """The name of the type for people; the type itself if it has none."""
    kind = KINDS.get(base(media_type))
    return Text("%(media_type)s", media_type=base(media_type)) if kind is None else kind.words


def extension(media_type: str) -> str:
    """The ending of a saved file's name, with its dot; empty for a type without one."""
    kind = KINDS.get(base(media_type))
    return f".{kind.endings[0]}" if kind is not None and kind.endings else ""


def safe(media_type: str) -> str:
    """The type for an HTTP header. A text that is not a type's name becomes the unknown type."""
    return media_type if _SAFE.fullmatch(media_type) else UNKNOWN
