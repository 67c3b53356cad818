"""The staff's list of all applications: each filter, the search, both orders, and paging while rows are added."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.events.review import CaseOpened
from contracts.session import COOKIE
from tests.component.intake.browser import browsing, heading, went, words
from tests.component.intake.walker import BASIC, Applicant, Walker, id_of

LIST = "/api/staff/applications"


async def staff_of(intake: Walker, *roles: str) -> Applicant:
    """Somebody with these roles."""
    admin = await intake.sign_in("admin@example.org")
    who = await intake.sign_in("-".join(roles) + "@staff.example")
    path = f"/api/people/{who.person_id}/roles"
    await intake.call(admin, "PUT", path, 200, json={"roles": roles})
    return who


async def numbers(intake: Walker, who: Applicant, **query: Any) -> list[UUID]:
    """The numbers of the applications that the list shows."""
    found = await intake.call(who, "GET", LIST, 200, params=query)
    return [UUID(one["application_id"]) for one in found["items"]]


async def named(intake: Walker, email: str, name: str, credential: str = "weaving") -> UUID:
    """An application whose fee is due, of somebody with a name; a minute passes."""
    who = await intake.sign_in(email)
    path = await intake.start(who, credential)
    await intake.call(who, "PUT", f"{path}/basic-information", 200, json=BASIC | {"name": name})
    await intake.call(who, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
    intake.one.clock.move(minutes=1)
    return id_of(path)


async def test_a_line_says_who_what_and_when(intake: Walker, ada: Applicant) -> None:
    staff = await staff_of(intake, "staff")
    began = intake.one.clock()
    path = await intake.start(ada)
    intake.one.clock.move(hours=1)
    await intake.call(ada, "PUT", f"{path}/basic-information", 200, json=BASIC)
    found = await intake.call(staff, "GET", LIST, 200)
    assert found == {
        "items": [
            {
                "application_id": str(id_of(path)),
                "credential": "weaving",
                "name": "Weaving",
                "version": 1,
                "attempt": 1,
                "state": "started",
                "on_hold": False,
                "started_at": found["items"][0]["started_at"],
                "changed_at": found["items"][0]["changed_at"],
                "applicant": {"person_id": str(ada.person_id), "name": "Ada", "email": "ada@example.org"},
            }
        ],
        "next": None,
    }
    row = await intake.one.database.pool.fetchrow("SELECT started_at, changed_at FROM applications")
    assert (row["started_at"], row["changed_at"]) == (began, began + timedelta(hours=1))


async def test_every_change_counts_as_one(intake: Walker, ada: Applicant) -> None:
    async def changed() -> bool:
        """Whether the last minute's act was noted; then a minute passes."""
        at = await intake.one.database.pool.fetchval("SELECT changed_at FROM applications")
        now = intake.one.clock()
        intake.one.clock.move(minutes=1)
        return bool(at == now)

    path = await intake.start(ada)
    assert await changed()
    await intake.call(ada, "PUT", f"{path}/basic-information", 200, json=BASIC)
    assert await changed()
    await intake.call(ada, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
    assert await changed()
    await intake.pay(ada, path)
    assert await changed()
    await intake.call(ada, "PUT", f"{path}/self-assessment", 200, json={"ratings": {"warp": 1, "weft": 4}})
    assert await changed()
    await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json={"text": "Threads cross."})
    assert await changed()
    await intake.call(ada, "GET", path, 200)
    assert not await changed()
    await intake.call(ada, "DELETE", f"{path}/materials/essay", 204)
    assert await changed()
    await intake.call(ada, "POST", f"{path}/withdrawal", 200)
    assert await changed()


