"""Requirements after the submission: handed in once while the panel judges, and sent to the panel at once."""

import asyncio
from pathlib import Path

import pytest

from contracts.events.applications import ApplicationSubmitted, ApplicationSupplemented
from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, known_as, typed, went, words
from tests.component.intake.walker import PDF, Applicant, Walker, id_of

PROGRAM_OF_KINDS = Path(__file__).parent / "program_of_kinds"


@pytest.fixture
async def intake(service: StartService) -> Walker:
    """An intake with a credential that asks for something after the submission."""
    wide = {"sign_in_per_address": "10000 per minute", "sign_in_per_client": "10000 per minute"}
    return Walker(await service("intake", program_dir=PROGRAM_OF_KINDS, **wide))


@pytest.fixture
async def ada(intake: Walker) -> Applicant:
    return await intake.sign_in("ada@example.org")


async def submitted(intake: Walker, who: Applicant) -> str:
    """A submitted application."""
    path = await intake.open(who, "felting")
    await intake.call(who, "PUT", f"{path}/materials/works", 200, files={"file": ("felt.pdf", PDF)})
    await intake.call(who, "POST", f"{path}/submission", 200)
    return path


async def test_it_is_handed_in_once_and_the_panel_has_it_at_once(intake: Walker, ada: Applicant) -> None:
    open_one = await intake.open(ada, "felting")
    early = await intake.call(ada, "PUT", f"{open_one}/materials/growth", 409, json={"text": "Too early"})
    assert early["detail"] == "Growth is asked for after the submission."
    await intake.call(ada, "POST", f"{open_one}/withdrawal", 200, json={})
    path = await submitted(intake, ada)
    [said] = await intake.one.events(ApplicationSubmitted)
    assert isinstance(said, ApplicationSubmitted)
    assert said.expected == ("growth",)

    growth = f"{path}/materials/growth"
    await intake.call(ada, "PUT", growth, 422, json={"text": "One two three four five six"})
    await intake.call(ada, "PUT", f"{path}/drafts/growth", 200, json={"text": "One two three four five six"})
    at_once = await asyncio.gather(
        *(intake.client.put(growth, json={"text": f"I grow {n}"}, headers=ada.headers) for n in range(4))
    )
    assert sorted(answer.status_code for answer in at_once) == [200, 409, 409, 409]
    [supplemented] = await intake.one.events(ApplicationSupplemented)
    assert isinstance(supplemented, ApplicationSupplemented)
    assert (supplemented.application_id, supplemented.material.requirement) == (id_of(path), "growth")
    kept = await intake.call(ada, "GET", growth, 200)
    assert supplemented.material.content.size == len(kept["text"])
    late = await intake.call(ada, "DELETE", growth, 409)
    assert late["type"].rpartition("/")[2] == "with_the_panel"
    found = await intake.call(ada, "GET", path, 200)
    assert [one["what"] for one in found["timeline"]][-2:] == ["submitted", "supplemented"]
    assert [one["done"] for one in found["requirements"] if one["key"] == "growth"] == [True]
    # What is due before the submission stays as it was submitted.
    await intake.call(ada, "PUT", f"{path}/materials/works", 409, files={"file": ("felt.pdf", PDF)})


async def test_it_may_come_in_review_and_not_after_the_decision(intake: Walker, ada: Applicant) -> None:
    path = await submitted(intake, ada)
    await intake.one.deliver(intake.opened(ada, path))
    for _ in range(2):
        await intake.call(ada, "PUT", f"{path}/materials/prints", 200, files={"file": ("print.pdf", PDF)})
    await intake.call(ada, "PUT", f"{path}/materials/prints", 409, files={"file": ("print.pdf", PDF)})
    await intake.call(ada, "DELETE", f"{path}/materials/prints", 409)
    said = await intake.one.events(ApplicationSupplemented)
    assert [one.material.requirement for one in said if isinstance(one, ApplicationSupplemented)] == ["prints"] * 2
    eve = await intake.sign_in("eve@example.org")
    await intake.call(eve, "PUT", f"{path}/materials/growth", 404, json={"text": "Not hers"})
    await intake.one.deliver(await intake.decided(ada, path))
    await intake.call(ada, "PUT", f"{path}/materials/growth", 409, json={"text": "Too late"})


async def test_pages_say_what_is_expected_now(intake: Walker, ada: Applicant) -> None:
    path = (await submitted(intake, ada)).removeprefix("/api")
    growth = f"{path}/materials/growth"
    async with browsing(intake) as here:
        known_as(ada, here)
        overview = await here.get(path)
        assert f'<a class="button" href="{growth}">Hand in: Growth</a>' in overview.text
        assert "Expected now" in words(overview)
        assert "You hand this in after the submission: Growth." in words(await here.get(f"{path}/submission"))
        page = await here.get(growth)
        assert "It goes to the panel at once" in words(page)
        sent = await here.post(growth, data={"text": "I grow slowly", "based_on": typed(page, "based_on")})
        assert went(sent) == (303, growth)
        page = await here.get(growth)
        assert "The panel has it now." in words(page)
        assert "I grow slowly" in words(page)
        assert "<textarea" not in page.text
        assert "Take back" not in words(page)
        assert "Expected now" not in words(await here.get(path))
