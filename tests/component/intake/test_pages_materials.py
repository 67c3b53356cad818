"""Pages to hand in texts: two windows at once, and everything that cannot be handed in, by person, state and time."""

from uuid import uuid4

import pytest

from tests.component.intake.browser import beside, browsing, heading, known_as, typed, went, words
from tests.component.intake.walker import PDF, TOO_LARGE, Applicant, Walker


async def test_a_text_is_saved_counted_changed_and_taken_back(intake: Walker, ada: Applicant, path: str) -> None:
    essay = f"{path}/materials/essay"
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(essay)
        assert (page.status_code, heading(page)) == (200, "Essay")
        said = words(page)
        for text in ("2 to 6 words", "How it will be judged", "Shown", "Not yet", "Warp Which warp?", "Weft"):
            assert text in said
        assert "Handed in so far" not in said
        saved = await here.post(essay, data={"text": "Warp & wéft.\r\nMore.", "based_on": typed(page, "based_on")})
        assert went(saved) == (303, essay)
        page = await here.get(essay)
        assert "It is saved." in words(page)
        assert "Your text Words: 3. Handed in:" in words(page)
        assert typed(page, "text") == "Warp & wéft.\nMore."
        again = await here.post(essay, data={"text": "Two words", "based_on": typed(page, "based_on")})
        assert went(again) == (303, essay)
        kept = await intake.call(ada, "GET", f"/api{essay}", 200)
        assert (kept["text"], kept["words"]) == ("Two words", 2)
        page = await here.get(essay)
        assert went(await here.post(f"{essay}/removal", data={"based_on": typed(page, "based_on")})) == (303, essay)
        assert "It is taken back." in words(await here.get(essay))
        await intake.call(ada, "GET", f"/api{essay}", 404)
        # Its button pressed twice.
        assert went(await here.post(f"{essay}/removal")) == (303, essay)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("One", "at least 2 words; this has 1"),
        ("a b c d e f g", "at most 6 words; this has 7"),
        ("…", "write at least one word"),
        ("", "must not be empty"),
    ],
)
async def test_a_text_outside_its_limits_stays_in_its_field(
    intake: Walker, ada: Applicant, path: str, text: str, fault: str
) -> None:
    essay = f"{path}/materials/essay"
    async with browsing(intake) as here:
        page = await known_as(ada, here).post(essay, data={"text": text, "based_on": ""})
        assert (page.status_code, beside(page, "text"), typed(page, "text")) == (422, fault, text)
        assert f'<a href="#field-text">Your text: {fault}</a>' in page.text
        assert "<title>Error: Essay" in page.text
        await intake.call(ada, "GET", f"/api{essay}", 404)


async def test_two_windows_never_overwrite_each_other(intake: Walker, ada: Applicant, path: str) -> None:
    essay = f"{path}/materials/essay"
    async with browsing(intake) as one, browsing(intake) as other:
        known_as(ada, one)
        known_as(ada, other)
        first = typed(await one.get(essay), "based_on")
        assert (first, typed(await other.get(essay), "based_on")) == ("", "")
        assert went(await one.post(essay, data={"text": "The first text", "based_on": first})) == (303, essay)

        conflict = await other.post(essay, data={"text": "Another <text>", "based_on": ""})
        assert (conflict.status_code, typed(conflict, "text")) == (412, "Another <text>")
        said = words(conflict)
        assert "There are two texts now" in said
        assert "What is saved now Words: 3." in said
        assert "The first text" in said
        assert (await intake.call(ada, "GET", f"/api{essay}", 200))["text"] == "The first text"
        # Whoever has seen both decides.
        chosen = {"text": "Another text", "based_on": typed(conflict, "based_on")}
        assert went(await other.post(essay, data=chosen)) == (303, essay)
        assert (await intake.call(ada, "GET", f"/api{essay}", 200))["text"] == "Another text"
        # What is there already may be sent again.
        assert went(await other.post(essay, data=chosen)) == (303, essay)

        late = await one.post(f"{essay}/removal", data={"based_on": first})
        assert (late.status_code, typed(late, "text")) == (412, "Another text")
        assert "was changed in another window" in words(late)
        taken = typed(await one.get(essay), "based_on")
        await one.post(f"{essay}/removal", data={"based_on": taken})
        gone = await other.post(essay, data={"text": "Third text", "based_on": taken})
        assert (gone.status_code, typed(gone, "text"), typed(gone, "based_on")) == (412, "Third text", "")
        assert "Nothing: it was taken back." in words(gone)


