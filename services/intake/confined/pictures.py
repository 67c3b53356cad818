"""Runs in a process of its own, on a file that somebody sent. Writes the number of its pages, a line break, and one
page as PNG.

The process has limits of memory and time. Harm that the file does to the parser ends with the process. It writes no
PNG if there is no such page or if it cannot be drawn, and nothing at all if the file cannot be opened.
"""

import io
import os
import resource
import sys
import warnings

MOST_MEMORY_BYTES = 768 * 1024 * 1024
MOST_SECONDS = 20
MOST_PAGES = 100
WIDEST, HIGHEST = 1000, 1600
"""The largest width and height of the picture, in pixels."""
MOST_PIXELS = 50_000_000
"""The most pixels of a picture that is opened. A larger one may be a decompression bomb."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def main(path: str, number: int) -> None:
    """One page of a PDF document, or a picture (which has only page 1)."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    with open(path, "rb") as file:
        document = file.read(5) == b"%PDF-"
    pages, picture = _page(path, number) if document else (1, _picture(path))
    sys.stdout.buffer.write(b"%d\n" % pages + (picture if 1 <= number <= pages else b""))


def _page(path: str, number: int) -> tuple[int, bytes]:
    import pypdfium2  # type: ignore[import-untyped]

    with pypdfium2.PdfDocument(path) as document:
        pages = min(len(document), MOST_PAGES)
        if not 1 <= number <= pages:
            return pages, b""
        try:
            page = document[number - 1]
            width, height = page.get_size()
            scale = min(WIDEST / max(width, 1), HIGHEST / max(height, 1), 4)
            return pages, _png(page.render(scale=scale, may_draw_forms=False).to_pil())
        except Exception:  # whatever its author made wrong: other pages may be whole
            return pages, b""


def _picture(path: str) -> bytes:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(path, formats=FORMATS) as image:
        image.draft("RGB", (WIDEST, HIGHEST))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((WIDEST, HIGHEST))
        return _png(upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"))


def _png(image) -> bytes:  # type: ignore[no-untyped-def]  # the library is imported after the limits are set
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
