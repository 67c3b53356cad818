"""What a file is, told by its first bytes (and, in a ZIP archive, by its members' names): never by what its sender calls it."""

from collections.abc import Collection, Sequence

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

HEAD = 4096
"""How many bytes of a file's beginning are needed to tell what it is."""

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
    (b"{\\rtf", "application/rtf"),
)
_MEMBERS: tuple[tuple[str, str], ...] = (
    ("word/", f"{OFFICE}.wordprocessingml.document"),
    ("ppt/", f"{OFFICE}.presentationml.presentation"),
    ("xl/", f"{OFFICE}.spreadsheetml.sheet"),
)
_UNKNOWN = "application/octet-stream"
_ZIP = b"PK\x03\x04"


def is_archive(head: bytes) -> bool:
    """Whether the file is a ZIP archive, so that its members' names are needed to tell more."""
    return head.startswith(_ZIP)


def media_type(head: bytes, members: Sequence[str] = (), declared: str = "") -> str:
    """The media type of a file. `declared` is what an OpenDocument archive says in its member `mimetype`.

    Plain text is what decodes as UTF-8 without control characters. What is not recognised is application/octet-stream.
    """
    if is_archive(head):
        if declared.startswith(OPEN_DOCUMENT):
            return declared
        return next((kind for prefix, kind in _MEMBERS if any(member.startswith(prefix) for member in members)), "application/zip")
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:10] == b"qt" else "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    known = next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), None)
    if known is not None:
        return known
    return "text/plain" if _is_text(head) else _UNKNOWN


def fits(found: str, allowed: Collection[str] | None) -> bool:
    """Whether a requirement takes it: one of its media types (`text/plain` also stands for text/markdown, `video/*` for any video); without a list,
    whatever was recognised."""
    if allowed is None:
        return found not in (_UNKNOWN, "application/zip")
    if found in allowed or f"{found.partition('/')[0]}/*" in allowed:
        return True
    return found == "text/plain" and "text/markdown" in allowed


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if len(head) < HEAD or error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return bool(text.strip()) and not any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text)