async def test_a_decision_is_a_change(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    intake.one.clock.move(days=1)
    await intake.one.deliver(await intake.decided(ada, path, "awarded"))
    assert await intake.one.database.pool.fetchval("SELECT changed_at FROM applications") == intake.one.clock()


async def test_each_filter_alone_and_all_together(intake: Walker) -> None:
    began = intake.one.clock()
    first = await named(intake, "robin@example.org", "Robin Example")
    intake.one.clock.move(days=1)
    second = await named(intake, "kim@example.org", "Kim Placeholder", "lacing")
    intake.one.clock.move(days=1)
    third = await named(intake, "robert@sample.example", "Róbert Sample-Example")
    who = await intake.sign_in("robert@sample.example")
    await intake.one.deliver(
        CaseOpened(
            case_id=first,
            application_id=third,
            person_id=who.person_id,
            submission_number="S-1",
            credential="weaving",
            credential_version=1,
        )
    )
    await intake.pay(who, f"/api/applications/{third}")
    day = timedelta(days=1)
    staff = await staff_of(intake, "staff")
    assert await numbers(intake, staff) == [third, second, first]
    assert await numbers(intake, staff, state="open") == [third]
    assert await numbers(intake, staff, state="fee_due") == [second, first]
    assert await numbers(intake, staff, state="lapsed") == []
    assert await numbers(intake, staff, credential="weaving") == [third, first]
    assert await numbers(intake, staff, credential="lacing") == [second]
    assert await numbers(intake, staff, credential="nothing") == []
    assert await numbers(intake, staff, credential="weaving", state="fee_due") == [first]
    assert await numbers(intake, staff, begun_from=began.isoformat()) == [third, second, first]
    assert await numbers(intake, staff, begun_before=began.isoformat()) == []
    assert await numbers(intake, staff, begun_from=(began + day).isoformat()) == [third, second]
    between = {"begun_from": (began + day).isoformat(), "begun_before": (began + day + day).isoformat()}
    assert await numbers(intake, staff, **between) == [second]
    assert await numbers(intake, staff, **between, credential="lacing", state="fee_due", q="kim", order="asc") == [
        second
    ]
    changed = {f"changed{name.removeprefix('begun')}": value for name, value in between.items()}
    assert await numbers(intake, staff, **changed, sort="changed") == [second]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("robin@example.org", ["robin"]),
        ("ROBIN@EXAMPLE.ORG", ["robin"]),
        ("rob", ["robin", "robert"]),
        ("robin@", ["robin"]),
        ("obin@", []),
        ("Robin Example", ["robin"]),
        ("example rob", ["robin"]),
        ("róbert", ["robert"]),
        ("RÓBERT", ["robert"]),
        ("Exam", ["robin", "robert"]),
        ("example.org", []),
        ("sample", ["robert"]),
        ("%", []),
        ("_", []),
        ("' | 'x", []),
        ("robin' & 'x", []),
        ("'", []),
        ("(((", []),
        ("& ! :*", []),
        ("\\", []),
        ("   ", ["robin", "kim", "robert"]),
    ],
)
async def test_the_search_takes_an_address_or_words_of_a_name(intake: Walker, text: str, found: list[str]) -> None:
    staff = await staff_of(intake, "staff")
    known = {
        "robin": await named(intake, "robin@example.org", "Robin Example"),
        "kim": await named(intake, "kim@other.example", "Kim Placeholder"),
        "robert": await named(intake, "robert@sample.example", "Róbert Sample-Example"),
    }
    assert await numbers(intake, staff, q=text, order="asc") == [known[name] for name in found]
    assert await numbers(intake, staff, q=str(known["kim"])) == [known["kim"]]
    assert await numbers(intake, staff, q=str(known["kim"]).replace("-", "").upper()) == [known["kim"]]
    assert await numbers(intake, staff, q=str(known["kim"]), state="open") == []