async def test_programs_say_what_they_have_read_by_if_match(intake: Walker, ada: Applicant, path: str) -> None:
    essay = f"/api{path}/materials/essay"
    fresh = {"If-None-Match": "*"}
    await intake.call(ada, "PUT", essay, 412, json={"text": "One text"}, headers={"If-Match": "*"})
    saved = await intake.client.put(essay, json={"text": "One text"}, headers=ada.headers | fresh)
    assert saved.status_code == 200
    tag = saved.headers["etag"]
    assert (await intake.client.get(essay, headers=ada.headers)).headers["etag"] == tag
    refused = await intake.call(ada, "PUT", essay, 412, json={"text": "Two texts"}, headers=fresh)
    assert (refused["type"], refused["current"]["text"], refused["current"]["words"]) == (
        "changed_meanwhile",
        "One text",
        2,
    )
    for stale in ('"another"', f"W/{tag}", ""):
        refused = await intake.call(ada, "PUT", essay, 412, json={"text": "Two texts"}, headers={"If-Match": stale})
        assert refused["current"]["text"] == "One text"
        await intake.call(ada, "DELETE", essay, 412, headers={"If-Match": stale})
    assert len(intake.objects(ada)) == 1
    await intake.call(ada, "PUT", essay, 200, json={"text": "Two texts"}, headers={"If-Match": f'"x", {tag}'})
    await intake.call(ada, "PUT", essay, 200, json={"text": "Three texts"}, headers={"If-Match": "*"})
    await intake.call(ada, "PUT", essay, 200, json={"text": "Four texts"})
    await intake.call(ada, "DELETE", essay, 204, headers={"If-Match": "*"})


async def test_letters_and_self_assessments_are_handed_in_elsewhere(intake: Walker, ada: Applicant, path: str) -> None:
    lacing = (await intake.open(ada, "lacing")).removeprefix("/api")
    async with browsing(intake) as here:
        known_as(ada, here)
        assert went(await here.get(f"{lacing}/materials/reference")) == (303, f"{lacing}/letters")
        assert (await here.post(f"{lacing}/materials/reference", data={"text": "x"})).status_code == 409
        page = await here.get(f"{path}/materials/readiness")
        assert "You rate yourself on the page of your self-assessment." in words(page)
        await intake.call(ada, "PUT", f"/api{path}/self-assessment", 200, json={"ratings": {"warp": 1}})
        page = await here.get(f"{path}/materials/readiness")
        assert (page.status_code, "Handed in so far" in words(page)) == (200, False)
        talk = await here.get(f"{path}/materials/talk")
        assert "This belongs to the other path" in words(talk)
        # A form of another kind than the requirement's.
        for key, request, status in (
            ("cv", {"data": {"text": "Some words"}}, 422),
            ("essay", {"files": {"file": ("a.pdf", PDF)}}, 422),
        ):
            answer = await here.post(f"{path}/materials/{key}", **request)  # type: ignore[arg-type]
            assert answer.status_code == status


async def test_before_the_fee_nothing_is_handed_in(intake: Walker, ada: Applicant) -> None:
    due = (await intake.apply(ada)).removeprefix("/api")
    async with browsing(intake) as here:
        known_as(ada, here)
        assert "Not yet This opens when the fee is paid." in words(await here.get(f"{due}/materials/essay"))


