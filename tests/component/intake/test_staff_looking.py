"""Staff read one application as its applicant sees it. Each look is in the audit trail, which nobody can change."""

import re
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.session import COOKIE
from tests.component.intake.browser import browsing, heading, words
from tests.component.intake.test_staff import named, staff_of
from tests.component.intake.walker import Applicant, Walker, id_of

SEEN = (
    "SELECT actor, act, application_id, person_id, at FROM audit WHERE act = 'application_seen' ORDER BY at, audit_id"
)


async def looks(intake: Walker) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await intake.one.database.pool.fetch(SEEN)]


async def erase(intake: Walker, who: UUID) -> None:
    """An erasure marks first, and empties then: from the mark on nothing is shown."""
    await intake.one.database.pool.execute("UPDATE people SET erased = true WHERE person_id = $1", who)


async def test_staff_see_what_the_applicant_sees(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    await intake.one.deliver(await intake.decided(ada, path, "not_yet"))
    staff = await staff_of(intake, "staff")
    hers = await intake.call(ada, "GET", path, 200)
    theirs = await intake.call(staff, "GET", f"/api/staff/applications/{id_of(path)}", 200)
    assert theirs.pop("applicant") == {"person_id": str(ada.person_id), "name": "Ada", "email": "ada@example.org"}
    assert theirs == hers
    await intake.call(staff, "GET", path, 404)

    async with browsing(intake) as here:
        here.cookies.set(COOKIE, ada.headers["Authorization"].split()[1])
        mine = await here.get(path.removeprefix("/api"))
        decision = await here.get(f"{path.removeprefix('/api')}/decision")
        assert (await here.get(f"/staff/applications/{id_of(path)}")).status_code == 403
        here.cookies.set(COOKIE, staff.headers["Authorization"].split()[1])
        assert (await here.get(path.removeprefix("/api"))).status_code == 404
        shown = await here.get(f"/staff/applications/{id_of(path)}")
    assert (shown.status_code, heading(shown)) == (200, "Weaving")
    assert "You see this application as its applicant does Ada , ada@example.org ." in words(shown)
    for text in ("Dear Ada", "More weft.", "Decided: not yet", "Not yet"):
        assert (text in words(mine) + words(decision), text in words(shown)) == (True, True)
    main = shown.text.partition("<main")[2].partition("</main>")[0]
    fee = f'href="/payments/{id_of(path)}"'
    assert ("<form" in main, "<input" in main, fee in main) == (False, False, False)
    assert f'href="/payments/{id_of(path)}/staff"' in main
    assert fee in mine.text


async def test_each_look_is_noted_once_and_before_anything_is_shown(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    number = id_of(path)
    staff = await staff_of(intake, "staff")
    admin = await intake.sign_in("admin@example.org")
    began = intake.one.clock()
    await intake.call(staff, "GET", f"/api/staff/applications/{number}", 200)
    intake.one.clock.move(minutes=1)
    assert (await intake.client.get(f"/staff/applications/{number}", headers=admin.headers)).status_code == 200
    intake.one.clock.move(minutes=1)
    await intake.call(staff, "GET", f"/api/staff/applications/{uuid4()}", 404)
    await intake.call(staff, "GET", "/staff/applications/x", 404)
    assert [look[:4] for look in await looks(intake)] == [
        (staff.person_id, "application_seen", number, ada.person_id),
        (admin.person_id, "application_seen", number, ada.person_id),
    ]
    assert [(look[4] - began).total_seconds() for look in await looks(intake)] == [0, 60]
    await intake.one.database.pool.execute("ALTER TABLE audit RENAME TO audit_away")
    answer = await intake.client.get(f"/api/staff/applications/{number}", headers=staff.headers)
    assert (answer.status_code, "Weaving" in answer.text or str(number) in answer.text) == (500, False)


async def test_the_trail_lists_looks_and_changes_page_by_page(intake: Walker) -> None:
    there = [await named(intake, f"p{number}@example.org", f"P {number}") for number in range(3)]
    staff = await staff_of(intake, "staff")
    admin = await intake.sign_in("admin@example.org")
    for number in there:
        intake.one.clock.move(minutes=1)
        await intake.call(staff, "GET", f"/api/staff/applications/{number}", 200)
    first = await intake.call(admin, "GET", "/api/staff/audit", 200, params={"limit": 2})
    intake.one.clock.move(minutes=1)
    await intake.call(staff, "GET", f"/api/staff/applications/{there[0]}", 200)
    rest = await intake.call(admin, "GET", "/api/staff/audit", 200, params={"limit": 2, "after": first["next"]})
    lines = first["items"] + rest["items"]
    assert [(line["act"], line.get("application_id")) for line in lines] == [
        ("application_seen", str(there[2])),
        ("application_seen", str(there[1])),
        ("application_seen", str(there[0])),
        ("roles_changed", None),
    ]
    assert lines[0]["actor"] == {"person_id": str(staff.person_id), "email": "staff@staff.example"}
    assert (lines[0]["person"]["name"], lines[0]["person"]["email"]) == ("P 2", "p2@example.org")
    assert (lines[3]["actor"]["email"], lines[3]["person"]["person_id"]) == ("admin@example.org", str(staff.person_id))
    assert (lines[3]["before"], lines[3]["after"], rest["next"]) == ([], ["staff"], None)
    await intake.call(staff, "GET", "/api/staff/audit", 403)

    async with browsing(intake) as here:
        here.cookies.set(COOKIE, admin.headers["Authorization"].split()[1])
        said = words(await here.get("/staff/audit"))
        assert f"staff@staff.example Looked at an application {there[0]} P 0" in said
        assert "admin@example.org Changed roles before: none; after: Staff staff@staff.example" in said
        older = words(await here.get(f"/staff/audit?after={first['next']}"))
        assert (str(there[0]) in older, str(there[1]) in older) == (True, False)
        assert (await here.get("/staff/audit?after=x")).status_code == 422


async def test_an_empty_trail_says_so(intake: Walker) -> None:
    admin = await intake.sign_in("admin@example.org")
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, admin.headers["Authorization"].split()[1])
        assert "Nothing is noted yet" in words(await here.get("/staff/audit"))


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = person_id", "DELETE FROM audit", "TRUNCATE audit"])
async def test_nothing_in_the_trail_is_ever_changed(intake: Walker, change: str) -> None:
    await staff_of(intake, "staff")
    pool = intake.one.database.pool
    before = await pool.fetch("SELECT * FROM audit")
    with pytest.raises(asyncpg.RaiseError, match="the audit trail is never changed"):
        await pool.execute(change)
    assert (len(before), await pool.fetch("SELECT * FROM audit")) == (1, before)


async def test_of_an_erased_person_no_name_stays(intake: Walker, ada: Applicant) -> None:
    path = await intake.apply(ada)
    number = id_of(path)
    staff = await staff_of(intake, "staff")
    admin = await intake.sign_in("admin@example.org")
    intake.one.clock.move(minutes=1)
    await intake.call(staff, "GET", f"/api/staff/applications/{number}", 200)
    pool = intake.one.database.pool
    rows = await pool.fetch("SELECT t::text AS whole FROM audit t")
    # As a word of its own: an id may spell it among its digits.
    assert [row["whole"] for row in rows if re.search(r"\bada\b|example", row["whole"].lower())] == []

    await erase(intake, ada.person_id)
    await erase(intake, staff.person_id)
    line = (await intake.call(admin, "GET", "/api/staff/audit", 200))["items"][0]
    assert (line["actor"], line["person"]) == (
        {"person_id": str(staff.person_id)},
        {"person_id": str(ada.person_id)},
    )
    [listed] = (await intake.call(admin, "GET", "/api/staff/applications", 200))["items"]
    assert ("applicant" in listed, listed["application_id"]) == (False, str(number))
    found = await intake.call(admin, "GET", "/api/staff/applications", 200, params={"q": "ada"})
    assert found["items"] == []
    csv = await intake.client.get("/api/staff/applications.csv", headers=admin.headers)
    one = await intake.client.get(f"/api/staff/applications/{number}", headers=admin.headers)
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, admin.headers["Authorization"].split()[1])
        pages = [await here.get(path) for path in ("/staff", "/staff/audit", f"/staff/applications/{number}")]
        assert "The applicant was erased." in words(pages[2])
        assert "An erased person Looked at an application" in words(pages[1])
        pages += [await here.get(f"/staff/people?q={text}") for text in ("ada", "staff@", "")]
        assert (await here.get(f"/staff/people/{ada.person_id}")).status_code == 404
    for answer in (csv, one, *pages):
        assert answer.status_code == 200
        told = answer.text.replace('value="ada"', "").replace("q=ada", "").lower()
        assert ("ada@" in told, ">ada" in told, '"ada"' in told, "staff@staff" in told) == (False,) * 4