async def test_both_orders_both_ways(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    first = await named(intake, "a@example.org", "A")
    second = await named(intake, "b@example.org", "B")
    who = await intake.sign_in("a@example.org")
    await intake.call(who, "POST", f"/api/applications/{first}/withdrawal", 200)
    assert await numbers(intake, staff) == [second, first]
    assert await numbers(intake, staff, order="asc") == [first, second]
    assert await numbers(intake, staff, sort="changed") == [first, second]
    assert await numbers(intake, staff, sort="changed", order="asc") == [second, first]


@pytest.mark.parametrize(
    "query", [{"sort": sort, "order": order} for sort in ("begun", "changed") for order in ("asc", "desc")]
)
async def test_paging_loses_and_repeats_nothing_while_rows_come_in(intake: Walker, query: dict[str, str]) -> None:
    staff = await staff_of(intake, "staff")
    there = [await named(intake, f"p{number}@example.org", f"P {number}") for number in range(5)]
    seen: list[UUID] = []
    after: dict[str, str] = {}
    came: list[UUID] = []
    while True:
        page = await intake.call(staff, "GET", LIST, 200, params=query | after | {"limit": 2})
        seen += [UUID(one["application_id"]) for one in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
        if len(came) < 3:
            came.append(await named(intake, f"late{len(came)}@example.org", "Late"))
    expected = there + came if query["order"] == "asc" else there[::-1]
    assert seen == expected


async def test_applications_of_one_moment_are_paged_too(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    there = {id_of(await intake.start(await intake.sign_in(f"p{number}@example.org"))) for number in range(5)}
    first = await intake.call(staff, "GET", LIST, 200, params={"limit": 3})
    rest = await intake.call(staff, "GET", LIST, 200, params={"limit": 3, "after": first["next"]})
    seen = [UUID(one["application_id"]) for one in (*first["items"], *rest["items"])]
    assert (len(seen), set(seen), rest["next"]) == (5, there, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "happy"}, "state"),
        ({"sort": "name"}, "sort"),
        ({"order": "up"}, "order"),
        ({"begun_from": "yesterday"}, "begun_from"),
        ({"begun_before": "2026-13-01"}, "begun_before"),
        ({"begun_from": "2026-01-01", "sort": "changed"}, "begun_from"),
        ({"changed_before": "2026-01-01"}, "changed_before"),
        ({"after": "x"}, "after"),
        ({"limit": "201"}, "limit"),
        ({"q": "x" * 201}, "q"),
    ],
)
async def test_what_the_list_does_not_know_is_refused_by_field(
    intake: Walker, query: dict[str, str], field: str
) -> None:
    staff = await staff_of(intake, "staff")
    refused = await intake.call(staff, "GET", LIST, 422, params=query)
    assert [fault["field"] for fault in refused["errors"]] == [field]


@pytest.mark.parametrize(
    "path",
    [LIST, f"{LIST}.csv", f"{LIST}/{UUID(int=1)}", "/api/staff/audit", "/staff", f"/staff/applications/{UUID(int=1)}"],
)
async def test_it_is_for_staff_and_administrators(intake: Walker, ada: Applicant, path: str) -> None:
    await intake.call(None, "GET", path, 401)
    await intake.call(ada, "GET", path, 403)
    await intake.call(await staff_of(intake, "reviewer", "chair", "operator"), "GET", path, 403)
    if path != "/api/staff/audit":
        expected = 404 if path.endswith("1") else 200
        for who in (await staff_of(intake, "staff"), await intake.sign_in("admin@example.org")):
            answer = await intake.client.get(path, headers=who.headers)
            assert answer.status_code == expected
    assert await intake.one.database.pool.fetchval("SELECT count(*) FROM audit WHERE act = 'application_seen'") == 0


async def test_pages_refuse_as_pages(intake: Walker, ada: Applicant) -> None:
    async with browsing(intake) as here:
        for path in ("/staff", "/staff/people", "/staff/audit"):
            assert went(await here.get(path)) == (303, f"/sign-in?next={path.replace('/', '%2F')}")
        here.cookies.set(COOKIE, ada.headers["Authorization"].split()[1])
        for path in ("/staff", "/staff/people", "/staff/audit", f"/staff/people/{ada.person_id}"):
            page = await here.get(path)
            assert (page.status_code, heading(page)) == (403, "You are not allowed to do this")
        refused = await here.post(f"/staff/people/{ada.person_id}", data={"roles": "admin"})
        assert refused.status_code == 403
        staff = await staff_of(intake, "staff")
        here.cookies.set(COOKIE, staff.headers["Authorization"].split()[1])
        for path in ("/staff/people", "/staff/audit", f"/staff/people/{ada.person_id}"):
            assert (await here.get(path)).status_code == 403
        assert (await here.post(f"/staff/people/{staff.person_id}", data={"roles": "admin"})).status_code == 403
        page = await here.get("/staff")
        assert 'href="/staff/people"' not in page.text


