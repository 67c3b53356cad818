"""The question of who may apply comes before the fee, so nobody pays and then learns that they may not apply."""

from pathlib import Path

import pytest

from contracts.events.applications import ApplicationFeeDue
from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, heading, known_as, problems, went, words
from tests.component.intake.walker import BASIC, Walker

PROGRAM = Path(__file__).parent / "program_of_the_eligible"


@pytest.fixture
async def felting(service: StartService) -> Walker:
    """An intake whose one credential asks who may apply."""
    limits = {"sign_in_per_address": "10000 per minute", "sign_in_per_client": "10000 per minute"}
    return Walker(await service("intake", program_dir=PROGRAM, **limits))


async def test_the_fee_is_due_when_the_answer_allows_it(felting: Walker) -> None:
    ada = await felting.sign_in()
    shown = await felting.call(None, "GET", "/api/credentials/felting", 200)
    assert (shown["eligibility"], shown["eligibility_rule"]["question"]) == (
        "Who has washed wool.",
        "Have you washed wool?",
    )
    path = await felting.start(ada, "felting")
    asked = (await felting.call(ada, "GET", path, 200))["eligibility"]
    assert (asked["eligible"], "answer" in asked) == (None, False)
    await felting.call(ada, "PUT", f"{path}/basic-information", 200, json=BASIC)
    agreed = await felting.call(ada, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
    assert agreed["state"] == "started"
    may_not = await felting.call(ada, "PUT", f"{path}/eligibility", 200, json={"answer": "dry"})
    assert (may_not["state"], may_not["eligibility"]["eligible"], may_not["eligibility"]["refused"]) == (
        "started",
        False,
        "Wash wool first, and apply then.",
    )
    # Whatever is said again, no fee is due.
    await felting.call(ada, "PUT", f"{path}/basic-information", 200, json=BASIC | {"position": "Felter"})
    assert await felting.one.events(ApplicationFeeDue) == []
    may = await felting.call(ada, "PUT", f"{path}/eligibility", 200, json={"answer": "washed"})
    assert (may["state"], may["eligibility"]["eligible"], may["eligibility"]["answer"]) == ("fee_due", True, "washed")
    assert len(await felting.one.events(ApplicationFeeDue)) == 1
    assert (await felting.call(ada, "GET", path, 200)) == may


async def test_refusals(felting: Walker) -> None:
    ada = await felting.sign_in()
    path = await felting.start(ada, "felting")
    await felting.call(ada, "PUT", f"{path}/eligibility", 422, json={"answer": "perhaps"})
    await felting.call(ada, "PUT", f"{path}/eligibility", 422, json={})
    eve = await felting.sign_in()
    await felting.call(eve, "PUT", f"{path}/eligibility", 404, json={"answer": "washed"})
    await felting.call(None, "PUT", f"{path}/eligibility", 401, json={"answer": "washed"})
    await felting.call(ada, "PUT", f"{path}/basic-information", 200, json=BASIC)
    await felting.call(ada, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
    await felting.call(ada, "PUT", f"{path}/eligibility", 200, json={"answer": "washed"})
    refused = await felting.call(ada, "PUT", f"{path}/eligibility", 409, json={"answer": "dry"})
    assert (refused["type"], "withdraw the application" in refused["detail"]) == ("not_eligible", True)
    await felting.pay(ada, path)
    await felting.call(ada, "PUT", f"{path}/eligibility", 409, json={"answer": "dry"})
    assert (await felting.call(ada, "GET", path, 200))["state"] == "open"


async def test_a_credential_that_asks_nothing(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.start(ada)
    await intake.call(ada, "PUT", f"{path}/eligibility", 404, json={"answer": "yes"})
    assert "eligibility" not in await intake.call(ada, "GET", path, 200)
    async with browsing(intake) as here:
        page = await known_as(ada, here).get(f"{path.removeprefix('/api')}/eligibility")
        assert page.status_code == 404


async def test_by_page(felting: Walker) -> None:
    ada = await felting.sign_in()
    async with browsing(felting) as here:
        assert "Who may apply: Who has washed wool. You are asked before the fee is due." in words(
            await here.get("/credentials/felting")
        )
        known_as(ada, here)
        begun = await here.post("/credentials/felting/begin")
        page = begun.headers["location"]
        overview = await here.get(page)
        assert f'<a class="button" href="{page}/eligibility">Say whether you may apply</a>' in overview.text
        asked = await here.get(f"{page}/eligibility")
        assert (heading(asked), "This is your own statement." in words(asked)) == ("Who may apply", True)
        nothing = await here.post(f"{page}/eligibility", data={})
        assert nothing.status_code == 422
        assert problems(nothing) == ["Choose one of the answers."]
        no = await here.post(f"{page}/eligibility", data={"answer": "dry"})
        assert went(no) == (303, f"{page}/eligibility")
        said = words(await here.get(f"{page}/eligibility"))
        for text in (
            "With your answer you may not apply",
            "Wash wool first, and apply then.",
            "See the other",
        ):
            assert text in said
        assert "With your answer you may not apply" in words(await here.get(page))
        assert went(await here.post(f"{page}/eligibility", data={"answer": "washed"})) == (303, page)
        assert "Tell us who you are" in words(await here.get(page))
