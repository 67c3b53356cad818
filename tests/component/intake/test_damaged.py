"""If a text cannot be read from the object store, its place says so and everything else is shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.component.intake.browser import browsing, known_as, words
from tests.component.intake.walker import PDF, Applicant, Walker

Damage = Callable[[Path], object]
DAMAGES: dict[str, tuple[Damage, str]] = {
    "gone": (lambda file: file.unlink(), "This is not there any more."),
    "other bytes": (
        lambda file: file.write_bytes(b"?" + file.read_bytes()[1:]),
        "what is stored is not what was written",
    ),
    "cut off": (lambda file: file.write_bytes(file.read_bytes()[:-1]), "what is stored is not what was written"),
    "emptied": (lambda file: file.write_bytes(b""), "what is stored is not what was written"),
    "in a loop": (lambda file: (file.unlink(), file.symlink_to(file)), "it cannot be read from where it is stored"),
}


def apply(damage: str, file: Path) -> str:
    """Damage it; the words that are to be said of it."""
    what, words = DAMAGES[damage]
    what(file)
    return words


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_decision_whose_texts_are_damaged_leaves_all_else_to_be_seen(
    intake: Walker, ada: Applicant, damage: str
) -> None:
    path = await intake.submit(ada)
    decided = await intake.decided(ada, path, "not_yet")
    await intake.one.deliver(decided)
    intake.one.clock.move(seconds=1)
    other = await intake.start(ada)
    before = await intake.call(ada, "GET", path, 200)
    folder = intake.one.keys.folder / "objects"
    for claim, of_letter in ((decided.letter, True), (decided.feedback, False)):
        whole = (folder / claim.name).read_bytes()
        words = apply(damage, folder / claim.name)
        shown = await intake.call(ada, "GET", path, 200)
        told = shown["decision"]["unreadable"]
        assert words in told
        expected = before["decision"] | {"unreadable": told}
        if of_letter:
            expected["letter"] = told
        else:
            expected["feedback"] = {item: {**one, "text": told} for item, one in before["decision"]["feedback"].items()}
        assert shown == before | {"decision": expected}
        listed = await intake.call(ada, "GET", "/api/applications", 200)
        assert [f"/api/applications/{one['application_id']}" for one in listed["items"]] == [path, other]
        assert listed["items"][0] == shown
        (folder / claim.name).unlink(missing_ok=True)
        (folder / claim.name).write_bytes(whole)
    assert await intake.call(ada, "GET", path, 200) == before


@pytest.mark.parametrize("data", [b"no JSON", b"[]", b'{"weft": 1}', b"\xff"])
async def test_feedback_that_is_not_what_was_written(intake: Walker, ada: Applicant, data: bytes) -> None:
    path = await intake.submit(ada)
    decided = await intake.decided(ada, path, "not_yet")
    odd = await intake.written_by_review(ada.person_id, data, "application/json")
    no_text = await intake.written_by_review(ada.person_id, b"\xff\xfe", "text/plain")
    await intake.one.deliver(decided.model_copy(update={"feedback": odd, "letter": no_text}))
    decision = (await intake.call(ada, "GET", "/api/applications", 200))["items"][0]["decision"]
    words = decision["unreadable"]
    assert "not of the kind that was written" in words
    assert (decision["letter"], decision["feedback"]["weft"]) == (words, {"level": "not-yet", "text": words})


async def test_a_claim_of_somebody_elses_prefix_takes_nothing_with_it(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    decided = await intake.decided(ada, path, "not_yet")
    letter = decided.letter.model_copy(update={"name": "badging/x/y"})
    await intake.one.deliver(decided.model_copy(update={"letter": letter}))
    decision = (await intake.call(ada, "GET", path, 200))["decision"]
    assert "cannot be read from where it is stored" in decision["letter"]
    assert decision["feedback"]["weft"] == {"level": "not-yet", "text": "More weft."}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_materials_that_are_damaged(intake: Walker, ada: Applicant, damage: str) -> None:
    path = await intake.complete(ada)
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    works = f"{path}/materials/works"
    for n in range(2):
        await intake.call(ada, "PUT", works, 200, files={"file": (f"a{n}", PDF)}, data={"annotation": f"Loom {n}"})
        intake.one.clock.move(seconds=1)

    async def seen() -> dict[str, Any]:
        keys = ("essay", "talk", "readiness", "works")
        return {key: await intake.call(ada, "GET", f"{path}/materials/{key}", 200) for key in keys}

    before, shown = await seen(), await intake.call(ada, "GET", path, 200)
    assert (before["essay"]["text"], before["talk"]["url"], before["readiness"]["ratings"]) == (
        "Threads cross.",
        "https://video.example.org/1",
        {"warp": 1, "weft": 4},
    )
    words = {apply(damage, file) for file in intake.objects(ada) if b"Loom 1" not in file.read_bytes()}.pop()
    after = await seen()
    told = after["essay"]["unreadable"]
    assert words in told
    assert after == {
        "essay": before["essay"] | {"text": told, "unreadable": told},
        "talk": before["talk"] | {"url": None, "unreadable": told},
        "readiness": before["readiness"] | {"ratings": None, "unreadable": told},
        "works": {
            "items": [
                before["works"]["items"][0] | {"annotation": told, "unreadable": told},
                before["works"]["items"][1],
            ],
            "next": None,
        },
    }
    assert await intake.call(ada, "GET", path, 200) == shown
    status = 404 if damage == "gone" else 503
    refused = await intake.call(ada, "GET", f"{path}/materials/cv", status)
    assert (refused["type"], refused["detail"]) == ("not_found" if status == 404 else "unreadable", told)
    artifact = before["works"]["items"][0]["artifact_id"]
    assert (await intake.call(ada, "GET", f"{works}/{artifact}", status))["detail"] == told
    # What is damaged is replaced like anything else.
    await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json={"text": "Threads crossed again."})
    assert (await intake.call(ada, "GET", f"{path}/materials/essay", 200))["text"] == "Threads crossed again."


async def test_a_page_says_it_in_the_language_of_its_reader(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    decided = await intake.decided(ada, path, "not_yet")
    await intake.one.deliver(decided)
    (intake.one.keys.folder / "objects" / decided.letter.name).unlink()
    async with browsing(intake) as here:
        known_as(ada, here)
        await here.post("/language", data={"language": "es"})
        page = await here.get(f"{path.removeprefix('/api')}/decision")
        assert "Esto ya no está. Se borró" in words(page)


async def test_a_refusal_names_the_state_of_a_credential_in_the_language_of_its_reader(
    intake: Walker, ada: Applicant
) -> None:
    async with browsing(intake) as here:
        known_as(ada, here)
        await here.post("/language", data={"language": "es"})
        page = await here.post("/credentials/dyeing/begin")
        assert page.status_code == 409
        assert "está anunciada; solo se puede iniciar" in words(page)