async def test_after_the_submission_it_is_read_only(intake: Walker, ada: Applicant) -> None:
    path = (await intake.submit(ada)).removeprefix("/api")
    async with browsing(intake) as here:
        known_as(ada, here)
        essay = f"{path}/materials/essay"
        page = await here.get(essay)
        assert "Nothing can be handed in any more Your application is submitted." in words(page)
        assert "Threads cross." in words(page)
        main = page.text.partition("<main")[2].partition("</main>")[0]
        assert ("<form" in main, "<textarea" in main) == (False, False)
        late = await here.post(essay, data={"text": "Too late now", "based_on": ""})
        assert (late.status_code, "Too late now" in late.text) == (409, True)
        assert "this application is submitted" in words(late)
        assert (await here.post(f"{essay}/removal")).status_code == 409
        late = await here.post(f"{path}/materials/cv", files={"file": ("cv.pdf", PDF)})
        assert (late.status_code, "Nothing can be handed in any more" in words(late)) == (409, True)
        assert (await intake.call(ada, "GET", f"/api{essay}", 200))["text"] == "Threads cross."


async def test_it_is_its_applicants_alone(intake: Walker, ada: Applicant, path: str) -> None:
    eve = await intake.sign_in("eve@example.org")
    async with browsing(intake) as here:
        known_as(eve, here)
        for page in (f"{path}/materials/essay", f"/applications/{uuid4()}/materials/essay"):
            for answer in (
                await here.get(page),
                await here.post(page, data={"text": "Not mine at all"}),
                await here.post(page, files={"file": ("a.pdf", PDF)}),
                await here.post(f"{page}/removal"),
            ):
                assert (answer.status_code, heading(answer)) == (404, "There is no such page")
        known_as(ada, here)
        for key in ("nothing", "%00", "essay/x"):
            assert (await here.get(f"{path}/materials/{key}")).status_code in (404, 422)
        assert (await here.post(f"{path}/materials/nothing/removal")).status_code == 404
        await intake.call(ada, "GET", f"/api{path}/materials/essay", 404)


async def test_who_is_not_signed_in_any_more_keeps_what_was_typed(intake: Walker, ada: Applicant, path: str) -> None:
    essay, works = f"{path}/materials/essay", f"{path}/materials/works"
    onward = f"/sign-in?next={essay.replace('/', '%2F')}"
    async with browsing(intake) as here:
        assert went(await here.get(essay)) == (303, onward)
        page = await here.post(essay, data={"text": "Weeks of\r\nwork & more", "based_on": ""})
        assert (page.status_code, heading(page)) == (401, "Not saved: you are signed out")
        assert typed(page, "text") == "Weeks of\nwork & more"
        assert f'href="{onward}"' in page.text
        page = await here.post(works, data={"annotation": "My loom"}, files={"file": ("a.pdf", TOO_LARGE)})
        assert (page.status_code, typed(page, "annotation")) == (401, "My loom")
        assert "Choose the file again" in words(page)
        assert (await here.post(f"{essay}/removal")).status_code == 303
        assert intake.objects(ada) == []


async def test_spanish_has_no_english_in_it(intake: Walker, ada: Applicant, path: str) -> None:
    async with browsing(intake) as here:
        known_as(ada, here)
        await here.post("/language", data={"language": "es"})
        page = await here.post(f"{path}/materials/cv", files={"file": ("cv.pdf", b"GIF89a")})
        assert beside(page, "file") == "debe ser lo que dice su nombre; CV admite un documento PDF o texto sin formato"
        assert "Por su nombre, el archivo es un documento PDF; por su contenido, es una imagen (GIF)." in words(page)
        await intake.call(ada, "POST", f"/api{path}/withdrawal", 200, json={})
        late = await here.post(f"{path}/materials/essay", data={"text": "Demasiado tarde"})
        assert "entregar materiales no es posible: esta solicitud está retirada" in words(late)
