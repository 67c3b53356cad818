"""The page to check and submit: the whole application, what is missing and where it is done, and one submission."""

import asyncio

from contracts.events.applications import ApplicationSubmitted
from tests.component.intake.browser import browsing, heading, known_as, problems, went, words
from tests.component.intake.walker import PDF, Applicant, Walker


async def test_what_is_missing_leads_to_where_it_is_done(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    own = path.removeprefix("/api")
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(f"{own}/submission")
        assert (page.status_code, heading(page)) == (200, "Check and submit")
        missing = {
            "self-assessment": "Readiness 2 are not rated yet. Missing",
            "path": "Your path Choose one of the paths. Missing",
            "materials/cv": "CV Not handed in yet. Missing",
            "materials/essay": "Essay Not handed in yet. Missing",
        }
        for address, said in missing.items():
            assert f'href="{own}/{address}"' in page.text
            assert said in words(page)
        assert f'href="{own}/materials/talk"' not in page.text
        assert "Submit for good" not in page.text
        page = await here.post(f"{own}/submission")
        assert (page.status_code, heading(page)) == (409, "Check and submit")
        assert problems(page) == [
            "Your path: Choose one of the paths.",
            "Readiness: 2 are not rated yet.",
            "CV: Not handed in yet.",
            "Essay: Not handed in yet.",
        ]
        for key in ("path", "readiness", "cv", "essay"):
            assert f'href="#field-{key}"' in page.text
            assert f'<li id="field-{key}">' in page.text
    assert await intake.one.events(ApplicationSubmitted) == []


async def test_a_letter_is_asked_for_on_a_page_of_its_own(intake: Walker, ada: Applicant) -> None:
    path = await intake.apply(ada, "lacing")
    await intake.pay(ada, path)
    own = path.removeprefix("/api")
    async with browsing(intake) as here:
        page = await known_as(ada, here).get(f"{own}/submission")
        assert "Letter of reference Letters received so far: 0 of 1." in words(page)
        for found in (page, await here.get(own)):
            assert f'href="{own}/letters"' in found.text
            assert f"{own}/materials/reference" not in found.text


async def test_all_stands_on_one_page_and_goes_to_the_panel_once(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    own = path.removeprefix("/api")
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(own)
        assert f'<a class="button" href="{own}/submission">Check and submit</a>' in page.text
        page = await here.get(f"{own}/submission")
        said = words(page)
        for text in (
            "Your path: Spoken. Change it",
            "Your self-assessment: 2 of 2 rated. Change it",
            "Read it Threads cross.",
            "https://video.example.org/1",
            "Take out what belongs to other people",
            "Your name Ada Institution Analytical College Position Weaver",
            "We mail you at once that it arrived.",
        ):
            assert text in said
        for key in ("cv", "talk", "essay"):
            assert f'href="{own}/materials/{key}"' in page.text
        assert await intake.one.events(ApplicationSubmitted) == []
        answers = await asyncio.gather(*(here.post(f"{own}/submission") for _ in range(2)))
        assert sorted(one.status_code for one in answers) == [303, 409]
        assert [went(one) for one in answers if one.status_code == 303] == [(303, f"{own}/submission")]
        [again] = [one for one in answers if one.status_code == 409]
        assert problems(again) == ["This application was submitted before. It went to the panel once."]
        assert heading(again) == "Your application is submitted"
        page = await here.get(f"{own}/submission")
        said = words(page)
        assert heading(page) == "Your application is submitted"
        assert "What the panel sees" in said
        assert "Read it Threads cross." in said
        assert "They judge each item by the rubric, within 14 business days." in said
        assert "Change it" not in said
        page = await here.get(own)
        assert "Submission What you handed to the panel. Done" in words(page)
        for address in ("basic-information", "agreement", "path", "self-assessment", "submission", "materials/cv"):
            assert f'href="{own}/{address}"' in page.text
    assert len(await intake.one.events(ApplicationSubmitted)) == 1


async def test_a_piece_of_another_path_is_not_among_what_the_panel_sees(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    own = path.removeprefix("/api")
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    work = {"data": {"annotation": "<b>It</b> crosses.", "items": "warp"}, "files": {"file": ("w.pdf", PDF)}}
    await intake.call(ada, "PUT", f"{path}/materials/works", 200, **work)
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(f"{own}/submission")
        assert "your annotation" in words(page)
        assert "<p>&lt;b&gt;It&lt;/b&gt; crosses.</p>" in page.text
        await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "spoken"})
        page = await here.get(f"{own}/submission")
        assert "crosses." not in page.text
        assert "Talk Not handed in yet. Missing" in words(page)


async def test_a_text_that_cannot_be_read_says_so_in_its_place(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    for file in intake.objects(ada):
        file.unlink()
    async with browsing(intake) as here:
        page = await known_as(ada, here).get(f"{path.removeprefix('/api')}/submission")
        assert (page.status_code, "This is not there any more." in words(page)) == (200, True)


async def test_before_the_fee_is_paid_nothing_can_be_submitted(intake: Walker, ada: Applicant) -> None:
    path = await intake.apply(ada)
    own = path.removeprefix("/api")
    async with browsing(intake) as here:
        page = await known_as(ada, here).post(f"{own}/submission")
        assert (page.status_code, problems(page)) == (409, ["This opens when the fee is paid."])
        assert f'href="{own}/submission"' not in (await here.get(own)).text
    assert (await intake.call(ada, "GET", path, 200))["state"] == "fee_due"
