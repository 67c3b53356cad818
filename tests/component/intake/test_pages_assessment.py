"""The pages of the self-assessment: ratings, gaps first, a second time."""

import pytest

from tests.component.intake.browser import browsing, heading, hidden, known_as, problems, went, words
from tests.component.intake.walker import Applicant, Walker


async def test_gaps_come_first_with_what_prepares_for_them(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    own = path.removeprefix("/api")
    here_is = f"{own}/self-assessment"
    async with browsing(intake) as here:
        known_as(ada, here)
        assert f'<a class="button" href="{here_is}">Assess yourself</a>' in (await here.get(own)).text
        page = await here.get(here_is)
        said = words(page)
        assert (page.status_code, heading(page)) == (200, "Self-assessment")
        assert "Which warp?" in said
        assert "0 of 2 rated" in said
        assert "Not yet: you do not know this, or you have not done it." in said
        assert "Your gaps" not in said
        sent = {"ratings.warp": "1", "seen": hidden(page, "seen")}
        assert went(await here.post(here_is, data=sent)) == (303, here_is)
        page = await here.get(here_is)
        said = words(page)
        assert "Your self-assessment is saved." in said
        assert "Warp You said 1 of 5 A book reading, A library" in said
        assert "1 is not rated yet." in said
        assert "A course" not in said
        assert said.index("Your gaps") < said.index("Rate yourself again")
        assert 'name="ratings.warp" value="1" checked' in page.text
        assert "1 of 2 rated." in words(await here.get(own))
        # Later once more: what is sent takes the place of what was kept.
        sent = {"ratings.warp": "3", "ratings.weft": "2", "seen": hidden(page, "seen")}
        assert went(await here.post(here_is, data=sent)) == (303, here_is)
        said = words(await here.get(here_is))
        assert "Weft You said 2 of 5 A course training, A school" in said
        assert "A book" not in said
        assert "2 of 2 rated" in said
    found = await intake.call(ada, "GET", path, 200)
    assert found["self_assessment"]["ratings"] == {"warp": 3, "weft": 2}
    assert len(intake.objects(ada)) == 1


async def test_who_has_no_gap_is_told_so(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    async with browsing(intake) as here:
        address = f"{path.removeprefix('/api')}/self-assessment"
        await known_as(ada, here).post(address, data={"ratings.warp": "5", "ratings.weft": "4"})
        assert "You rated nothing at 2 or below, so no gap is shown." in words(await here.get(address))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Rate at least one of them."),
        ({"ratings": "5"}, "Rate at least one of them."),
        ({"ratings.weft": "4", "ratings.warp": "6"}, "Warp: a whole number from 1 to 5"),
        ({"ratings.weft": "4", "ratings.warp": "much"}, "Warp: must be a whole number"),
        ({"ratings.weft": "4", "ratings.knot": "2"}, "no such item; the items are warp, weft"),
    ],
)
async def test_ratings_that_do_not_fit_come_back(
    intake: Walker, ada: Applicant, sent: dict[str, str], said: str
) -> None:
    path = await intake.open(ada)
    async with browsing(intake) as here:
        address = f"{path.removeprefix('/api')}/self-assessment"
        page = await known_as(ada, here).post(address, data=sent)
        assert (page.status_code, heading(page), problems(page)) == (422, "Self-assessment", [said])
        assert ('name="ratings.weft" value="4" checked' in page.text) == ("ratings.weft" in sent)
    assert "self_assessment" not in await intake.call(ada, "GET", path, 200)
    assert intake.objects(ada) == []
