"""Handing in, in a real Chromium: an essay whose words are counted while it is typed, a file, an artifact; with and
without a script."""

import io
from pathlib import Path
from uuid import uuid4

import pypdfium2
import pytest
from playwright.async_api import Browser, expect

from devstack.journey import FUNDAMENTALS
from devstack.walk import Walk
from tests.system.whole import Whole
from tests.whole.browser.reader import PATIENCE_MS, reading
from tests.whole.browser.test_pages import sound

pytestmark = pytest.mark.timeout(300)
expect.set_options(timeout=PATIENCE_MS)


def pdf() -> bytes:
    """A document of one empty page."""
    with pypdfium2.PdfDocument.new() as new, io.BytesIO() as file:
        new.new_page(300, 200)
        new.save(file)
        return file.getvalue()


PDF = pdf()
ESSAY = "Warp ánd weft — can't be 日本 told apart.\n\nTwenty-one threads."
COUNTED = 12
"""Words of it by Unicode: each Chinese character is one."""


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_what_is_asked_for_is_handed_in(browser: Browser, whole: Whole, tmp_path: Path, script: bool) -> None:
    walk = Walk(await whole.world.sign_in(f"ina-{uuid4().hex[:6]}@example.org", "Ina"), FUNDAMENTALS)
    await walk.start()
    await walk.pay()
    path = {"path": "annotated", "answer": "experienced"}
    await walk.applicant.do("PUT", "intake", f"/api/applications/{walk.application_id}/path", json=path)
    materials = f"{whole.world.addresses['web']}/applications/{walk.application_id}/materials"
    document, page_of_the_web, large = (tmp_path / name for name in ("our board.pdf", "fake.pdf", "large.pdf"))
    document.write_bytes(PDF)
    page_of_the_web.write_bytes(b"<html><body>No document.</body></html>")
    large.write_bytes(PDF + bytes(21_000_000))
    name = "script" if script else "plain"

    async with reading(browser, walk.applicant, script=script) as one:
        page, main = one.page, one.page.get_by_role("main")

        await page.goto(f"{materials}/essay")
        await expect(main).to_contain_text("Up to 1,000 words")
        counter = page.locator(".word-counter")
        await page.get_by_label("Your text").fill(ESSAY)
        await expect(counter).to_have_text(f"Words so far: {COUNTED}" if script else "")
        await page.get_by_label("Your text").fill("word " * 1003)
        await expect(counter).to_have_text("Words so far: 1,003, too many by 3" if script else "")
        await page.get_by_role("button", name="Save the text").click()
        await expect(page.get_by_role("alert")).to_contain_text("at most 1000 words; this has 1003")
        await expect(page.get_by_label("Your text")).to_have_value("word " * 1003)
        await sound(one, f"material-essay-refused-{name}")
        await page.get_by_label("Your text").fill(ESSAY)
        await page.get_by_role("button", name="Save the text").click()
        await expect(page.get_by_role("status").first).to_contain_text("It is saved.")
        # The server counts what the browser counts.
        await expect(main).to_contain_text(f"Words: {COUNTED}. Handed in:")

        async with reading(browser, walk.applicant, script=script) as other:
            await other.page.goto(f"{materials}/essay")
            await other.page.get_by_label("Your text").fill("A text of another window.")
            await other.page.get_by_role("button", name="Save the text").click()
            await expect(other.page.get_by_role("status").first).to_contain_text("It is saved.")
        await page.get_by_label("Your text").fill("A text of this window.")
        await page.get_by_role("button", name="Save the text").click()
        await expect(main).to_contain_text("There are two texts now")
        await expect(main).to_contain_text("A text of another window.")
        await expect(page.get_by_label("Your text")).to_have_value("A text of this window.")
        await sound(one, f"material-two-texts-{name}")
        await page.get_by_role("button", name="Save this text in its place").click()
        await expect(page.get_by_label("Your text")).to_have_value("A text of this window.")
        await expect(main).to_contain_text("Words: 5. Handed in:")

        await page.goto(f"{materials}/cv")
        await page.get_by_label("File").set_input_files(large)
        if script:
            # It is said before the file is sent.
            said = await page.get_by_label("File").evaluate("one => one.validationMessage")
            assert said == "This file is too large: at most 10.5 MB are taken."
        else:
            await page.get_by_role("button", name="Hand in the file").click()
            await expect(page.get_by_role("alert")).to_contain_text("at most 10.5 MB")
        await page.get_by_label("File").set_input_files(document)
        await page.get_by_role("button", name="Hand in the file").click()
        await expect(main).to_contain_text("our board.pdf a PDF document")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="our board.pdf", exact=True).click()
        saved = tmp_path / "saved.pdf"
        await (await download.value).save_as(saved)
        assert saved.read_bytes() == PDF
        await sound(one, f"material-file-{name}")

        await page.goto(f"{materials}/annotated-materials")
        await page.get_by_label("Annotation").fill("The principles that our board wrote.")
        await page.get_by_label("Roles of engaged faculty").check()
        await page.get_by_label("File").set_input_files(page_of_the_web)
        await page.get_by_role("button", name="Add this material").click()
        await expect(page.get_by_role("alert")).to_contain_text("must be what its name says")
        await expect(main).to_contain_text("Choose the file again")
        await expect(page.get_by_label("Annotation")).to_have_value("The principles that our board wrote.")
        await expect(page.get_by_label("Roles of engaged faculty")).to_be_checked()
        await sound(one, f"material-artifact-refused-{name}")
        await page.get_by_label("File").set_input_files(document)
        await page.get_by_role("button", name="Add this material").click()
        await expect(page.get_by_role("complementary", name="How it will be judged")).to_contain_text(
            "1 of 10 have evidence"
        )
        await expect(main).to_contain_text("The principles that our board wrote.")
        await sound(one, f"material-artifacts-{name}")
        await page.get_by_role("button", name="Take back our board.pdf").click()
        await expect(page.get_by_role("complementary", name="How it will be judged")).to_contain_text(
            "0 of 10 have evidence"
        )
