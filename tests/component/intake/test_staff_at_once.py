"""Two of the staff change one thing at the same time: nobody overwrites unseen, by API and by page, and what was typed
stays."""

import asyncio
from typing import Any

import pytest

from tests.component.conftest import StartService
from tests.component.intake.browser import browsing, hidden, known_as, problems, typed, went, words
from tests.component.intake.enrollment import enrolling
from tests.component.intake.leading import COHORT, LINK, draft
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Applicant, Walker

PERIODS = "/staff/periods"
SUMMER = {"name": "Summer", "first_day": "2027-05-17", "last_day": "2027-08-31"}
CHANGED = (
    "This was changed since you opened it, in another tab or on another device. Nothing was overwritten."
    " The saved state is shown below; to replace it with yours, save again."
)


@pytest.fixture
async def intake(service: StartService) -> Walker:
    return await enrolling(service)


@pytest.fixture
async def staff(intake: Walker) -> Applicant:
    return await staff_of(intake, "staff")


@pytest.fixture
async def summer(intake: Walker) -> str:
    """The id of the period Summer."""
    return str((await intake.client.get("/api/periods")).json()["items"][1]["period_id"])


async def read(intake: Walker, staff: Applicant, path: str) -> tuple[Any, str]:
    """What is there, and its tag."""
    answer = await intake.client.get(path, headers=staff.headers)
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["etag"]


async def test_a_period_is_not_overwritten_unseen(intake: Walker, staff: Applicant, summer: str) -> None:
    path = f"/api{PERIODS}/{summer}"
    found, seen = await read(intake, staff, path)
    listed = (await intake.call(staff, "GET", f"/api{PERIODS}", 200))["items"]
    assert found == next(one for one in listed if one["period_id"] == summer)
    newer = SUMMER | {"last_day": "2027-09-15"}
    answer = await intake.client.put(path, json=newer, headers={**staff.headers, "If-Match": seen})
    assert (answer.status_code, answer.headers["etag"]) == (200, (await read(intake, staff, path))[1])
    mine = SUMMER | {"name": "Long summer"}
    refused = await intake.call(staff, "PUT", path, 412, json=mine, headers={"If-Match": seen})
    assert (refused["type"].rpartition("/")[2], refused["current"]) == ("changed_meanwhile", newer)
    await intake.call(staff, "PUT", path, 412, json=mine, headers={"If-None-Match": "*"})
    await intake.call(staff, "DELETE", path, 412, headers={"If-Match": seen})
    # The same once more, because its answer was lost, changes nothing; nor does whoever says nothing get refused.
    await intake.call(staff, "PUT", path, 200, json=newer, headers={"If-Match": seen})
    await intake.call(staff, "PUT", path, 200, json=mine)
    await intake.call(staff, "DELETE", path, 204, headers={"If-Match": (await read(intake, staff, path))[1]})
    await intake.call(staff, "GET", path, 404)
    await intake.call(await intake.sign_in("eve@example.org"), "GET", path, 403)


async def test_of_two_at_the_same_instant_one_is_kept(intake: Walker, staff: Applicant, summer: str) -> None:
    path = f"/api{PERIODS}/{summer}"
    _, seen = await read(intake, staff, path)
    answers = await asyncio.gather(
        *(
            intake.client.put(
                path, json=SUMMER | {"name": f"Summer {number}"}, headers={**staff.headers, "If-Match": seen}
            )
            for number in range(6)
        )
    )
    assert sorted(one.status_code for one in answers) == [200] + [412] * 5
    [kept] = [one.json()["name"] for one in answers if one.status_code == 200]
    assert {one.json()["current"]["name"] for one in answers if one.status_code == 412} == {kept}
    assert (await read(intake, staff, path))[0]["name"] == kept


async def test_the_page_of_a_period_shows_both_and_keeps_what_was_typed(
    intake: Walker, staff: Applicant, summer: str
) -> None:
    path = f"{PERIODS}/{summer}"
    async with browsing(intake) as here:
        known_as(staff, here)
        seen = hidden(await here.get(path), "seen")
        newer = SUMMER | {"last_day": "2027-09-15"}
        assert went(await here.post(path, data=newer | {"seen": seen})) == (303, PERIODS)
        late = await here.post(path, data=SUMMER | {"name": "Long summer", "seen": seen})
        assert (late.status_code, problems(late)) == (412, [CHANGED])
        assert (typed(late, "name"), typed(late, "last_day")) == ("Long summer", "2027-08-31")
        assert "What is kept now Name Summer First day May 17, 2027 Last day September 15, 2027" in words(late)
        removal = await here.post(f"{path}/removal", data={"seen": seen})
        assert (removal.status_code, typed(removal, "last_day")) == (412, "2027-09-15")
        again = SUMMER | {"name": "Long summer", "seen": hidden(late, "seen")}
        assert went(await here.post(path, data=again)) == (303, PERIODS)
        seen = hidden(await here.get(path), "seen")
        assert went(await here.post(f"{path}/removal", data={"seen": seen})) == (303, PERIODS)


async def test_a_session_is_cancelled_only_as_it_was_read(intake: Walker, staff: Applicant) -> None:
    cohort = await draft(intake, staff)
    session_id = (await intake.call(staff, "GET", cohort, 200))["sessions"][0]["session_id"]
    path = f"{cohort}/sessions/{session_id}"
    _, seen = await read(intake, staff, path)
    page = f"{path.removeprefix('/api')}/cancellation"
    async with browsing(intake) as here:
        form = await known_as(staff, here).get(page)
        moved = {"title": "Moved", "starts_at": "2027-03-15T19:00", "minutes": 60}
        await intake.call(staff, "PUT", path, 200, json=moved, headers={"If-Match": seen})
        await intake.call(staff, "DELETE", path, 412, headers={"If-Match": seen})
        late = await here.post(page, data={"seen": hidden(form, "seen")})
        assert (late.status_code, "Moved , Monday, March 15, 2027" in words(late)) == (412, True)
        cohort_page = cohort.removeprefix("/api")
        assert went(await here.post(page, data={"seen": hidden(late, "seen")})) == (303, cohort_page)
    assert (await intake.call(staff, "GET", cohort, 200))["sessions"] == []


async def test_pages_of_cohorts_say_the_kept_times_with_their_zone(intake: Walker, staff: Applicant) -> None:
    """The reader lives in UTC, the cohort in New York: the form takes New York's times, so the kept ones are New
    York's."""
    opens, closes = "2027-03-02T18:00", "2027-03-20T18:00"
    cohort = await draft(intake, staff, joining_opens=opens, joining_closes=closes)
    session_id = (await intake.call(staff, "GET", cohort, 200))["sessions"][0]["session_id"]
    path = cohort.removeprefix("/api")
    async with browsing(intake) as here:
        known_as(staff, here)
        form = COHORT | {"facilitators": "Rosa Ruiz", "capacity": "0", "joining_opens": "2027-03-03T18:00"}
        said = words(await here.post(f"{path}/details", data=form | {"joining_closes": closes}))
        assert "For Weaving Places 2" in said
        assert "Joining opens Tuesday, March 2, 2027, 6:00 PM EST" in said
        assert "Joining closes Saturday, March 20, 2027, 6:00 PM EDT" in said
        session = {"title": "Later", "starts_at": "2027-03-09T18:00", "minutes": "0", "link": LINK}
        said = words(await here.post(f"{path}/sessions/{session_id}", data=session))
        assert "Begins Monday, March 8, 2027, 12:00 PM EST" in said