async def test_the_page_keeps_its_filters_in_the_address(intake: Walker) -> None:
    staff = await staff_of(intake, "staff")
    for number in range(52):
        await intake.start(await intake.sign_in(f"p{number:02}@example.org"))
        intake.one.clock.move(seconds=1)
    await named(intake, "kim@other.example", "Kim Placeholder", "lacing")
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, staff.headers["Authorization"].split()[1])
        page = await here.get("/staff")
        assert (heading(page), page.text.count('role="rowheader"')) == ("Applications", 50)
        assert "Kim Placeholder kim@other.example Lacing, version 1 Fee due" in words(page)
        filtered = await here.get("/staff?q=p&state=started&credential=weaving&since=2020-01-01&sort=changed&order=asc")
        assert filtered.text.count('role="rowheader"') == 50
        for kept in (
            'name="q" type="search" value="p"',
            '<option value="started" selected>',
            '<option value="weaving" selected>',
            'type="date" value="2020-01-01"',
            '<input type="hidden" name="sort" value="changed"><input type="hidden" name="order" value="asc">',
            'aria-sort="ascending"',
        ):
            assert kept in filtered.text
        query = "q=p&amp;state=started&amp;credential=weaving&amp;since=2020-01-01"
        csv = query.replace("since=2020-01-01", "changed_from=2020-01-01T00%3A00%3A00%2B00%3A00")
        assert f'href="/api/staff/applications.csv?{csv}&amp;sort=changed&amp;order=asc"' in filtered.text
        [onward] = [
            part.partition('"')[0].replace("&amp;", "&")
            for part in filtered.text.split('href="')[1:]
            if "after=" in part.partition('"')[0]
        ]
        rest = await here.get(onward)
        assert rest.text.count('role="rowheader"') == 2
        assert f'href="/staff?{query}&amp;sort=changed&amp;order=asc">To the beginning' in rest.text
        assert "No applications fit" in words(await here.get("/staff?state=lapsed"))


async def test_days_are_those_of_the_readers_zone(intake: Walker) -> None:
    intake.one.clock.now = intake.one.clock().replace(hour=23, minute=30) + timedelta(days=1)
    staff = await staff_of(intake, "staff")
    there = await intake.start(await intake.sign_in("late@example.org"))
    day = intake.one.clock().date()
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, staff.headers["Authorization"].split()[1])
        number = str(id_of(there))
        for zone, shift in (("UTC", 0), ("Asia%2FTokyo", 1)):
            here.cookies.set("microcred_zone", zone)
            that = day + timedelta(days=shift)
            assert number in (await here.get(f"/staff?since={that}&until={that}")).text
            before, after = that - timedelta(days=1), that + timedelta(days=1)
            assert number not in (await here.get(f"/staff?until={before}")).text
            assert number not in (await here.get(f"/staff?since={after}")).text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=happy", "state"),
        ("since=2026-02-30", "since"),
        ("until=9999-12-31", "until"),
        ("after=x", "after"),
        ("sort=name", "sort"),
        ("q=" + "x" * 201, "q"),
    ],
)
async def test_a_filter_that_does_not_fit_comes_back_with_its_fault(intake: Walker, query: str, field: str) -> None:
    staff = await staff_of(intake, "staff")
    async with browsing(intake) as here:
        here.cookies.set(COOKIE, staff.headers["Authorization"].split()[1])
        page = await here.get(f"/staff?{query}")
        assert (page.status_code, heading(page)) == (422, "Applications")
        assert f'href="#field-{field}"' in page.text
