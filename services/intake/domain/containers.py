"""The kind of a file of sound, pictures or film, by the first bytes of its container.

Nothing here reads beyond the bytes that it is given.
"""

from collections.abc import Iterator

_STILL = {b"avif": "image/avif", b"avis": "image/avif"} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"), "image/heic"
)
_MP4 = (
    b"isom",
    b"mp41",
    b"mp42",
    b"mp71",
    b"avc1",
    b"dash",
    b"M4V ",
    b"M4VH",
    b"M4VP",
    b"MSNV",
    b"XAVC",
    b"mmp4",
    b"F4V ",
)
_MOVING = (
    {b"qt  ": "video/quicktime"}
    | dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"F4A "), "audio/mp4")
    | dict.fromkeys((*_MP4, *(b"iso%d" % n for n in range(2, 10))), "video/mp4")
)
_WEBM, _MATROSKA = b"webm", b"matroska"
_RIFF = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
_OGG_SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
_MP3_BITRATES = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def told(head: bytes) -> str | None:
    """The media type by a file's first bytes (4096 are enough), or None."""
    if head[4:8] == b"ftyp":
        return _base_media(head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _ebml(head)
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"OggS"):
        return _ogg(head)
    return _mpeg_sound(head)


def _base_media(head: bytes) -> str | None:
    """ISO/IEC 14496-12: `ftyp` with a major brand and the compatible brands.

    A brand of still pictures decides, wherever it stands.
    """
    size = int.from_bytes(head[:4], "big")
    if size < 16:
        return None
    body = head[8 : min(size, len(head))]
    brands = [body[:4], *(body[at : at + 4] for at in range(8, len(body) - 3, 4))]
    for brand in sorted(brands, key=lambda one: not one.startswith(b"avi")):
        if brand in _STILL:
            return _STILL[brand]
    return next((kind for kind in map(_moving, brands) if kind is not None), None)


def _moving(brand: bytes) -> str | None:
    if brand.startswith((b"3gp", b"3gr", b"3gs", b"3ge", b"3gg")):
        return "video/3gpp"
    return "video/3gpp2" if brand.startswith(b"3g2") else _MOVING.get(brand)


def _ebml(head: bytes) -> str | None:
    """RFC 8794: the DocType among the elements of the header."""
    length, at = _number(head, 4, keep_mark=False)
    end = min(at + length, len(head))
    for name, value in _elements(head, at, end):
        if name == 0x4282:
            kind = value.rstrip(b"\x00")
            return "video/webm" if kind == _WEBM else "video/matroska" if kind == _MATROSKA else None
    return None


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    while at < end:
        name, at = _number(data, at, keep_mark=True)
        length, at = _number(data, at, keep_mark=False)
        yield name, data[at : min(at + length, end)]
        at += length


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """A number whose first byte says its length, and the position after it. Beyond the data it is 0."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if width > 8:
        return 0, len(data)
    value = int.from_bytes(data[at : at + width], "big")
    return value if keep_mark else value & ((1 << (7 * width)) - 1), at + width


def _ogg(head: bytes) -> str | None:
    """RFC 5334: the first packet of the first page names the kind."""
    packet = head[27 + (head[26] if len(head) > 26 else 0) :]
    if packet.startswith(_OGG_SOUND):
        return "audio/ogg"
    return "video/ogg" if packet.startswith((b"\x80theora", b"fishead\x00", b"BBCD\x00")) else None


def _mpeg_sound(head: bytes) -> str | None:
    """A frame of MP3 or AAC (ADTS), followed by another frame or by the end of the data."""
    length = _mp3_frame(head, 0)
    if length is not None:
        return "audio/mpeg" if length >= len(head) or _mp3_frame(head, length) is not None else None
    if len(head) > 6 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        following = head[length : length + 2]
        return (
            "audio/aac"
            if length > 6 and (length >= len(head) or (following[:1] == b"\xff" and following[1:] != b""))
            else None
        )
    return None


def _mp3_frame(head: bytes, at: int) -> int | None:
    """The length of the layer III frame that begins here, or None."""
    if len(head) < at + 4 or head[at] != 0xFF or head[at + 1] & 0xE6 != 0xE2:
        return None
    version, bitrate, rate = head[at + 1] >> 3 & 3, head[at + 2] >> 4, head[at + 2] >> 2 & 3
    if version == 1 or not 0 < bitrate < 15 or rate == 3:
        return None
    first_version = version == 3
    samples = 144 if first_version else 72
    return samples * _MP3_BITRATES[first_version][bitrate - 1] * 1000 // _MP3_RATES[version][rate] + (
        head[at + 2] >> 1 & 1
    )
