"""The kind of a file by its content, found while it passes."""

import struct

import pytest

from contracts.media import UNKNOWN
from services.intake.domain import media
from services.intake.domain.sniffing import HEAD, Sniffer


def ftyp(major: bytes, *compatible: bytes, size: int | None = None) -> bytes:
    body = b"ftyp" + major + b"\x00\x00\x00\x00" + b"".join(compatible)
    return struct.pack(">I", len(body) + 4 if size is None else size) + body + b"\x00\x00\x00\x08free"


def ebml(kind: bytes) -> bytes:
    elements = bytes.fromhex("42868101 42f78101 42f28104 42f38108") + b"\x42\x82" + bytes([0x80 | len(kind)]) + kind
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(elements)]) + elements + b"\x18\x53\x80\x67"


def ogg(packet: bytes) -> bytes:
    return b"OggS\x00\x02" + b"\x00" * 20 + b"\x01" + bytes([len(packet)]) + packet


MP3_FRAME = bytes.fromhex("fffb9064") + b"\x00" * 413
ADTS_FRAME = bytes.fromhex("fff15080") + bytes([0x02, 0x1F, 0xFC]) + b"\x00" * 9
TEXT8, TEXT16 = "text/plain; charset=utf-8", "text/plain; charset=utf-16"

CASES: list[tuple[bytes, str]] = [
    (b"%PDF-1.7\n", "application/pdf"),
    (b"\r\n \xef\xbb\xbf%PDF-1.7\n", "application/pdf"),
    (b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n%\xe2\xe3\xcf", "application/pdf"),
    (b"We explain how a file begins with %PDF-1.7 and ends.", TEXT8),
    (b"<html>%PDF-1.4 \xe2\xe3", "text/html"),
    (b"\x00\x01" * 600 + b"%PDF-1.4", UNKNOWN),
    (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
    (b"\xff\xd8\xff\xe0", "image/jpeg"),
    (b"GIF89a..", "image/gif"),
    (b"MM\x00*..", "image/tiff"),
    (ftyp(b"mp42", b"isom"), "video/mp4"),
    (ftyp(b"qt  ", b"qt  "), "video/quicktime"),
    (ftyp(b"M4A ", b"mp42", b"isom"), "audio/mp4"),
    (ftyp(b"3gp4", b"isom", b"3gp4"), "video/3gpp"),
    (ftyp(b"3g2a"), "video/3gpp2"),
    (ftyp(b"heic", b"mif1", b"heic"), "image/heic"),
    (ftyp(b"mif1", b"mif1", b"heic"), "image/heic"),
    (ftyp(b"isom", b"mp42", b"heic"), "image/heic"),
    (ftyp(b"avif", b"mif1", b"miaf"), "image/avif"),
    (ftyp(b"mif1", b"avif"), "image/avif"),
    (ftyp(b"none", b"isom"), "video/mp4"),
    (ftyp(b"none"), UNKNOWN),
    (ftyp(b"mp42", size=8), UNKNOWN),
    (ftyp(b"none", b"isom", size=0), UNKNOWN),
    (ftyp(b"none", *[b"heic"] * 5000), "image/heic"),
    (ebml(b"webm"), "video/webm"),
    (ebml(b"matroska"), "video/matroska"),
    (ebml(b"other"), UNKNOWN),
    (b"\x1a\x45\xdf\xa3", UNKNOWN),
    (b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + b"\x00" * 50, UNKNOWN),
    (b"ID3\x04", "audio/mpeg"),
    (MP3_FRAME * 2, "audio/mpeg"),
    (MP3_FRAME[:10], "audio/mpeg"),
    (MP3_FRAME + b"nothing of the kind", UNKNOWN),
    (ADTS_FRAME * 3, "audio/aac"),
    (ogg(b"\x01vorbis"), "audio/ogg"),
    (ogg(b"OpusHead"), "audio/ogg"),
    (ogg(b"\x80theora"), "video/ogg"),
    (b"OggS\x00", UNKNOWN),
    (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
    (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
    (b"RIFF\x24\x00\x00\x00AVI LIST", "video/x-msvideo"),
    (b"fLaC\x00\x00", "audio/flac"),
    (b"PK\x03\x04....", media.ZIP),
    (b"PK\x05\x06" + b"\x00" * 18, media.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", media.OLD_OFFICE),
    (b"{\\rtf1 words}", "application/rtf"),
    (b"Rar!\x1a\x07\x00", "application/vnd.rar"),
    (b"<!DOCTYPE html><title>Ada", "text/html"),
    (b"\xef\xbb\xbf\n <HTML lang=en>", "text/html"),
    (b"<script>alert(1)</script>", "text/html"),
    (b"<!-- a comment -->\n<html>", "text/html"),
    (b"<p>\xe9 in Latin-1", "text/html"),
    ("<html>".encode("utf-16"), "text/html"),
    (
        b'<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg PUBLIC "a" "b" [<!ENTITY c "d">]>\n<svg:svg a="b">',
        "image/svg+xml",
    ),
    (b"<svg onload='alert(1)'/>", "image/svg+xml"),
    (b'<?xml version="1.0"?><letter/>', "application/xml"),
    (b"Ada <script>alert(1)</script>", TEXT8),
    (b"<3 weaving", TEXT8),
    (b"# A *Markdown* title\r\n\ttext\x0c", TEXT8),
    ("Plain words, é too.\r\n".encode(), TEXT8),
    ("é".encode() * HEAD, TEXT8),
    (b"a", TEXT8),
    (b"\xef\xbb\xbfWith a mark", TEXT8),
    ("Lebenslauf Ä".encode("utf-16"), TEXT16),
    (b"\xfe\xff" + "履歴書".encode("utf-16-be"), TEXT16),
    ("Lebenslauf".encode("utf-16")[:-1], UNKNOWN),
    (b"\xff\xfe\x00\xd8a\x00", UNKNOWN),
    ("nul \x00".encode("utf-16"), UNKNOWN),
    ("Lebenslauf Ä".encode("utf-32"), media.WIDE_TEXT),
    ("Lebenslauf of Ada".encode("utf-16-le"), media.UNMARKED_TEXT),
    ("Lebenslauf of Ada".encode("utf-16-be"), media.UNMARKED_TEXT),
    (b"Caf\xe9 owner, in Latin-1", media.OLD_TEXT),
    ("履歴書です".encode("shift-jis"), media.OLD_TEXT),
    (b"a" * 3 * HEAD + b"\xe9", media.OLD_TEXT),
    ("é".encode() * HEAD + b"\xc3", media.OLD_TEXT),
    (b"a" * 3 * HEAD + b"\x00", UNKNOWN),
    (b"MZ\x90\x00\x03", UNKNOWN),
    (b"nul \x00 in it", UNKNOWN),
    (b"", media.EMPTY),
    (b" \r\n\t", media.EMPTY),
    (b"\xef\xbb\xbf", media.EMPTY),
    (b"\xff\xfe", media.EMPTY),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
@pytest.mark.parametrize("step", [1, 3, 1000, 1_000_000])
def test_by_its_content_in_pieces_of_any_size(data: bytes, expected: str, step: int) -> None:
    sniffer = Sniffer()
    for at in range(0, len(data), step):
        sniffer.feed(data[at : at + step])
    assert sniffer.told() == expected
