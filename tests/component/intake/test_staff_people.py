"""People and their roles, by page."""

import httpx
import pytest

from chassis.personal import ERASE_PROJECTION as ERASE
from contracts.events.people import PersonDescribed
from contracts.session import COOKIE
from tests.component.intake.browser import browsing, heading, went, words
from tests.component.intake.test_staff import named, staff_of
from tests.component.intake.walker import Applicant, Walker


async def as_admin(intake: Walker, here: httpx.AsyncClient) -> Applicant:
    """The browser is that of the administrator."""
    admin = await intake.sign_in("admin@example.org")
    here.cookies.set(COOKIE, admin.headers["Authorization"].split()[1])
    return admin


async def test_before_a_search_all_who_have_a_role_are_shown(intake: Walker) -> None:
    await staff_of(intake, "reviewer", "chair")
    await named(intake, "robin@example.org", "Robin Example")
    async with browsing(intake) as here:
        await as_admin(intake, here)
        said = words(await here.get("/staff/people"))
        assert "admin@example.org – – Administrator" in said
        assert "reviewer-chair@staff.example – – Reviewer, Chair" in said
        assert "robin@example.org" not in said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("robin@example.org", True),
        ("ROBIN@", True),
        ("robin ex", True),
        ("example", True),
        ("kim", False),
        ("@", False),
        ("'", False),
    ],
)
async def test_people_are_found_by_address_or_name(intake: Walker, text: str, found: bool) -> None:
    await named(intake, "robin@example.org", "Robin Example")
    async with browsing(intake) as here:
        await as_admin(intake, here)
        page = await here.get("/staff/people", params={"q": text})
        assert ("Robin Example Analytical College None" in words(page), "Nobody was found" in words(page)) == (
            found,
            not found,
        )


async def test_a_contact_is_told_as_such(intake: Walker) -> None:
    await intake.ask_for_link("new@example.org")
    async with browsing(intake) as here:
        await as_admin(intake, here)
        assert "new@example.org – – None; has never signed in" in words(await here.get("/staff/people?q=new@"))


async def test_more_than_a_page_of_people_is_told(intake: Walker) -> None:
    await intake.one.database.pool.execute(
        """
        INSERT INTO people (person_id, version, name, email, email_key)
        SELECT gen_random_uuid(), 1, 'Many', n || '@many.example', n || '@many.example' FROM generate_series(1, 51) n
        """
    )
    async with browsing(intake) as here:
        await as_admin(intake, here)
        page = await here.get("/staff/people?q=many")
        assert (page.text.count('role="rowheader"'), "The first 50 are shown." in words(page)) == (50, True)


async def test_roles_are_ticked_and_saved_as_by_the_api(intake: Walker, ada: Applicant) -> None:
    path = f"/staff/people/{ada.person_id}"
    async with browsing(intake) as here:
        admin = await as_admin(intake, here)
        page = await here.get(path)
        assert (heading(page), page.text.count(" checked>")) == ("ada@example.org", 0)
        assert went(await here.post(path, data={"roles": ["staff", "chair"]})) == (303, path)
        saved = await here.get(path)
        assert ("The roles are saved." in words(saved), saved.text.count(" checked>")) == (True, 2)
        for role in ("staff", "chair"):
            assert f'value="{role}" checked>' in saved.text
        assert (await intake.call(ada, "GET", "/api/sessions/current", 200))["person"]["roles"] == ["chair", "staff"]
        # None is ticked: a browser sends nothing of the field.
        assert went(await here.post(path, data={})) == (303, path)
        assert (await intake.call(ada, "GET", "/api/sessions/current", 200))["person"]["roles"] == []
        assert went(await here.post(path, data={})) == (303, path)
    said = [one for one in await intake.one.events(PersonDescribed) if one.person_id == ada.person_id]
    assert [one.roles for one in said if isinstance(one, PersonDescribed)][-2:] == [("chair", "staff"), ()]
    rows = await intake.one.database.pool.fetch(
        "SELECT actor, act, person_id, before, after FROM audit ORDER BY at, cardinality(before)"
    )
    assert [tuple(row) for row in rows] == [
        (admin.person_id, "roles_changed", ada.person_id, [], ["chair", "staff"]),
        (admin.person_id, "roles_changed", ada.person_id, ["chair", "staff"], []),
    ]


async def test_the_last_administrator_is_refused_in_words_and_nothing_is_noted(intake: Walker) -> None:
    async with browsing(intake) as here:
        admin = await as_admin(intake, here)
        path = f"/staff/people/{admin.person_id}"
        refused = await here.post(path, data={"roles": "chair"})
        assert (refused.status_code, heading(refused)) == (409, "admin@example.org")
        assert "keep admin" in words(refused)
        assert ('value="chair" checked>' in refused.text, 'value="admin" checked>' in refused.text) == (True, False)
        assert 'href="#field-roles"' in refused.text
        bad = await here.post(path, data={"roles": ["admin", "king"]})
        assert (bad.status_code, "some of reviewer, chair, staff, operator, admin" in words(bad)) == (422, True)
        assert (await intake.call(admin, "GET", "/api/sessions/current", 200))["person"]["roles"] == ["admin"]
        assert await intake.one.database.pool.fetchval("SELECT count(*) FROM audit") == 0


async def test_who_is_unknown_or_erased_is_not_there(intake: Walker, ada: Applicant) -> None:
    async with browsing(intake) as here:
        await as_admin(intake, here)
        await intake.one.database.pool.execute(ERASE, ada.person_id)
        for person_id in (ada.person_id, "00000000-0000-0000-0000-000000000001", "x"):
            assert (await here.get(f"/staff/people/{person_id}")).status_code == 404
            assert (await here.post(f"/staff/people/{person_id}", data={"roles": "admin"})).status_code == 404
