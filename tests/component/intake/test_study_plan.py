"""The study plan, and the self-assessments that are kept over time."""

import asyncio

from contracts.events.applications import ApplicationSubmitted
from tests.component.intake.browser import beside, browsing, known_as, went, words
from tests.component.intake.walker import Applicant, Walker


async def test_a_plan_from_its_first_entry_to_none(intake: Walker, ada: Applicant) -> None:
    place = f"{await intake.start(ada)}/study-plan"
    assert await intake.call(ada, "GET", place, 200) == {"items": [], "next": None}
    key = {"Idempotency-Key": "k"}
    own = {"title": "Visit a loom", "item": "warp", "by": "2026-05-01"}
    first = await intake.call(ada, "POST", place, 201, json=own, headers=key)
    assert await intake.call(ada, "POST", place, 201, json=own, headers=key) == first
    assert {name: first[name] for name in own} == own
    book = await intake.call(ada, "POST", place, 201, json={"resource": "book"})
    assert (book["title"], book["resource"], book["done"]) == ("A book", "book", False)
    entry = f"{place}/{first['entry_id']}"
    tag = (await intake.client.get(entry, headers=ada.headers)).headers["ETag"]
    changed = await intake.call(ada, "PUT", entry, 200, json=own | {"done": True}, headers={"If-Match": tag})
    assert changed == first | {"done": True}
    stale = await intake.call(ada, "PUT", entry, 412, json=own | {"title": "x"}, headers={"If-Match": tag})
    assert stale["current"]["title"] == "Visit a loom"
    await intake.call(ada, "DELETE", entry, 412, headers={"If-Match": tag})
    listed = await intake.call(ada, "GET", place, 200)
    assert [one["title"] for one in listed["items"]] == ["Visit a loom", "A book"]
    await intake.call(ada, "DELETE", entry, 204)
    await intake.call(ada, "GET", entry, 404)
    assert len((await intake.call(ada, "GET", place, 200))["items"]) == 1


async def test_refusals(intake: Walker, ada: Applicant) -> None:
    place = f"{await intake.start(ada)}/study-plan"
    for bad in (
        {},
        {"title": ""},
        {"title": "x", "item": "sail"},
        {"title": "x", "resource": "sail"},
        {"title": "x", "by": "soon"},
        {"title": "x", "by": "12026-01-01"},
        {"title": "a\x00b"},
        {"title": "x", "done": "yes"},
    ):
        await intake.call(ada, "POST", place, 422, json=bad)
    entry = await intake.call(ada, "POST", place, 201, json={"title": "x"})
    eve = await intake.sign_in()
    hers = f"{await intake.start(eve)}/study-plan"
    for path in (f"{place}/{entry['entry_id']}", f"{hers}/{entry['entry_id']}"):
        await intake.call(eve, "GET", path, 404)
        await intake.call(eve, "PUT", path, 404, json={"title": "y"})
        await intake.call(eve, "DELETE", path, 404)
    await intake.call(eve, "GET", place, 404)
    await intake.call(eve, "POST", place, 404, json={"title": "y"})
    assert (await intake.call(ada, "GET", f"{place}/{entry['entry_id']}", 200))["title"] == "x"


async def test_a_plan_is_bounded_however_many_come_at_once(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    for number in range(96):
        await intake.call(ada, "POST", f"{path}/study-plan", 201, json={"title": f"{number}"})
    answers = await asyncio.gather(
        *(intake.client.post(f"{path}/study-plan", json={"title": "x"}, headers=ada.headers) for _ in range(8))
    )
    assert sorted(one.status_code for one in answers) == [201] * 4 + [409] * 4
    assert len((await intake.call(ada, "GET", f"{path}/study-plan", 200))["items"]) == 100


async def test_by_page(intake: Walker, ada: Applicant) -> None:
    path = (await intake.open(ada)).removeprefix("/api")
    place = f"{path}/study-plan"
    async with browsing(intake) as here:
        known_as(ada, here)
        assert f'<a href="{place}">' in (await here.get(path)).text
        assert "Nothing stands in it yet." in words(await here.get(place))
        assert went(await here.post(place, data={"resource": "book"})) == (303, place)
        assert went(await here.post(place, data={"title": "<b>Spin</b>", "item": "weft", "by": ""})) == (303, place)
        page = await here.get(place)
        assert ("0 of 2 done" in words(page), "&lt;b&gt;Spin&lt;/b&gt;" in page.text) == (True, True)
        wrong = await here.post(place, data={"title": "Spin", "by": "soon"})
        assert (wrong.status_code, "a day of the calendar" in beside(wrong, "by")) == (422, True)
        assert 'value="Spin"' in wrong.text
        entries = (await intake.call(ada, "GET", f"/api{place}", 200))["items"]
        book = f"{place}/{entries[0]['entry_id']}"
        assert went(await here.post(book, data={"title": "A book", "resource": "book", "done": "true"})) == (303, place)
        assert "1 of 2 done" in words(await here.get(place))
        stale = await here.post(book, data={"title": "Another", "seen": "0" * 16})
        assert stale.status_code == 412
        assert went(await here.post(f"{book}/removal", data={})) == (303, place)
        assert "0 of 1 done" in words(await here.get(place))


async def test_each_self_assessment_is_kept_and_the_latest_counts(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    for ratings in ({"warp": 1, "weft": 4}, {"warp": 1, "weft": 4}, {"warp": 3, "weft": 4}):
        await intake.call(ada, "PUT", f"{path}/self-assessment", 200, json={"ratings": ratings})
        intake.one.clock.move(minutes=1)
    history = (await intake.call(ada, "GET", f"{path}/self-assessment/history", 200))["items"]
    assert [one["ratings"] for one in history] == [{"warp": 3, "weft": 4}, {"warp": 1, "weft": 4}]
    assert history[0]["at"] > history[1]["at"]
    assert (await intake.call(ada, "GET", path, 200))["self_assessment"]["ratings"] == {"warp": 3, "weft": 4}
    await intake.call(await intake.sign_in(), "GET", f"{path}/self-assessment/history", 404)
    async with browsing(intake) as here:
        said = words(await known_as(ada, here).get(f"{path.removeprefix('/api')}/self-assessment"))
    assert "What changed since you first rated yourself Warp from 1 to 3 Weft 4, as before" in said


async def test_the_panel_never_learns_of_the_self_assessment(intake: Walker, ada: Applicant) -> None:
    await intake.submit(ada)
    (event,) = await intake.one.events(ApplicationSubmitted)
    assert isinstance(event, ApplicationSubmitted)
    assert [one.kind for one in event.materials] == ["file", "video", "essay"]
