"""Applications in which nothing happened for long: a last deadline, told once; and who comes back."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.events.applications import ApplicationLapsed
from contracts.events.deadlines import ApplicationDeadlineNear
from services.intake.domain.terms import Rules
from services.intake.usecases import clock as clock_usecases
from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.enrollment import NEW_YORK, SETTINGS, still, terms, tick
from tests.component.intake.walker import USD, Applicant, Walker, id_of

BEGUN = datetime(2027, 3, 1, 17, 0, tzinfo=UTC)
SILENT = BEGUN + timedelta(days=100)
"""When nothing has happened for as long as the policy says: June 9, 13:00 in the program's zone."""
DUE = datetime(2027, 7, 10, 4, 0, tzinfo=UTC)
"""The end of July 9 in that zone, 30 days later."""
RULES = Rules(by_period=False, zone=NEW_YORK, warn_days=(30, 7), renewal_fee=USD, silence=timedelta(days=100))


@pytest.fixture
async def intake(service: StartService, tmp_path: Path) -> Walker:
    """Rolling enrollment. After 100 silent days an application has a last deadline. It is March 1."""
    folder = tmp_path / "program"
    shutil.copytree(PROGRAM, folder)
    policy = folder / "policy.yaml"
    switches = "time_zone: America/New_York\nwarn_days: [30, 7]\nlapse_silent_after_days: 100\n"
    policy.write_text(policy.read_text() + switches)
    walker = Walker(await service("intake", program_dir=folder, **SETTINGS))
    walker.one.clock.now = BEGUN
    return walker


@pytest.fixture
async def ada(intake: Walker) -> Applicant:
    return await intake.sign_in("ada@example.org")


async def said(intake: Walker) -> list[str]:
    """What was said: the deadlines by their cause, and that an application lapsed."""
    found = await intake.one.events(ApplicationDeadlineNear, ApplicationLapsed)
    return [one.because if isinstance(one, ApplicationDeadlineNear) else "lapsed" for one in found]


async def shown(intake: Walker, who: Applicant, path: str) -> Any:
    return await intake.call(still(intake, who), "GET", path, 200)


