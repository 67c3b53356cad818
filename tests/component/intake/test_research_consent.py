"""Consent to research: free, separate from everything else, taken back at any time, and said as an event."""

from contracts.events.applications import ApplicationSubmitted
from contracts.events.research_consents import ResearchConsentGiven, ResearchConsentRevoked
from tests.component.intake.browser import browsing, known_as, went, words
from tests.component.intake.walker import Applicant, Walker, id_of


async def test_given_twice_and_taken_back_twice_is_once(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    place = f"{path}/research-consent"
    found = await intake.call(ada, "GET", place, 200)
    assert (found["consented"], found["version"], found["text"], found["history"]) == (False, "1", "For research.", [])
    yes = {"consented": True, "version": "1"}
    for _ in range(2):
        given = await intake.call(ada, "PUT", place, 200, json=yes)
    assert (given["consented"], given["consented_version"], len(given["history"])) == (True, "1", 1)
    await intake.call(ada, "POST", f"{path}/withdrawal", 200)
    for _ in range(2):
        back = await intake.call(ada, "PUT", place, 200, json={"consented": False})
    assert [(one["consented"], one["version"]) for one in back["history"]] == [(False, "1"), (True, "1")]
    facts = {
        "application_id": id_of(path),
        "person_id": ada.person_id,
        "credential": "weaving",
        "credential_version": 1,
    }
    assert await intake.one.events(ResearchConsentGiven, ResearchConsentRevoked) == [
        ResearchConsentGiven(**facts, text_version="1"),
        ResearchConsentRevoked(**facts),
    ]


async def test_refusals(intake: Walker, ada: Applicant) -> None:
    place = f"{await intake.start(ada)}/research-consent"
    for body in ({"consented": True, "version": "2"}, {"consented": True}):
        assert (await intake.call(ada, "PUT", place, 409, json=body))["type"] == "agreement_changed"
    for body in ({}, {"consented": "yes"}, {"consented": None}):
        await intake.call(ada, "PUT", place, 422, json=body)
    eve = await intake.sign_in()
    await intake.call(eve, "GET", place, 404)
    await intake.call(eve, "PUT", place, 404, json={"consented": True, "version": "1"})
    await intake.call(None, "GET", place, 401)
    assert await intake.one.events(ResearchConsentGiven) == []


async def test_everything_works_without_it_and_nothing_tells_the_panel(intake: Walker, ada: Applicant) -> None:
    bob = await intake.sign_in()
    without = await intake.submit(ada)
    path = await intake.complete(bob)
    await intake.call(bob, "PUT", f"{path}/research-consent", 200, json={"consented": True, "version": "1"})
    await intake.call(bob, "POST", f"{path}/submission", 200)
    first, second = await intake.one.events(ApplicationSubmitted)
    assert set(first.model_dump()) == set(second.model_dump())
    assert not any("consent" in name for name in first.model_dump())
    await intake.one.deliver(await intake.decided(ada, without, "awarded"))
    assert (await intake.call(ada, "GET", without, 200))["state"] == "awarded"
    assert (await intake.call(ada, "GET", f"{without}/research-consent", 200))["history"] == []


async def test_by_page_and_from_the_account(intake: Walker, ada: Applicant) -> None:
    path = (await intake.start(ada)).removeprefix("/api")
    async with browsing(intake) as here:
        known_as(ada, here)
        assert f'<a href="{path}/research-consent">' in (await here.get(path)).text
        assert "This is your free choice." in words(await here.get(f"{path}/research-consent"))
        yes = {"consented": "true", "version": "1"}
        assert went(await here.post(f"{path}/research-consent", data=yes)) == (303, f"{path}/research-consent")
        assert "You consent" in words(await here.get(f"{path}/research-consent"))
        assert f'<a href="{path}/research-consent">' in (await here.get("/account")).text
        await here.post(f"{path}/research-consent", data={"consented": "false"})
        assert "You took your consent back." in words(await here.get(f"{path}/research-consent"))
        assert f"{path}/research-consent" not in (await here.get("/account")).text
        stale = await here.post(f"{path}/research-consent", data={"consented": "true", "version": "0"})
        assert stale.status_code == 409
