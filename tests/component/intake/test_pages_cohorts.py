"""Cohorts by page: staff create and lead one; applicants join, wait, move up and leave."""

import re
from datetime import timedelta

from tests.component.intake.browser import (
    beside,
    browsing,
    heading,
    hidden,
    known_as,
    problems,
    typed,
    went,
    words,
)
from tests.component.intake.leading import LINK, applied, draft, joined, opened, place
from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Walker, id_of

FORM = {
    "name": "Spring weavers",
    "description": "We read the rubric.",
    "credentials": "weaving",
    "capacity": "1",
    "facilitators": "Rosa Ruiz\nKim Lee <kim@example.org>",
    "time_zone": "Europe/Madrid",
    "joining_opens": "",
    "joining_closes": "",
}


async def test_staff_create_open_and_change_a_cohort(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    await intake.sign_in("kim@example.org")
    async with browsing(intake) as here:
        known_as(staff, here)
        assert "There are no cohorts yet" in words(await here.get("/staff/cohorts"))
        refused = await here.post("/staff/cohorts/new", data=FORM | {"name": "", "capacity": "many"})
        assert (refused.status_code, len(problems(refused))) == (422, 2)
        assert (typed(refused, "facilitators"), "checked" in refused.text) == (FORM["facilitators"], True)
        status, path = went(await here.post("/staff/cohorts/new", data=FORM))
        assert (status, path.startswith("/staff/cohorts/")) == (303, True)
        page = await here.get(path)
        assert heading(page) == "Spring weavers"
        assert "Rosa Ruiz , Kim Lee" in words(page)
        assert (await here.post(f"{path}/opening")).status_code == 409
        day = (intake.one.clock() + timedelta(days=10)).strftime("%Y-%m-%d")
        session = {"title": "First", "starts_at": f"{day}T18:00", "minutes": "90", "link": LINK}
        wrong = await here.post(f"{path}/sessions/new", data=session | {"link": "javascript:alert(1)", "minutes": "0"})
        assert (wrong.status_code, beside(wrong, "link")) == (
            422,
            "is not an address of a meeting; it begins with https://",
        )
        assert went(await here.post(f"{path}/sessions/new", data=session)) == (303, path)
        assert went(await here.post(f"{path}/opening")) == (303, path)
        told = words(await here.get(path))
        assert "Applicants can join this cohort now." in told
        assert "Spring weavers Open to applicants" in told
        # Two editors: the second one is told, and keeps what they typed.
        form = await here.get(f"{path}/details")
        assert typed(form, "facilitators") == FORM["facilitators"]
        seen = hidden(form, "seen")
        assert went(await here.post(f"{path}/details", data=FORM | {"name": "One", "seen": seen})) == (303, path)
        late = await here.post(f"{path}/details", data=FORM | {"name": "Two", "seen": seen})
        assert (late.status_code, typed(late, "name")) == (412, "Two")
        assert "What is kept now Name One" in words(late)
        again = FORM | {"name": "Two", "seen": hidden(late, "seen")}
        assert went(await here.post(f"{path}/details", data=again)) == (303, path)
        for below in ("/details", "/cancellation", "/sessions/new"):
            assert (await here.get(path + below)).status_code == 200
        for below in ("", "/details", "/cancellation"):
            assert (await here.get("/staff/cohorts/00000000-0000-0000-0000-000000000001" + below)).status_code == 404


async def test_an_applicant_joins_and_the_next_one_moves_up(intake: Walker) -> None:
    _, _, cohort_id = await opened(intake, capacity=1)
    ada, first = await applied(intake, "ada")
    bob, second = await applied(intake, "bob")
    async with browsing(intake) as hers, browsing(intake, "es") as his:
        known_as(ada, hers)
        known_as(bob, his)
        path, his_path = (one.removeprefix("/api") for one in (first, second))
        assert "Cohort (if you like)" in words(await hers.get(path))
        offered = words(await hers.get(f"{path}/cohort"))
        assert "Places are free 1 of 1 places." in offered
        assert LINK not in offered
        body = {"cohort_id": str(cohort_id)}
        assert went(await hers.post(f"{path}/cohort", data=body)) == (303, f"{path}/cohort")
        mine = await hers.get(f"{path}/cohort")
        assert ("You have a place" in words(mine), LINK in mine.text) == (True, True)
        assert "/cohort.ics" in mine.text
        assert "Next session: After 7 days" in words(await hers.get(path))
        assert went(await his.post(f"{his_path}/cohort", data=body)) == (303, f"{his_path}/cohort")
        waits = await his.get(f"{his_path}/cohort")
        assert (LINK in waits.text, 'lang="es"' in waits.text) == (False, True)
        assert await place(intake, bob, second) == ("waiting", 1)
        assert went(await hers.post(f"{path}/cohort/leaving")) == (303, f"{path}/cohort")
        assert "You are not in the cohort any more." in words(await hers.get(f"{path}/cohort"))
        assert LINK in (await his.get(f"{his_path}/cohort")).text
        # Another person's is not there.
        for verb in (hers.get, hers.post):
            assert (await verb(f"{his_path}/cohort")).status_code == 404
        assert (await hers.post(f"{his_path}/cohort/leaving")).status_code == 404
        assert (await hers.post(f"{path}/cohort", data={"cohort_id": "x\x00"})).status_code == 422
        assert (await hers.get("/staff/cohorts")).status_code == 403


async def test_staff_move_take_out_and_cancel_by_page(intake: Walker) -> None:
    staff, _, cohort_id = await opened(intake, capacity=1)
    ada, first = await joined(intake, "ada", cohort_id)
    bob, second = await joined(intake, "bob", cohort_id)
    other = await draft(intake, staff, name="Another")
    await intake.call(staff, "POST", f"{other}/opening", 200)
    async with browsing(intake) as here:
        known_as(staff, here)
        path = f"/staff/cohorts/{cohort_id}"
        mine = f"{path}/places/{id_of(first)}"
        page = await here.get(mine)
        assert (heading(page), "Another" in words(page)) == ("ada@example.org", True)
        for below in ("move", "removal"):
            refused = await here.post(f"{mine}/{below}", data={"reason": "", "cohort_id": other.rpartition("/")[2]})
            assert (refused.status_code, len(problems(refused))) == (422, 1)
            assert refused.text.count('id="field-reason"') == 1
        body = {"reason": "You asked.", "cohort_id": other.rpartition("/")[2]}
        assert went(await here.post(f"{mine}/move", data=body)) == (303, path)
        assert "Moved to another cohort You asked." in words(await here.get(path))
        assert went(await here.post(f"{path}/places/{id_of(second)}/removal", data=body)) == (303, path)
        assert (await here.get(mine)).status_code == 404
        session_id = re.findall(rf'href="{path}/sessions/([0-9a-f-]+)"', (await here.get(path)).text)[0]
        ask = await here.get(f"{path}/sessions/{session_id}/cancellation")
        assert "0 members are told by e-mail" in words(ask)
        assert went(await here.post(f"{path}/sessions/{session_id}/cancellation")) == (303, path)
        assert (await here.post(f"{path}/sessions/{session_id}", data={"title": "x"})).status_code == 422
        target = f"/staff/cohorts/{other.rpartition('/')[2]}"
        ask = await here.get(f"{target}/cancellation")
        assert "1 member loses the place. 0 people on the waiting list are let go." in words(ask)
        assert went(await here.post(f"{target}/cancellation")) == (303, target)
        assert (await here.post(f"{target}/cancellation")).status_code == 409
        assert "This cohort is over" in words(await here.get(f"{target}/cancellation"))
    async with browsing(intake) as hers:
        known_as(ada, hers)
        assert "Your cohort is cancelled" in words(await hers.get(f"{first.removeprefix('/api')}/cohort"))
        known_as(bob, hers)
        told = words(await hers.get(f"{second.removeprefix('/api')}/cohort"))
        assert "The program's staff took you out of a cohort Spring weavers You asked." in told


async def test_the_audit_trail_leads_to_the_cohort(intake: Walker) -> None:
    _, _, cohort_id = await opened(intake)
    admin = await intake.sign_in("admin@example.org")
    async with browsing(intake) as here:
        known_as(admin, here)
        page = await here.get("/staff/audit")
        assert page.text.count(f'href="/staff/cohorts/{cohort_id}"') == 3
        assert "Opened a cohort to applicants" in words(page)