async def test_told_once_reminded_and_lapsed_once(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    assert "deadline" not in await shown(intake, ada, path)
    await tick(intake, SILENT - timedelta(seconds=1))
    assert (await said(intake), await terms(intake.one.database)) == ([], 0)
    for _ in range(2):
        await tick(intake, SILENT)
    assert await said(intake) == ["silence"]
    (near,) = await intake.one.events(ApplicationDeadlineNear)
    assert isinstance(near, ApplicationDeadlineNear)
    assert (near.application_id, near.due_at) == (id_of(path), DUE)
    deadline = (await shown(intake, ada, path))["deadline"]
    assert (deadline["because"], deadline["last_day"]) == ("silence", "2027-07-09")
    # It was the warning of 30 days; the next is that of 7.
    for now in (SILENT + timedelta(days=1), DUE - timedelta(days=7, seconds=1)):
        await tick(intake, now)
    assert await said(intake) == ["silence"]
    for now in (DUE - timedelta(days=7), DUE - timedelta(seconds=1)):
        await tick(intake, now)
    assert await said(intake) == ["silence", "silence"]
    for now in (DUE, DUE + timedelta(days=1), DUE + timedelta(days=200)):
        await tick(intake, now)
    assert await said(intake) == ["silence", "silence", "lapsed"]
    found = await shown(intake, ada, path)
    assert (found["state"], [one["what"] for one in found["timeline"]].count("lapsed")) == ("lapsed", 1)


async def test_each_state_before_the_submission_and_none_after_it(intake: Walker) -> None:
    people = [await intake.sign_in() for _ in range(4)]
    begun, due = await intake.start(people[0]), await intake.apply(people[1])
    opened, submitted = await intake.open(people[2]), await intake.submit(people[3])
    await tick(intake, SILENT)
    await tick(intake, DUE)
    states = [
        (await shown(intake, who, path))["state"]
        for who, path in zip(people, (begun, due, opened, submitted), strict=True)
    ]
    assert states == ["lapsed", "lapsed", "lapsed", "submitted"]
    assert sorted(await said(intake)) == ["lapsed"] * 3 + ["silence"] * 3


async def test_replicas_at_once_tell_and_end_each_application_once(intake: Walker, service: StartService) -> None:
    paths = {str(id_of(await intake.start(await intake.sign_in()))) for _ in range(7)}
    other = Walker(await service("intake", beside=intake.one))
    for now, kind in ((SILENT, ApplicationDeadlineNear), (DUE, ApplicationLapsed)):
        intake.one.clock.now = now
        await asyncio.gather(*(one.one.run_job("clock") for one in (intake, other) for _ in range(3)))
        found = [str(getattr(one, "application_id", "")) for one in await intake.one.events(kind)]
        assert (len(found), set(found)) == (7, paths), kind
    assert await terms(intake.one.database) == 7


async def test_after_an_outage_everybody_still_has_their_time(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    late = SILENT + timedelta(days=300)
    await tick(intake, late)
    assert await said(intake) == ["silence"]
    found = await shown(intake, ada, path)
    assert (found["state"], found["deadline"]["last_day"]) == ("open", "2028-05-04")
    # An outage over the deadline: it lapses, without warnings that come too late.
    await tick(intake, late + timedelta(days=90))
    assert await said(intake) == ["silence", "lapsed"]
    assert (await shown(intake, ada, path))["state"] == "lapsed"


async def test_what_a_clock_leaves_in_the_middle_the_next_one_does(intake: Walker) -> None:
    for _ in range(3):
        await intake.start(await intake.sign_in())
    intake.one.clock.now = SILENT

    async def killed() -> None:
        async with intake.one.database.transaction() as tx:
            raise RuntimeError(f"killed after {await clock_usecases.look_for_silent(tx, RULES)}")

    with pytest.raises(RuntimeError, match="killed after 3"):
        await killed()
    assert (await said(intake), await terms(intake.one.database)) == ([], 0)
    await tick(intake)
    await tick(intake)
    assert await said(intake) == ["silence"] * 3


ACTS: dict[str, tuple[str, str, int, dict[str, Any]]] = {
    "basic information": ("PUT", "basic-information", 200, {"name": "Ada", "institution": "A", "position": "B"}),
    "a text": ("PUT", "materials/essay", 200, {"text": "Threads cross."}),
    "a draft": ("PUT", "drafts/essay", 200, {"text": "Threads"}),
    "the study plan": ("POST", "study-plan", 201, {"title": "Visit a loom"}),
    "consent to research": ("PUT", "research-consent", 200, {"consented": True, "version": "1"}),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("when", [SILENT + timedelta(days=9), DUE + timedelta(seconds=1)], ids=["in time", "just late"])
async def test_who_comes_back_has_no_deadline_any_more(
    intake: Walker, ada: Applicant, act: str, when: datetime
) -> None:
    method, what, status, body = ACTS[act]
    path = await intake.open(ada)
    await tick(intake, SILENT)
    intake.one.clock.now = when
    assert (await shown(intake, ada, path))["deadline"]["because"] == "silence", "looking is no coming back"
    await intake.call(still(intake, ada), method, f"{path}/{what}", status, json=body)
    assert "deadline" not in await shown(intake, ada, path)
    for now in (when + timedelta(seconds=1), DUE + timedelta(days=1)):
        await tick(intake, now)
    found = await shown(intake, ada, path)
    assert (found["state"], await said(intake), await terms(intake.one.database)) == ("open", ["silence"], 0)
    # A later silence is another one.
    await tick(intake, when + timedelta(days=100))
    assert await said(intake) == ["silence", "silence"]
    assert (await shown(intake, ada, path))["deadline"]["because"] == "silence"


@pytest.mark.parametrize("act", ["a draft", "the study plan"])
async def test_who_writes_beside_the_application_is_not_silent(intake: Walker, ada: Applicant, act: str) -> None:
    method, what, status, body = ACTS[act]
    path = await intake.open(ada)
    intake.one.clock.now = SILENT - timedelta(days=20)
    await intake.call(still(intake, ada), method, f"{path}/{what}", status, json=body)
    await tick(intake, SILENT)
    assert await said(intake) == []
    await tick(intake, SILENT + timedelta(days=80))
    assert await said(intake) == ["silence"]


async def test_the_clock_and_the_applicant_at_the_same_instant(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    await tick(intake, SILENT)
    intake.one.clock.now = DUE
    me = still(intake, ada)
    job = intake.one.run_job("clock")
    put = intake.client.put(f"{path}/materials/essay", json={"text": "Threads cross."}, headers=me.headers)
    _, answer = await asyncio.gather(job, put)
    await tick(intake, DUE + timedelta(minutes=1))
    # Whoever was first: either it was taken and nothing lapses, or it lapsed and says so.
    state = (await shown(intake, ada, path))["state"]
    assert (answer.status_code, state, (await said(intake))[1:]) in (
        (200, "open", []),
        (409, "lapsed", ["lapsed"]),
    )


async def test_who_comes_back_too_late_applies_again(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    await tick(intake, SILENT)
    await tick(intake, DUE)
    me = still(intake, ada)
    refused = await intake.call(me, "PUT", f"{path}/materials/essay", 409, json={"text": "Threads cross."})
    assert refused["type"] == "wrong_state"
    again = await intake.start(me)
    assert ((await shown(intake, me, again))["state"], again != path) == ("started", True)
