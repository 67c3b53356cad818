"""An applicant goes through each open credential of the checkout over HTTP, from the beginning to the submission, and
can give everything that its file asks for."""

from pathlib import Path
from typing import Any

import pytest

import program
from contracts.catalog import CredentialDefinition, Requirement
from contracts.events.applications import ApplicationSubmitted, ApplicationSupplemented
from program.loader import load
from tests.component.conftest import StartService
from tests.component.intake.walker import BASIC, PDF, Applicant, Walker, id_of

HERE = Path(program.__file__).parent
OPEN = {one.slug: one for one in load(HERE).credentials if one.state == "open"}


@pytest.fixture
async def real(service: StartService) -> Walker:
    """An intake with the program of this checkout."""
    limits = {"sign_in_per_address": "10000 per minute", "sign_in_per_client": "10000 per minute"}
    return Walker(await service("intake", program_dir=HERE, **limits))


async def begun(real: Walker, who: Applicant, definition: CredentialDefinition) -> str:
    """An open application, on the last of the paths."""
    path = await real.start(who, definition.slug)
    if definition.eligibility_rule is not None:
        answer = next(one.key for one in definition.eligibility_rule.answers if one.eligible)
        await real.call(who, "PUT", f"{path}/eligibility", 200, json={"answer": answer})
    await real.call(who, "PUT", f"{path}/basic-information", 200, json=BASIC)
    agreed = {"accepted": True, "version": definition.agreement.version}
    due = await real.call(who, "PUT", f"{path}/agreement", 200, json=agreed)
    assert (due["state"], due["fee"]) == ("fee_due", {"amount_minor": 6000, "currency": "usd"})
    await real.pay(who, path)
    ratings = {item.key: 1 + place % 5 for place, item in enumerate(definition.items)}
    assessed = await real.call(who, "PUT", f"{path}/self-assessment", 200, json={"ratings": ratings})
    gaps = [key for key, rating in ratings.items() if rating <= definition.gap_at_most]
    assert assessed["gaps"] == gaps
    # Each gap is prepared for.
    assert {gap for found in assessed["resources"] for gap in found["gaps"]} == set(gaps)
    return path


async def hand_in(real: Walker, who: Applicant, path: str, asked: Requirement, items: list[str]) -> None:
    """Hand in for one requirement, in the form that it takes."""
    place = f"{path}/materials/{asked.key}"
    match asked.kind:
        case "short_text" | "essay" | "action_plan":
            await real.call(who, "PUT", place, 200, json={"text": f"What I say for {asked.name}."})
        case "video":
            link = {"url": "https://video.example.org/1", "minutes": asked.limits.max_minutes or 10}
            await real.call(who, "PUT", place, 200, json=link)
        case "artifacts":
            said: dict[str, Any] = {"annotation": "My part of it.", "items": items}
            await real.call(who, "PUT", place, 200, files={"file": ("work.pdf", PDF)}, data=said)
        case "letter":
            await have_written(real, who, path, asked)
        case _:
            await real.call(who, "PUT", place, 200, files={"file": ("mine.pdf", PDF)})


async def have_written(real: Walker, who: Applicant, path: str, asked: Requirement) -> None:
    """Ask as many people for a letter as are needed; each writes one by the link in their mail."""
    for number in range(asked.limits.min_count or 1):
        person = {"referee_name": f"Partner {number}", "referee_email": f"partner-{number}@community.example"}
        await real.call(who, "POST", f"{path}/letter-requests", 201, json={"requirement": asked.key} | person)
        token = await real.last_token()
        found = await real.call(None, "GET", f"/api/letters/{token}", 200)
        assert (found["standing"], found["requirement"]) == ("open", asked.name)
        await real.call(None, "PUT", f"/api/letters/{token}", 200, json={"text": f"What I say for {asked.name}."})


def asked_now(definition: CredentialDefinition, chosen: str | None) -> list[Requirement]:
    """What this applicant hands in, or has written, before the submission."""
    return [
        one
        for one in definition.requirements
        if one.due == "before_submission" and one.path in (None, chosen) and one.kind != "self_assessment"
    ]


def asked_later(definition: CredentialDefinition) -> list[Requirement]:
    """What is asked for after the submission."""
    return [one for one in definition.requirements if one.due == "after_submission"]


WALKS = [
    (slug, None if definition.paths is None else option)
    for slug, definition in sorted(OPEN.items())
    for option in ([None] if definition.paths is None else [one.key for one in definition.paths.options])
]


@pytest.mark.parametrize(("slug", "chosen"), WALKS)
async def test_from_the_beginning_to_the_submission(real: Walker, slug: str, chosen: str | None) -> None:
    definition, ada = OPEN[slug], await real.sign_in()
    path, items = await begun(real, ada, definition), [item.key for item in definition.items]
    if chosen is not None:
        assert definition.paths is not None
        option = next(one for one in definition.paths.options if one.key == chosen)
        answer = option.answers[0] if option.answers else None
        await real.call(ada, "PUT", f"{path}/path", 200, json={"path": chosen, "answer": answer})
    asked = asked_now(definition, chosen)
    for one in asked:
        refused = await real.call(ada, "POST", f"{path}/submission", 409)
        assert one.key in [fault["field"] for fault in refused["errors"]]
        await hand_in(real, ada, path, one, items)
    submitted = await real.call(ada, "POST", f"{path}/submission", 200)
    assert submitted["state"] == "submitted"
    (event,) = await real.one.events(ApplicationSubmitted)
    assert isinstance(event, ApplicationSubmitted)
    assert (event.application_id, event.credential_version) == (id_of(path), definition.version)
    assert [(one.requirement, one.kind) for one in event.materials] == [(one.key, one.kind) for one in asked]
    assert event.expected == tuple(one.key for one in asked_later(definition))
    for one in asked_later(definition):
        await hand_in(real, ada, path, one, items)
    supplements = await real.one.events(ApplicationSupplemented)
    assert [one.material.requirement for one in supplements if isinstance(one, ApplicationSupplemented)] == [
        one.key for one in asked_later(definition)
    ]


def test_all_that_are_open_are_walked() -> None:
    assert len(OPEN) == 6
    assert {slug for slug, _ in WALKS} == set(OPEN)


async def test_changing_the_path_keeps_what_was_entered(real: Walker) -> None:
    definition, ada = OPEN["community-engagement-fundamentals"], await real.sign_in()
    path, items = await begun(real, ada, definition), [item.key for item in definition.items]
    handed = {"video": "presentation", "annotated": "annotated-materials"}
    requirements = {one.key: one for one in definition.requirements}
    for chosen in ("annotated", "video"):
        await real.call(ada, "PUT", f"{path}/path", 200, json={"path": chosen, "answer": "experienced"})
        await hand_in(real, ada, path, requirements[handed[chosen]], items)
    for chosen, other in (("annotated", "video"), ("video", "annotated")):
        shown = await real.call(ada, "PUT", f"{path}/path", 200, json={"path": chosen, "answer": "experienced"})
        done = {one["key"]: one["done"] for one in shown["requirements"]}
        assert (done[handed[chosen]], handed[other] in done) == (True, False)
        # It is still there to be read.
        await real.call(ada, "GET", f"{path}/materials/{handed[other]}", 200)
