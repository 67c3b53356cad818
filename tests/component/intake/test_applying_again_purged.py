"""Purging a lapsed later attempt removes nothing from the earlier attempt, whose materials it shared."""

from datetime import timedelta

from tests.component.conftest import StartService
from tests.component.intake.enrollment import at, enrolling, still, tick
from tests.component.intake.walker import PDF

END_OF_SPRING = at(5, 1, 0)


async def test_what_is_purged_of_one_attempt_stays_of_the_other(service: StartService) -> None:
    intake = await enrolling(service)
    ada = await intake.sign_in("ada@example.org")
    first = await intake.submit(ada)
    await intake.one.deliver(await intake.decided(ada, first))
    again = await intake.start(ada)
    await intake.call(ada, "POST", f"{again}/study-plan", 201, json={"title": "Read"})
    await tick(intake, END_OF_SPRING)
    await tick(intake, END_OF_SPRING + timedelta(days=90))
    who = still(intake, ada)
    assert (await intake.call(who, "GET", again, 200))["state"] == "lapsed"
    assert (await intake.call(who, "GET", f"{again}/study-plan", 200))["items"] == []
    assert (await intake.call(who, "GET", f"{first}/materials/essay", 200))["text"] == "Threads cross."
    answer = await intake.client.get(f"{first}/materials/cv", headers=who.headers)
    assert (answer.status_code, answer.content) == (200, PDF)
