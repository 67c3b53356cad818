"""What a file is, by its content."""

import pytest

from services.intake.domain.media import OFFICE, fits, is_archive, media_type

ODT = "application/vnd.oasis.opendocument.text"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3....", "video/webm"),
        (b"ID3\x04", "audio/mpeg"),
        (b"Plain words, \xc3\xa9 too.\r\n", "text/plain"),
        ("é".encode() * 2047 + b"a\xc3", "text/plain"),
        ("é".encode() * 2000 + b"\xc3", "application/octet-stream"),
        (b"\xe9 in latin-1, and then some more words", "application/octet-stream"),
        (b"MZ\x90\x00\x03", "application/octet-stream"),
        (b"nul \x00 in it", "application/octet-stream"),
        (b"", "application/octet-stream"),
        (b"PK\x03\x04....", "application/zip"),
    ],
)
def test_by_the_first_bytes(head: bytes, expected: str) -> None:
    assert media_type(head) == expected


def test_archives_by_their_members() -> None:
    head = b"PK\x03\x04\x14\x00"
    assert is_archive(head)
    assert not is_archive(b"%PDF-")
    assert media_type(head, ["[Content_Types].xml", "word/document.xml"]) == f"{OFFICE}.wordprocessingml.document"
    assert media_type(head, ["[Content_Types].xml", "ppt/presentation.xml"]) == f"{OFFICE}.presentationml.presentation"
    assert media_type(head, ["mimetype", "content.xml"], ODT) == ODT
    assert media_type(head, ["run.exe"]) == "application/zip"


@pytest.mark.parametrize(
    ("found", "allowed", "expected"),
    [
        ("application/pdf", ("application/pdf",), True),
        ("image/png", ("application/pdf",), False),
        ("video/webm", ("video/*",), True),
        ("text/plain", ("text/markdown",), True),
        ("image/png", None, True),
        ("application/octet-stream", None, False),
        ("application/zip", None, False),
    ],
)
def test_what_a_requirement_takes(found: str, allowed: tuple[str, ...] | None, expected: bool) -> None:
    assert fits(found, allowed) is expected
