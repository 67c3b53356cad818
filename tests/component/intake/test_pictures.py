"""Files are shown as pictures that we make (pages of a PDF document, images), and no file can do harm through them."""

import io
import struct
import zlib
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image

from services.intake.measuring import run
from services.intake.picturing import CHILD
from tests.component.intake.browser import browsing, known_as, words
from tests.component.intake.test_supplements import ada, intake  # noqa: F401 - fixtures
from tests.component.intake.walker import PDF, Applicant, Walker

HALF_BROKEN = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Count 2/Kids[3 0 R 9 0 R]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""
"""A document of two pages, the second of which is not there."""


def document(pages: int) -> bytes:
    """A PDF document."""
    made = io.BytesIO()
    with pypdfium2.PdfDocument.new() as new:
        for _ in range(pages):
            new.new_page(200, 100)
        new.save(made)
    return made.getvalue()


def image(width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, "PNG")
    return made.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is very large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def size_of(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as found:
        return found.size


async def given(intake: Walker, who: Applicant, content: bytes, name: str) -> tuple[str, str]:  # noqa: F811
    """An artifact: where its pages are, and which it is."""
    path = await intake.open(who, "felting")
    kept = await intake.call(who, "PUT", f"{path}/materials/works", 200, files={"file": (name, content)})
    return f"{path.removeprefix('/api')}/materials/works/pages", f"?artifact_id={kept['artifact_id']}"


async def test_a_document_is_looked_at_page_by_page(intake: Walker, ada: Applicant) -> None:  # noqa: F811
    pages, which = await given(intake, ada, document(3), "felt.pdf")
    async with browsing(intake) as here:
        assert (await here.get(f"{pages}/1/picture{which}")).status_code == 303
        known_as(ada, here)
        assert f'href="{pages}/1{which}"' in (await here.get(pages.removesuffix("/pages"))).text
        page = await here.get(f"{pages}/2{which}")
        assert "Page 2 of 3" in words(page)
        assert f'src="{pages}/2/picture{which}"' in page.text
        assert f'href="{pages}/1{which}"' in page.text
        assert f'href="{pages}/3{which}"' in page.text
        picture = await here.get(f"{pages}/2/picture{which}")
        assert (picture.headers["content-type"], size_of(picture.content)) == ("image/png", (800, 400))
        assert "sandbox" in picture.headers["content-security-policy"]
        assert picture.headers["x-content-type-options"] == "nosniff"
        for wrong in (f"4{which}", f"0{which}", "1", f"x{which}"):
            assert (await here.get(f"{pages}/{wrong}")).status_code in (404, 422)
        eve = await intake.sign_in("eve@example.org")
        known_as(eve, here)
        for one in (f"{pages}/1{which}", f"{pages}/1/picture{which}"):
            assert (await here.get(one)).status_code == 404


async def test_an_image_is_made_anew_and_not_larger_than_a_screen(intake: Walker, ada: Applicant) -> None:  # noqa: F811
    pages, which = await given(intake, ada, image(4000, 1000), "felt.png")
    async with browsing(intake) as here:
        picture = await known_as(ada, here).get(f"{pages}/1/picture{which}")
        assert size_of(picture.content) == (1000, 250)


async def test_a_file_that_cannot_be_drawn_is_offered_to_be_saved(intake: Walker, ada: Applicant) -> None:  # noqa: F811
    pages, which = await given(intake, ada, PDF, "felt.pdf")
    async with browsing(intake) as here:
        page = await known_as(ada, here).get(f"{pages}/1{which}")
        said = words(page)
        assert (page.status_code, "This file cannot be shown here" in said) == (200, True)
        assert "The panel gets the file as it is." in said
        assert "Page 1" not in said
        assert "<img" not in page.text
        file = f"/api{pages.removesuffix('/pages')}/{which.removeprefix('?artifact_id=')}"
        assert f'href="{file}"' in page.text
        saved = await here.get(file)
        assert (saved.content, saved.headers["content-disposition"].partition(";")[0]) == (PDF, "attachment")
        assert (await here.get(f"{pages}/1/picture{which}")).status_code == 404


async def test_a_page_that_cannot_be_drawn_leaves_the_others(intake: Walker, ada: Applicant) -> None:  # noqa: F811
    pages, which = await given(intake, ada, HALF_BROKEN, "felt.pdf")
    async with browsing(intake) as here:
        page = await known_as(ada, here).get(f"{pages}/1{which}")
        assert ("Page 1 of 2" in words(page), f'src="{pages}/1/picture{which}"' in page.text) == (True, True)
        page = await here.get(f"{pages}/2{which}")
        said = words(page)
        assert (page.status_code, "Page 2 of 2" in said) == (200, True)
        assert "This page cannot be shown here" in said
        assert f'href="{pages}/1{which}"' in page.text
        assert (await here.get(f"{pages}/3{which}")).status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7\n" + b"<</Kids[1 0 R]/Count 999999999>>" * 1000,
        bomb(60_000, 60_000),
        bomb(20_000, 4_000),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\xff" * 5000,
    ],
    ids=["nothing", "a broken document", "a bomb", "a smaller bomb", "SVG", "a broken image"],
)
async def test_no_file_does_harm(content: bytes, tmp_path: Any) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert await run(str(CHILD), str(file), "1") == b""
