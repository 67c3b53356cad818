"""Pages of periods and deadlines, for applicants and staff."""

import re

import httpx
import pytest

from contracts.events.deadlines import ApplicationRenewalDue
from tests.component.conftest import StartService
from tests.component.intake.browser import beside, browsing, heading, known_as, problems, typed, went, words
from tests.component.intake.enrollment import at, enrolling, pay_renewal, still, tick
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Walker

PERIODS = "/staff/periods"
DUE = "Friday, April 30, 2027, 11:59 PM EDT"
DUE_IN_MADRID = "sábado, 1 de mayo de 2027, 5:59 CEST"


@pytest.fixture
async def intake(service: StartService) -> Walker:
    return await enrolling(service)


async def of_new_york(intake: Walker, email: str, here: httpx.AsyncClient) -> str:
    """Somebody's open application; they live in New York."""
    who = await intake.sign_in(email)
    path = await intake.start(who)
    basic = {"name": "Ada", "institution": "College", "position": "Weaver", "time_zone": "America/New_York"}
    await intake.call(who, "PUT", f"{path}/basic-information", 200, json=basic)
    await intake.call(who, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
    await intake.pay(who, path)
    known_as(who, here)
    return path.removeprefix("/api")


async def test_the_deadline_stands_on_every_page_of_an_application(intake: Walker) -> None:
    async with browsing(intake) as here:
        path = await of_new_york(intake, "ada@example.org", here)
        for place in ("/applications", path, f"{path}/materials/cv", f"{path}/submission", f"{path}/deadline"):
            page = await here.get(place)
            assert (page.status_code, f"Submit by {DUE}" in words(page)) == (200, True), place


async def test_the_reader_sees_it_in_their_own_zone_and_language(intake: Walker) -> None:
    async with browsing(intake, "es") as here:
        path = await of_new_york(intake, "ada@example.org", here)
        account = {"name": "Ada", "institution": "", "language": "es", "time_zone": "Europe/Madrid"}
        assert (await here.post("/account", data=account)).status_code == 303
        page = words(await here.get(f"{path}/deadline"))
        assert DUE_IN_MADRID in page
        assert "America/New_York" in page


async def test_carry_over_by_page(intake: Walker) -> None:
    async with browsing(intake) as here:
        path = await of_new_york(intake, "ada@example.org", here)
        page = await here.get(f"{path}/deadline")
        assert "Summer, May 17, 2027 to August 31, 2027. That costs a renewal fee of $60.00." in words(page)
        assert went(await here.post(f"{path}/deadline")) == (303, f"{path}/deadline")
        (due,) = await intake.one.events(ApplicationRenewalDue)
        after = await here.get(f"{path}/deadline")
        assert f'href="/payments/{due.renewal_id}"' in after.text
        assert "Carry over to the next period" not in words(after)
        assert "You asked to be carried over" in words(await here.get(path))
        who = await intake.sign_in("ada@example.org")
        await pay_renewal(intake, who, due.application_id, due.renewal_id)
        assert "Submit by Tuesday, August 31, 2027, 11:59 PM EDT" in words(await here.get(path))


async def test_after_the_deadline_a_page_keeps_what_was_typed(intake: Walker) -> None:
    async with browsing(intake) as here:
        path = await of_new_york(intake, "ada@example.org", here)
        intake.one.clock.now = at(5, 1, 0)
        known_as(still(intake, await intake.sign_in("ada@example.org")), here)
        page = await here.post(f"{path}/materials/essay", data={"text": "Too late."})
        assert (page.status_code, typed(page, "text")) == (409, "Too late.")
        assert problems(page) == ["The time of this application is over: its last day was 2027-04-30."]
        assert (await here.post(f"{path}/submission")).status_code == 409


async def test_catalog_pages_say_when_the_next_period_is(intake: Walker) -> None:
    async with browsing(intake) as here:
        open_now = "Spring: begin and submit by the end of April 30, 2027"
        assert [open_now in words(await here.get(place)) for place in ("/", "/credentials/weaving")] == [True, True]
        intake.one.clock.now = at(5, 3)
        who = await intake.sign_in("ada@example.org")
        closed = "No enrollment period is open. The next one is Summer, from May 17, 2027 to August 31, 2027."
        known_as(who, here)
        for place in ("/", "/credentials/weaving", "/credentials/weaving/begin"):
            page = await here.get(place)
            assert (closed in words(page), "Begin your application</button>" in page.text) == (True, False), place
        refused = await here.post("/credentials/weaving/begin")
        assert (refused.status_code, problems(refused)) == (
            409,
            ["No enrollment period is open. The next one is Summer, from 2027-05-17 to 2027-08-31; begin then."],
        )


async def test_staff_makes_changes_and_takes_out_a_period(intake: Walker) -> None:
    async with browsing(intake) as here:
        known_as(await staff_of(intake, "staff"), here)
        assert "/staff/periods" in (await here.get("/staff")).text
        new = {"name": "Fall", "first_day": "2027-10-01", "last_day": "2027-12-15"}
        assert went(await here.post(PERIODS, data=new)) == (303, PERIODS)
        page = await here.get(PERIODS)
        assert [name in words(page) for name in ("Spring Open", "Summer Planned", "Fall Planned")] == [True] * 3
        fall = re.findall(r'href="(/staff/periods/[^"]+)"[^>]*>Fall', page.text)[0]
        form = await here.get(fall)
        assert (heading(form), typed(form, "last_day")) == ("Fall", "2027-12-15")
        assert went(await here.post(fall, data=new | {"last_day": "2027-12-20"})) == (303, PERIODS)
        assert "December 20, 2027" in words(await here.get(PERIODS))
        assert went(await here.post(f"{fall}/removal")) == (303, PERIODS)
        assert "Fall" not in words(await here.get(PERIODS))
        assert (await here.get(fall)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field", "words_of_it"),
    [
        ({"first_day": "2027-08-31"}, "first_day", "must not be in Summer (2027-05-17 to 2027-08-31)"),
        ({"first_day": "2026-12-01"}, "last_day", "must not be in Spring (2027-01-11 to 2027-04-30)"),
        ({"last_day": "2027-09-30"}, "last_day", "must be the first day or a later one"),
        ({"last_day": "9998-12-31"}, "last_day", "must be in 2037 or earlier"),
        ({"last_day": "9999-12-31"}, "last_day", "lies outside of the years 1970 to 9998; write a day within them"),
        ({"first_day": "2026-01-01", "last_day": "2026-02-01"}, "last_day", "must not be over yet"),
        ({"last_day": "soon"}, "last_day", "is not a day of the calendar; write a date like 2026-03-02"),
        ({"name": "A\u202eB"}, "name", None),
        ({"name": ""}, "name", "must not be empty"),
    ],
)
async def test_a_period_that_cannot_be_is_refused_beside_its_field(
    intake: Walker, changes: dict[str, str], field: str, words_of_it: str | None
) -> None:
    async with browsing(intake) as here:
        known_as(await staff_of(intake, "staff"), here)
        new = {"name": "Fall", "first_day": "2027-10-01", "last_day": "2027-12-15"} | changes
        page = await here.post(PERIODS, data=new)
        assert page.status_code == 422
        assert typed(page, "first_day") == new["first_day"]
        said = beside(page, field.replace("_", "-"))
        assert words_of_it is None or said == words_of_it
        assert (await here.get("/api/periods")).json()["items"][-1]["name"] == "Summer"


async def test_what_has_begun_keeps_its_first_day_and_what_is_closed_stays(intake: Walker) -> None:
    async with browsing(intake) as here:
        staff = await staff_of(intake, "staff")
        known_as(staff, here)
        spring, summer = ((await here.get("/api/periods")).json())["items"]
        here_is = f"{PERIODS}/{spring['period_id']}"
        moved = {"name": "Spring", "first_day": "2027-01-12", "last_day": "2027-04-30"}
        assert beside(await here.post(here_is, data=moved), "first-day") == "must stay 2027-01-11"
        over = {"name": "Spring", "first_day": "2027-01-11", "last_day": "2027-02-28"}
        assert beside(await here.post(here_is, data=over), "last-day") == "must not be over yet"
        assert (await here.post(f"{here_is}/removal")).status_code == 409
        await tick(intake, at(5, 3))
        known_as(still(intake, staff), here)
        refused = await here.post(here_is, data=over)
        assert (refused.status_code, problems(refused)) == (
            409,
            ["Spring is closed, so it cannot be changed any more."],
        )
        assert summer["state"] == "planned"


async def test_a_longer_period_moves_the_deadline_of_its_applications(intake: Walker) -> None:
    async with browsing(intake) as here, browsing(intake) as office:
        path = await of_new_york(intake, "ada@example.org", here)
        known_as(await staff_of(intake, "staff"), office)
        spring = (await office.get("/api/periods")).json()["items"][0]
        longer = {"name": "Spring", "first_day": "2027-01-11", "last_day": "2027-05-07"}
        assert (await office.post(f"{PERIODS}/{spring['period_id']}", data=longer)).status_code == 303
        assert "Submit by Friday, May 7, 2027, 11:59 PM EDT" in words(await here.get(path))
        await tick(intake, at(5, 1, 1))
        who = still(intake, await intake.sign_in("ada@example.org"))
        assert (await intake.call(who, "GET", f"/api{path}", 200))["state"] == "open"


async def test_staff_extends_by_page_and_nobody_else(intake: Walker) -> None:
    async with browsing(intake) as here, browsing(intake) as office:
        path = await of_new_york(intake, "ada@example.org", here)
        place = f"/staff{path}/deadline"
        known_as(await staff_of(intake, "staff"), office)
        assert place in (await office.get(f"/staff{path}")).text
        page = await office.post(place, data={"day": "2027-04-01", "reason": ""})
        assert (page.status_code, beside(page, "reason")) == (422, "must not be empty")
        assert went(await office.post(place, data={"day": "2027-05-14", "reason": "Illness"})) == (303, place)
        mine = words(await here.get(f"{path}/deadline"))
        assert "Submit by Friday, May 14, 2027, 11:59 PM EDT" in mine
        assert "The reason: Illness" in mine
        for address in (PERIODS, place):
            assert (await here.get(address)).status_code == 403
            assert (await here.post(address, data={})).status_code == 403


async def test_another_persons_deadline_does_not_exist(intake: Walker) -> None:
    async with browsing(intake) as here, browsing(intake) as eve:
        path = await of_new_york(intake, "ada@example.org", here)
        known_as(await intake.sign_in("eve@example.org"), eve)
        assert [(await eve.get(f"{path}/deadline")).status_code, (await eve.post(f"{path}/deadline")).status_code] == [
            404,
            404,
        ]
        assert await intake.one.events(ApplicationRenewalDue) == []
