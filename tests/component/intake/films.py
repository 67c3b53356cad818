"""Small files of video, made by hand (ISO/IEC 14496-12)."""

from struct import pack

UNIT = pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of the format."""
    inside = b"".join(content)
    return pack(">I", 8 + len(inside)) + kind + inside


def film(minutes: float) -> bytes:
    """An MP4 file that says it holds a video of so many minutes."""
    length = round(minutes * 60_000)
    head = box(b"mvhd", pack(">IIIII", 0, 0, 0, 1000, length), pack(">IHHII", 0x10000, 0x100, 0, 0, 0), UNIT, bytes(28))
    track = box(b"tkhd", pack(">IIIIII", 3, 0, 0, 1, 0, length), bytes(16), UNIT, pack(">II", 64 << 16, 48 << 16))
    media = box(b"mdhd", pack(">IIIIIHH", 0, 0, 0, 1000, length, 0x55C4, 0))
    handler = box(b"hdlr", bytes(8), b"vide", bytes(12), b"V\0")
    entry = bytes(6) + pack(">H", 1) + bytes(16) + pack(">HH", 64, 48) + pack(">II", 0x480000, 0x480000) + bytes(4)
    sample = box(b"avc1", entry + pack(">H", 1) + bytes(32) + pack(">Hh", 24, -1))
    table = box(
        b"stbl",
        box(b"stsd", pack(">II", 0, 1), sample),
        box(b"stts", pack(">IIII", 0, 1, 1, length)),
        box(b"stsc", pack(">II", 0, 0)),
        box(b"stsz", pack(">IIII", 0, 0, 1, 8)),
        box(b"stco", pack(">II", 0, 0)),
    )
    inner = box(b"minf", box(b"vmhd", bytes(12)), table)
    movie = box(b"moov", head, box(b"trak", track, box(b"mdia", media, handler, inner)))
    return box(b"ftyp", b"isom", pack(">I", 512), b"isom", b"mp42") + movie + box(b"mdat", bytes(8))
