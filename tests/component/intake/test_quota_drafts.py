"""Drafts count into what one application may hold, like what is handed in; a draft that is handed in counts once."""

import asyncio

import pytest

from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, hidden, known_as, problems, typed
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import PDF, Applicant, Walker

MOST = 1000


@pytest.fixture
async def intake(service: StartService) -> Walker:
    return Walker(await service("intake", program_dir=PROGRAM, most_application_bytes=MOST))


def text_of(size: int, letter: str = "t") -> str:
    """A text of so many bytes, in one word."""
    return letter * size


async def test_a_draft_counts_to_the_last_byte(intake: Walker, ada: Applicant, path: str) -> None:
    draft, cv = f"/api{path}/drafts/essay", f"/api{path}/materials/cv"
    await intake.call(ada, "PUT", cv, 200, files={"file": ("cv.pdf", PDF)})
    left = MOST - len(PDF)
    refused = await intake.call(ada, "PUT", draft, 413, json={"text": text_of(left + 1)})
    assert (refused["type"], [error["field"] for error in refused["errors"]]) == ("quota", ["text"])
    assert refused["errors"][0]["message"] == f"at most {left} bytes more; remove what you need no longer"
    assert (await intake.call(ada, "GET", draft, 200))["draft"] is False
    await intake.call(ada, "PUT", draft, 200, json={"text": text_of(left)})
    # A draft takes the place of the one before it.
    await intake.call(ada, "PUT", draft, 200, json={"text": text_of(left, "u")})
    full = await intake.call(ada, "PUT", f"/api{path}/drafts/works", 413, json={"text": "x"})
    assert f"the draft of essay ({left} bytes), cv ({len(PDF)} bytes)" in full["detail"]
    larger = await intake.call(ada, "PUT", cv, 413, files={"file": ("cv.pdf", PDF + b" ")})
    assert (larger["type"], [error["field"] for error in larger["errors"]]) == ("quota", ["file"])
    await intake.call(ada, "DELETE", draft, 204)
    await intake.call(ada, "PUT", cv, 200, files={"file": ("cv.pdf", PDF + b" ")})


async def test_a_draft_that_is_handed_in_counts_once(intake: Walker, ada: Applicant, path: str) -> None:
    draft, works = f"/api{path}/drafts/works", f"/api{path}/materials/works"
    annotation = text_of(600)
    await intake.call(ada, "PUT", draft, 200, json={"text": annotation})
    # Beside a draft of other words there is no room for so long an annotation; the draft's own words go with the work.
    form = {"files": {"file": ("a.pdf", PDF)}}
    await intake.call(ada, "PUT", works, 413, data={"annotation": text_of(500, "u")}, **form)
    await intake.call(ada, "PUT", works, 200, data={"annotation": annotation}, **form)
    assert (await intake.call(ada, "GET", draft, 200))["draft"] is False
    left = MOST - len(PDF) - len(annotation)
    await intake.call(ada, "PUT", f"/api{path}/drafts/essay", 413, json={"text": text_of(left + 1)})
    await intake.call(ada, "PUT", f"/api{path}/drafts/essay", 200, json={"text": text_of(left)})


async def test_drafts_at_once_do_not_pass_it(intake: Walker, ada: Applicant, path: str) -> None:
    """Two drafts and a file at the same moment: any one of them fits, no two do."""
    for _ in range(5):
        answers = await asyncio.gather(
            *(
                intake.client.put(f"/api{path}/drafts/{key}", json={"text": text_of(600)}, headers=ada.headers)
                for key in ("essay", "works")
            ),
            intake.client.put(
                f"/api{path}/materials/cv", files={"file": ("a.pdf", PDF + b" " * 550)}, headers=ada.headers
            ),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 413, 413]
        for key in ("essay", "works"):
            await intake.call(ada, "DELETE", f"/api{path}/drafts/{key}", 204)
        await intake.client.delete(f"/api{path}/materials/cv", headers=ada.headers)


async def test_the_page_keeps_what_was_typed_and_names_the_remedy(intake: Walker, ada: Applicant, path: str) -> None:
    for key, field, label in (("essay", "text", "Your text"), ("works", "annotation", "Annotation")):
        address = f"{path}/materials/{key}"
        async with browsing(intake) as here:
            page = await known_as(ada, here).get(address)
            form = {field: text_of(MOST + 1), "based_on": hidden(page, "based_on")}
            page = await here.post(f"{address}/draft", data=form)
            assert (page.status_code, typed(page, field)) == (413, text_of(MOST + 1))
            assert problems(page) == [f"{label}: at most 1 kB more; remove what you need no longer"]
            assert f'href="#field-{field}"' in page.text
