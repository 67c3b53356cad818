"""Kinds of materials: a video as a file whose length is measured; artifacts that are files, links or texts."""

from typing import Any

import pytest

from services.intake.measuring import Measurer
from services.intake.uploads import Upload
from tests.component.intake.browser import beside, browsing, known_as, went, words
from tests.component.intake.films import film
from tests.component.intake.test_supplements import ada, intake  # noqa: F401 - fixtures
from tests.component.intake.walker import PDF, Applicant, Walker

UNREADABLE = film(10)[:-16].replace(b"moov", b"free") + b"\0" * 16


def without_file(**fields: str) -> dict[str, Any]:
    """A form as a browser sends it when no file was chosen."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    end = '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n'
    return {"content": "".join([*parts, end]), "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


def sent(content: bytes, **fields: Any) -> dict[str, Any]:
    """A form with a film."""
    return {"files": {"file": ("film.mp4", content)}, "data": fields}


async def test_a_film_is_as_long_as_it_is_measured(intake: Walker, ada: Applicant) -> None:  # noqa: F811
    place = f"{await intake.open(ada, 'felting')}/materials/film"
    kept = await intake.call(ada, "PUT", place, 200, **sent(film(17.5)))
    assert (kept["minutes"], kept["media_type"], kept["filename"]) == (17.5, "video/mp4", "film.mp4")
    # What is measured counts, and not what is said.
    refused = await intake.call(ada, "PUT", place, 422, **sent(film(20.5), minutes="3"))
    assert refused["errors"] == [{"field": "minutes", "message": "at most 20 minutes; this has 20.5"}]
    refused = await intake.call(ada, "PUT", place, 422, **sent(film(0.5)))
    assert refused["errors"] == [{"field": "minutes", "message": "at least 1 minutes; this has 0.5"}]
    assert len(intake.objects(ada)) == 1


async def test_of_a_film_that_cannot_be_measured_the_length_is_asked_for(
    intake: Walker,  # noqa: F811
    ada: Applicant,  # noqa: F811
) -> None:
    place = f"{await intake.open(ada, 'felting')}/materials/film"
    refused = await intake.call(ada, "PUT", place, 422, **sent(UNREADABLE))
    assert refused["detail"] == "The length of the video cannot be read from the file. Say it in minutes."
    for said in ("long", "-1", "nan", "inf", "1e9"):
        await intake.call(ada, "PUT", place, 422, **sent(UNREADABLE, minutes=said))
    kept = await intake.call(ada, "PUT", place, 200, **sent(UNREADABLE, minutes="12,5"))
    assert kept["minutes"] == 12.5
    async with browsing(intake) as here:
        known_as(ada, here)
        page = place.removeprefix("/api")
        again = await here.post(page, **sent(UNREADABLE, minutes="", based_on="older"))
        assert (again.status_code, beside(again, "minutes")) == (422, "say how many minutes it has")
        changed = await here.post(page, **sent(UNREADABLE + b"x", minutes="3", based_on="older"))
        assert (changed.status_code, "It was changed in another window" in words(changed)) == (412, True)
        assert "film.mp4" in words(changed)
        assert "Minutes: 12.5" in words(changed)
    assert (await intake.call(ada, "GET", place.rpartition("/materials")[0], 200))["state"] == "open"


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0\x18ftypisom" + b"\xff" * 5000, b"\x1aE\xdf\xa3" + b"\xff" * 5000, PDF]
)
async def test_no_file_takes_the_measurer_down(content: bytes) -> None:
    measurer = Measurer(objects=None)  # type: ignore[arg-type]
    upload = Upload("film.mp4", "video/mp4", len(content), content, None, None, ())
    assert await measurer.minutes(upload) is None


async def test_artifacts_are_files_links_or_texts(intake: Walker, ada: Applicant) -> None:  # noqa: F811
    path = await intake.open(ada, "felting")
    works = f"{path}/materials/works"
    await intake.call(
        ada, "PUT", works, 200, json={"text": "My own felt words", "annotation": "A poem", "items": ["wool"]}
    )
    await intake.call(ada, "PUT", works, 200, json={"url": "https://felt.example/page", "items": ["water"]})
    await intake.call(ada, "PUT", works, 200, files={"file": ("felt.pdf", PDF)}, data={"annotation": "A file"})
    items = (await intake.call(ada, "GET", works, 200))["items"]
    text, link = (next(one for one in items if key in one) for key in ("text", "url"))
    file = next(one for one in items if "filename" in one)
    assert (text["text"], text["words"], text["annotation"], text["items"]) == (
        "My own felt words",
        4,
        "A poem",
        ["wool"],
    )
    assert (link["url"], link["items"], "text" in link) == ("https://felt.example/page", ["water"], False)
    assert (file["filename"], file["annotation"]) == ("felt.pdf", "A file")
    for wrong in (
        {"text": "Both", "url": "https://felt.example/"},
        {"annotation": "Neither"},
        {"text": "…"},
        {"text": "Words", "items": ["silk"]},
        {"text": "Words", "annotation": "one two three four five six"},
        {"url": "javascript:alert(1)"},
    ):
        await intake.call(ada, "PUT", works, 422, json=wrong)
    await intake.call(ada, "DELETE", f"{works}/{link['artifact_id']}", 204)
    found = await intake.call(ada, "GET", path, 200)
    evidence = next(one["evidence"] for one in found["requirements"] if one["key"] == "works")
    assert evidence == {"wool": [text["artifact_id"]], "water": []}


async def test_a_page_takes_a_link_or_a_text_in_place_of_a_file(intake: Walker, ada: Applicant) -> None:  # noqa: F811
    path = (await intake.open(ada, "felting")).removeprefix("/api")
    works = f"{path}/materials/works"
    async with browsing(intake) as here:
        known_as(ada, here)
        sent_link = {"url": "https://felt.example/page", "text": "", "annotation": "Look", "items": "wool"}
        assert went(await here.post(works, **without_file(**sent_link))) == (303, works)
        assert went(await here.post(works, **without_file(url="", text="Felt, felt."))) == (303, works)
        page = await here.get(works)
        assert '<a href="https://felt.example/page" rel="noopener noreferrer">' in page.text
        assert "Read the text Felt, felt." in words(page)
        assert "1 of 2 have evidence" in words(page)
        both = await here.post(works, data={"text": "And a text"}, files={"file": ("felt.pdf", PDF)})
        assert (both.status_code, beside(both, "file")) == (422, "hand in one of them: a file, a link or a text")
        none = await here.post(works, **without_file(annotation="Alone"))
        assert (none.status_code, beside(none, "file")) == (422, "choose a file")
