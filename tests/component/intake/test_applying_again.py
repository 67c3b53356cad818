"""Applying again after "not yet": known parts are filled in, and a change in one attempt leaves the other as it is."""

from contracts.events.applications import ApplicationFeeDue, ApplicationSubmitted
from tests.component.intake.browser import browsing, heading, known_as, went, words
from tests.component.intake.walker import BASIC, PDF, Applicant, Walker, id_of

RATED = {"warp": 1, "weft": 4}


async def decided(intake: Walker, ada: Applicant) -> str:
    """An application that was decided not_yet."""
    path = await intake.submit(ada)
    await intake.one.deliver(await intake.decided(ada, path))
    return path


async def test_everything_known_is_carried_over(intake: Walker, ada: Applicant) -> None:
    path = await decided(intake, ada)
    await intake.call(ada, "POST", f"{path}/study-plan", 201, json={"title": "Read", "item": "weft"})
    again = await intake.call(ada, "POST", "/api/applications", 201, json={"credential": "weaving"})
    # The agreement is of the same version and stands; so the fee is due.
    assert (again["attempt"], again["state"], again["agreement"]["version"]) == (2, "fee_due", "1")
    assert {name: again["basic_information"][name] for name in BASIC} == BASIC
    assert (again["paths"]["chosen"], again["self_assessment"]["ratings"]) == ("spoken", RATED)
    assert again["carried_forward"] == [{"item": "warp", "level": "shown"}]
    assert {one["key"] for one in again["requirements"] if one["done"]} == {"readiness", "cv", "talk", "essay"}
    assert again["earlier"]["attempt"] == 1
    assert again["earlier"]["application_id"] == str(id_of(path))
    assert again["earlier"]["feedback"]["weft"] == {"level": "not-yet", "text": "More weft."}
    here = f"/api/applications/{again['application_id']}"
    assert await intake.call(ada, "GET", here, 200) == again
    plan = await intake.call(ada, "GET", f"{here}/study-plan", 200)
    assert [(one["title"], one["item"]) for one in plan["items"]] == [("Read", "weft")]
    history = await intake.call(ada, "GET", f"{here}/self-assessment/history", 200)
    assert [one["ratings"] for one in history["items"]] == [RATED]
    assert len(await intake.one.events(ApplicationFeeDue)) == 2

    await intake.pay(ada, here)
    await intake.call(ada, "POST", f"{here}/submission", 200)
    first, second = await intake.one.events(ApplicationSubmitted)
    assert isinstance(first, ApplicationSubmitted)
    assert isinstance(second, ApplicationSubmitted)
    assert first.materials == second.materials
    assert [one.requirement for one in second.materials] == ["cv", "talk", "essay"]


async def test_what_a_new_attempt_changes_the_earlier_one_keeps(intake: Walker, ada: Applicant) -> None:
    path = await decided(intake, ada)
    again = await intake.start(ada)
    await intake.pay(ada, again)
    await intake.call(ada, "PUT", f"{again}/materials/essay", 200, json={"text": "Other threads cross."})
    await intake.call(ada, "DELETE", f"{again}/materials/cv", 204)
    await intake.call(ada, "PUT", f"{again}/self-assessment", 200, json={"ratings": {"warp": 3, "weft": 5}})
    assert (await intake.call(ada, "GET", f"{path}/materials/essay", 200))["text"] == "Threads cross."
    answer = await intake.client.get(f"{path}/materials/cv", headers=ada.headers)
    assert (answer.status_code, answer.content) == (200, PDF)
    assert (await intake.call(ada, "GET", f"{path}/materials/readiness", 200))["ratings"] == RATED
    # Its own are replaced for good.
    before = len(intake.objects(ada))
    await intake.call(ada, "PUT", f"{again}/materials/essay", 200, json={"text": "Once more."})
    assert len(intake.objects(ada)) == before
    await intake.call(ada, "POST", f"{again}/withdrawal", 200)
    await intake.sweep(ada)
    assert (await intake.call(ada, "GET", f"{path}/materials/essay", 200))["text"] == "Threads cross."
    # A withdrawn attempt counts for nothing: the next begins where the decided one ended.
    third = await intake.call(ada, "POST", "/api/applications", 201, json={"credential": "weaving"})
    assert third["attempt"] == 2
    texts = await intake.call(ada, "GET", f"/api/applications/{third['application_id']}/materials/essay", 200)
    assert texts["text"] == "Threads cross."


async def test_by_page_from_the_decision_to_the_next_attempt(intake: Walker, ada: Applicant) -> None:
    path = (await decided(intake, ada)).removeprefix("/api")
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(f"{path}/decision")
        assert heading(page) == "Not yet: 1 of 2 are demonstrated"
        for text in ("Dear Ada", "More weft.", "What prepares for it: A course", "Another attempt costs $60.00."):
            assert text in words(page)
        assert "Ask for a coaching meeting." not in words(page)
        status, next_one = went(await here.post("/credentials/weaving/begin"))
        assert status == 303
        overview = await here.get(next_one)
        for text in ("What the panel said of attempt 1", "More weft.", "Pay the fee", "Attempt 2"):
            assert text in words(overview)
        assert "Go on with your application" in words(await here.get(f"{path}/decision"))
        await intake.pay(ada, f"/api{next_one}")
        material = words(await here.get(f"{next_one}/materials/essay"))
        for text in ("What the panel said of attempt 1", "Warp Demonstrated before", "Weft Not yet More weft."):
            assert text in material
        assert went(await here.get(f"{next_one}/decision"))[0] == 404


async def test_after_three_attempts_a_coaching_meeting_is_offered(intake: Walker, ada: Applicant) -> None:
    async with browsing(intake) as here:
        known_as(ada, here)
        seen = []
        path = await decided(intake, ada)
        for _ in range(3):
            page = words(await here.get(f"{path.removeprefix('/api')}/decision"))
            seen.append("Ask for a coaching meeting." in page)
            path = await intake.start(ada)
            await intake.pay(ada, path)
            await intake.call(ada, "POST", f"{path}/submission", 200)
            await intake.one.deliver(await intake.decided(ada, path))
        assert seen == [False, False, True]


async def test_a_decision_is_its_applicants_alone(intake: Walker, ada: Applicant) -> None:
    path = (await decided(intake, ada)).removeprefix("/api")
    async with browsing(intake) as here:
        assert went(await here.get(f"{path}/decision"))[0] == 303
        known_as(await intake.sign_in(), here)
        assert (await here.get(f"{path}/decision")).status_code == 404
