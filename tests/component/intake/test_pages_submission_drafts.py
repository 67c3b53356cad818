"""Before the submission: drafts that are not handed in are named, by page and by API. It is a warning, no refusal."""

from tests.component.intake.browser import browsing, known_as, went, words
from tests.component.intake.walker import PDF, Applicant, Walker

LOSES = (
    "The panel does not see drafts. What is not handed in is not judged, and you cannot hand it in after you submit."
)


async def test_a_draft_that_is_not_handed_in_is_named_and_stops_nothing(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    own = path.removeprefix("/api")
    drafts = f"{path}/drafts"
    assert await intake.call(ada, "GET", drafts, 200) == {"items": [], "next": None}
    await intake.call(ada, "PUT", f"{drafts}/essay", 200, json={"text": "Threads cross each other."})
    saved = (await intake.call(ada, "GET", f"{drafts}/essay", 200))["saved_at"]
    [named] = (await intake.call(ada, "GET", drafts, 200))["items"]
    assert named == {
        "requirement": "essay",
        "name": "Essay",
        "kind": "essay",
        "words": 4,
        "saved_at": saved,
        "handed_in": 1,
    }
    async with browsing(intake) as here:
        page = await known_as(ada, here).get(f"{own}/submission")
        said = words(page)
        assert "A draft is not handed in" in said
        assert LOSES in said
        assert "The panel judges the text that you handed in, not this draft." in said
        assert f'<li><a href="{own}/materials/essay">Essay</a>' in page.text
        assert went(await here.post(f"{own}/submission")) == (303, f"{own}/submission")
        assert "not handed in" not in words(await here.get(f"{own}/submission"))
    assert (await intake.call(ada, "GET", f"{path}/materials/essay", 200))["text"] == "Threads cross."


async def test_it_says_what_is_judged_without_the_draft(intake: Walker, ada: Applicant, path: str) -> None:
    await intake.call(ada, "PUT", f"/api{path}/drafts/essay", 200, json={"text": "Threads"})
    await intake.call(ada, "PUT", f"/api{path}/drafts/works", 200, json={"text": "My cloth", "items": ["warp"]})
    work = {"data": {"annotation": "Another", "items": "warp"}, "files": {"file": ("w.pdf", PDF)}}
    await intake.call(ada, "PUT", f"/api{path}/materials/works", 200, **work)
    items = (await intake.call(ada, "GET", f"/api{path}/drafts", 200))["items"]
    assert {one["requirement"]: one["handed_in"] for one in items} == {"works": 1, "essay": 0}
    async with browsing(intake) as here:
        said = words(await known_as(ada, here).get(f"{path}/submission"))
        assert "2 drafts are not handed in" in said
        assert (
            "It is the annotation of a material that you did not add. The panel judges without this material." in said
        )
        assert "You handed in no other text for it, so the panel judges without it." in said
        # Of a path that is not chosen nothing is judged in any case; nor is an empty text.
        await intake.call(ada, "PUT", f"/api{path}/path", 200, json={"path": "spoken"})
        await intake.call(ada, "PUT", f"/api{path}/drafts/essay", 200, json={"text": ""})
        assert "not handed in" not in words(await here.get(f"{path}/submission"))
    assert await intake.call(ada, "GET", f"/api{path}/drafts", 200) == {"items": [], "next": None}


async def test_in_spanish(intake: Walker, ada: Applicant, path: str) -> None:
    await intake.call(ada, "PUT", f"/api{path}/drafts/essay", 200, json={"text": "Threads"})
    async with browsing(intake, "es") as here:
        known_as(ada, here)
        await here.post("/language", data={"language": "es"})
        page = await here.get(f"{path}/submission")
    assert "Un borrador no se ha entregado" in words(page)


async def test_they_are_their_applicants_alone(intake: Walker, ada: Applicant, path: str) -> None:
    eve = await intake.sign_in("eve@example.org")
    await intake.call(eve, "GET", f"/api{path}/drafts", 404)
    await intake.call(None, "GET", f"/api{path}/drafts", 401)
