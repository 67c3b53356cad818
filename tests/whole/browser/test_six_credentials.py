"""An applicant of each open credential goes from the catalog to the submission in a real Chromium: one without
JavaScript, one only by keyboard."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Locator, Page, expect

import program
from devstack.walk import Walk
from program.loader import load
from tests.system.whole import Whole
from tests.whole.browser.reader import PATIENCE_MS, Reader, reading
from tests.whole.browser.test_pages import sound

pytestmark = pytest.mark.timeout(600)
expect.set_options(timeout=PATIENCE_MS)

OPEN = {one.slug: one for one in load(Path(program.__file__).parent).credentials if one.state == "open"}
BY_KEYBOARD, PLAIN = "equity-and-inclusion", "institutionalizing-engagement"
MOST_STEPS = 30


@dataclass
class Applicant:
    """Somebody who does what the one button of their application says, until it is submitted. `keyboard`: by Tab,
    arrows, Enter and typing alone; only the file of a file dialog is given by hand."""

    reader: Reader
    walk: Walk
    document: Path
    keyboard: bool

    @property
    def page(self) -> Page:
        return self.reader.page

    async def press(self, target: Locator) -> None:
        """Follow a link, or press a button."""
        await (self.reader.press(target) if self.keyboard else target.click())

    async def send(self, button: Locator) -> None:
        """Press the button of a form, and wait for what it answers."""
        async with self.page.expect_navigation():
            await self.press(button)

    async def fill(self, target: Locator, text: str) -> None:
        """Write into a field."""
        await (self.reader.type_into(target, text) if self.keyboard else target.fill(text))

    async def tick(self, target: Locator) -> None:
        """Tick a box."""
        if not self.keyboard:
            await target.check()
            return
        await self.reader.tab_to(target)
        await self.page.keyboard.press(" ")

    async def choose(self, options: Locator, place: int) -> None:
        """Choose one of several radio buttons."""
        if not self.keyboard:
            await options.nth(place).check()
            return
        await self.reader.tab_to(options.first)
        for key in ["ArrowRight"] * place or [" "]:
            await self.page.keyboard.press(key)

    async def step(self) -> str:
        """Do what the page asks for now. Returns which page it was."""
        main, place = self.page.get_by_role("main"), urlsplit(self.page.url).path
        kind = place.split("/")[3] if place.count("/") >= 3 else place.split("/")[1]
        match kind:
            case "eligibility":
                await self.choose(main.get_by_role("radio"), 0)
                await self.send(main.get_by_role("button", name="Save my answer"))
            case "basic-information":
                await self.fill(main.get_by_label("Your name"), "Nia Example")
                await self.fill(main.get_by_label("Institution"), "Example College")
                await self.fill(main.get_by_label("Position"), "Coordinator")
                await self.send(main.get_by_role("button", name="Save your basic information"))
            case "agreement":
                await self.tick(main.get_by_role("checkbox"))
                await self.send(main.get_by_role("button", name="Accept the agreement"))
            case "self-assessment":
                groups = main.get_by_role("group")
                for number in range(await groups.count()):
                    await self.choose(groups.nth(number).get_by_role("radio"), 1 + number % 4)
                await self.send(main.get_by_role("button", name="Save and see my gaps"))
            case "path":
                await self.choose(main.get_by_role("group").first.get_by_role("radio"), 1)
                await self.choose(main.get_by_role("group").nth(1).get_by_role("radio"), 1)
                await self.send(main.get_by_role("button", name="Choose this path"))
            case "materials":
                await self.hand_in(main)
            case "submission":
                await self.send(main.get_by_role("button", name="Submit for good"))
            case _:
                raise AssertionError(f"nobody knows what to do on {place}")
        return kind

    async def hand_in(self, main: Locator) -> None:
        """A text, or a file with what is said about it."""
        text, annotation = main.get_by_label("Your text"), main.get_by_label("Annotation")
        if await text.count():
            await self.fill(text, "What I did, with whom, and what I learned from it.")
            await self.send(main.get_by_role("button", name="Save the text"))
            return
        if await annotation.count():
            await self.fill(annotation, "My part of it.")
            boxes = main.get_by_role("checkbox")
            for number in range(await boxes.count()):
                await self.tick(boxes.nth(number))
        await main.get_by_label("File", exact=True).set_input_files(self.document)
        name = "Add this material" if await annotation.count() else "Hand in the file"
        await self.send(main.get_by_role("button", name=name))


WALKED = [slug for slug, one in sorted(OPEN.items()) if all(found.kind != "letter" for found in one.requirements)]


@pytest.mark.parametrize("slug", [WALKED[0], *(pytest.param(one, marks=pytest.mark.long) for one in WALKED[1:])])
async def test_from_the_catalog_to_the_submission(browser: Browser, whole: Whole, tmp_path: Path, slug: str) -> None:
    document = tmp_path / "mine.pdf"
    document.write_bytes(b"%PDF-1.7\nWhat I did.")
    walk = Walk(await whole.world.sign_in(f"nia-{uuid4().hex[:6]}@example.org", "Nia"), slug)
    async with reading(browser, walk.applicant, script=slug not in (BY_KEYBOARD, PLAIN)) as reader:
        page, main = reader.page, reader.page.get_by_role("main")
        nia = Applicant(reader, walk, document, slug == BY_KEYBOARD)
        await page.goto(whole.world.addresses["web"])
        await nia.press(main.get_by_role("link", name=OPEN[slug].name, exact=True))
        await expect(main.get_by_role("heading", level=1)).to_have_text(OPEN[slug].name)
        await nia.press(main.get_by_role("button", name="Begin your application"))
        await page.wait_for_url("**/applications/*")
        overview = page.url
        walk.application_id = overview.rpartition("/")[2]
        done: list[str] = []
        for _ in range(MOST_STEPS):
            await page.goto(overview)
            now = main.locator(".actions a.button").first
            if "submission" in done:
                break
            if await now.get_by_text("Pay the fee").count() or (await now.inner_text()) == "Pay the fee":
                await walk.pay()
                done.append("payment")
                continue
            await nia.press(now)
            await page.wait_for_url(lambda address: address != overview)
            done.append(await nia.step())
            assert await page.get_by_role("alert").count() == 0, await page.get_by_role("alert").inner_text()
        asked = [one for one in OPEN[slug].requirements if one.due == "before_submission"]
        assert ("eligibility" in done) == (OPEN[slug].eligibility_rule is not None)
        assert ("path" in done) == (OPEN[slug].paths is not None)
        texts_and_files = [one for one in asked if one.kind != "self_assessment" and one.path in (None, "annotated")]
        assert done.count("materials") == len(texts_and_files)
        assert done[-1] == "submission"
        await expect(main).to_contain_text("Submitted")
        await sound(reader, f"submitted-{slug}")
    assert (await walk.application())["state"] in ("submitted", "in_review")
