"""People who erase themselves: what is deleted at once, what stays, what is refused, and what comes late."""

import asyncio
from uuid import UUID

import pytest

from contracts.events.applications import ApplicationWithdrawn
from contracts.events.people import PersonDescribed, PersonErased
from tests.component.intake.browser import browsing, heading, known_as, sign_in_by_page, went, words
from tests.component.intake.walker import PDF, Applicant, Walker, id_of
from tests.scanning import objects_with, rows_with

ADDRESS = "wisteria@example.org"
WORDS = {
    "name": "Wisteria Quillfeather",
    "institution": "Marmalade Institute",
    "position": "Zephyrologist",
    "pronouns": "xe/xyrself",
    "phone": "+99 555 0199887",
}
ESSAY, FILE, REASON = "Periwinkle threads cross.", "chrysoprase.pdf", "Because of the umbrage."
TYPED = [*WORDS.values(), ESSAY, FILE, REASON, ADDRESS, "Dear Ada", "More weft."]


@pytest.fixture
async def wisteria(intake: Walker) -> Applicant:
    """Somebody with an application that was decided, one that was withdrawn with a reason, and one under way."""
    who = await intake.sign_in(ADDRESS)
    path = await intake.open(who)
    await intake.call(who, "PUT", f"{path}/basic-information", 200, json=WORDS)
    await intake.call(who, "PUT", f"{path}/self-assessment", 200, json={"ratings": {"warp": 1, "weft": 4}})
    await intake.call(who, "PUT", f"{path}/path", 200, json={"path": "spoken"})
    await intake.call(who, "PUT", f"{path}/materials/cv", 200, files={"file": (FILE, PDF + FILE.encode())})
    link = {"url": "https://video.example.org/1", "minutes": 17}
    await intake.call(who, "PUT", f"{path}/materials/talk", 200, json=link)
    await intake.call(who, "PUT", f"{path}/materials/essay", 200, json={"text": ESSAY})
    await intake.call(who, "POST", f"{path}/submission", 200)
    await intake.one.deliver(intake.opened(who, path), await intake.decided(who, path))
    path = await intake.open(who)
    headers = {"Idempotency-Key": "once"}
    await intake.call(who, "PUT", f"{path}/basic-information", 200, json=WORDS)
    await intake.call(who, "POST", f"{path}/withdrawal", 200, json={"reason": REASON}, headers=headers)
    path = await intake.open(who)
    await intake.call(who, "PUT", f"{path}/basic-information", 200, json=WORDS)
    await intake.call(who, "PUT", f"{path}/materials/essay", 200, json={"text": ESSAY})
    return who


async def left(intake: Walker) -> list[tuple[str, str]]:
    """The typed words that are found in the tables or the objects of intake."""
    found = await rows_with(intake.one.database.pool, TYPED)
    return found + objects_with(intake.one.keys.folder / "objects" / "intake", TYPED)


async def test_nothing_that_was_typed_stays(intake: Walker, wisteria: Applicant) -> None:
    there = {word for _, word in await left(intake)}
    assert there >= {*WORDS.values(), ESSAY, FILE, REASON, ADDRESS}, "the scan would find them"

    await intake.call(wisteria, "DELETE", "/api/me", 204)
    await intake.one.run_job("erase")

    assert await left(intake) == []
    assert intake.objects(wisteria) == []
    assert await intake.one.events(PersonErased) == [PersonErased(person_id=wisteria.person_id)]
    assert await intake.one.events(PersonDescribed) == [], "what was not sent yet never is"
    pool = intake.one.database.pool
    assert await pool.fetchval("SELECT count(*) FROM sign_in_counts s JOIN people ON true") >= 1, "the client's"
    for table in ("links", "sessions", "idempotency_keys", "materials"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_accounting_facts_and_decisions_stay_under_a_number(intake: Walker, wisteria: Applicant) -> None:
    await intake.call(wisteria, "DELETE", "/api/me", 204)
    rows = await intake.one.database.pool.fetch(
        "SELECT state, fee, agreement_version, basic, ratings FROM applications WHERE person_id = $1 ORDER BY attempt,"
        " started_at",
        wisteria.person_id,
    )
    fee = {"amount_minor": 6000, "currency": "usd"}
    assert [tuple(row) for row in rows] == [
        ("not_yet", fee, "1", None, None),
        ("withdrawn", fee, "1", None, None),
        ("withdrawn", fee, "1", None, None),
    ]
    decisions = await intake.one.database.pool.fetch("SELECT outcome, items FROM decisions")
    assert [tuple(row) for row in decisions] == [("not_yet", [])]


async def test_what_is_under_way_is_withdrawn_and_said_before_the_tombstone(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    await intake.one.deliver(intake.opened(ada, path))
    await intake.call(ada, "DELETE", "/api/me", 204)
    said = [type(one) for one in await intake.one.events()][-2:]
    assert said == [ApplicationWithdrawn, PersonErased]
    [withdrawn] = await intake.one.events(ApplicationWithdrawn)
    assert isinstance(withdrawn, ApplicationWithdrawn)
    assert (withdrawn.application_id, withdrawn.reason, withdrawn.note) == (id_of(path), "applicant", None)


async def test_the_session_and_every_other_one_is_over_at_once(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    token = await intake.ask_for_link(ada.email)
    await intake.call(ada, "DELETE", "/api/me", 204)
    for method, where in [
        ("GET", "/api/sessions/current"),
        ("DELETE", "/api/me"),
        ("GET", path),
        ("PUT", f"{path}/materials/essay"),
        ("POST", "/api/applications"),
    ]:
        await intake.call(ada, method, where, 401, json={})
    await intake.call(None, "POST", "/api/sessions", 401, json={"token": token})


async def test_the_same_address_is_a_new_person_later(intake: Walker, ada: Applicant) -> None:
    await intake.open(ada)
    await intake.call(ada, "DELETE", "/api/me", 204)
    again = await intake.sign_in(ada.email)
    assert again.person_id != ada.person_id
    assert (await intake.call(again, "GET", "/api/applications", 200))["items"] == []
    assert (await intake.call(again, "GET", "/api/sessions/current", 200))["person"]["name"] == ""


async def test_events_that_come_after_it_change_facts_only(intake: Walker, wisteria: Applicant) -> None:
    path = f"/api/applications/{await live(intake, wisteria)}"
    late = await intake.decided(wisteria, path, "awarded")
    await intake.call(wisteria, "DELETE", "/api/me", 204)
    await intake.one.run_job("erase")
    await intake.one.deliver(late)
    intake.one.clock.move(minutes=1)
    await intake.one.run_job("erase")
    assert await left(intake) == []
    person = await intake.one.database.pool.fetchrow(
        "SELECT erased, name, email, email_key FROM people WHERE person_id = $1", wisteria.person_id
    )
    assert tuple(person) == (True, "", "", "")


async def live(intake: Walker, who: Applicant) -> UUID:
    found: UUID = await intake.one.database.pool.fetchval(
        "SELECT application_id FROM applications WHERE person_id = $1 AND state = 'open'", who.person_id
    )
    return found


async def test_an_object_that_a_request_puts_meanwhile_goes_too(intake: Walker, wisteria: Applicant) -> None:
    await intake.call(wisteria, "DELETE", "/api/me", 204)
    await intake.one.run_job("erase")
    folder = intake.one.keys.folder / "objects" / "intake" / str(wisteria.person_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "late").write_text(ESSAY)
    await intake.one.run_job("erase")
    assert (folder / "late").exists(), "it is looked for on time"
    intake.one.clock.move(seconds=5)
    await intake.one.run_job("erase")
    assert intake.objects(wisteria) == []
    for _ in range(60):
        intake.one.clock.move(hours=1)
        await intake.one.run_job("erase")
    row = await intake.one.database.pool.fetchrow("SELECT finished, looks FROM erased_people")
    assert row["finished"] is True
    assert 25 < row["looks"] < 60


async def test_erased_twice_at_once_is_once(intake: Walker, ada: Applicant) -> None:
    await intake.open(ada)
    answers = await asyncio.gather(*(intake.client.request("DELETE", "/api/me", headers=ada.headers) for _ in range(5)))
    statuses = sorted(one.status_code for one in answers)
    assert statuses[0] == 204
    assert set(statuses) <= {204, 401, 404}
    assert statuses.count(204) == 1
    assert len(await intake.one.events(PersonErased)) == 1
    assert len(await intake.one.events(ApplicationWithdrawn)) == 1


async def test_writing_at_the_same_moment_leaves_nothing(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    writing = [
        intake.client.put(f"{path}/materials/essay", headers=ada.headers, json={"text": f"{ESSAY} {number}"})
        for number in range(8)
    ]
    answers = await asyncio.gather(*writing, intake.client.request("DELETE", "/api/me", headers=ada.headers))
    assert answers[-1].status_code == 204
    assert {one.status_code for one in answers[:-1]} <= {200, 401, 404, 409}
    await intake.one.run_job("erase")
    assert await left(intake) == []
    assert await intake.one.database.pool.fetchval("SELECT count(*) FROM materials") == 0


async def test_the_last_administrator_is_refused_with_words(intake: Walker) -> None:
    admin = await intake.sign_in("admin@example.org")
    problem = await intake.call(admin, "DELETE", "/api/me", 409)
    assert problem["type"].endswith("last_administrator")
    assert problem["detail"].startswith("You are the last administrator")
    async with browsing(intake) as here:
        page = await known_as(admin, here).get("/account/erasure")
        assert "You are the last administrator" in words(page)
        assert '<form class="panel"' not in page.text
        sent = await here.post("/account/erasure", data={"email": admin.email})
        assert (sent.status_code, "You are the last administrator" in words(sent)) == (409, True)
    second = await intake.sign_in("second@example.org")
    await intake.call(admin, "PUT", f"/api/people/{second.person_id}/roles", 200, json={"roles": ["admin"]})
    await intake.call(admin, "DELETE", "/api/me", 204)
    problem = await intake.call(second, "DELETE", "/api/me", 409)
    assert problem["type"].endswith("last_administrator")


async def test_administrators_who_erase_themselves_at_the_same_instant_leave_one(intake: Walker) -> None:
    admin, second = await intake.sign_in("admin@example.org"), await intake.sign_in("second@example.org")
    await intake.call(admin, "PUT", f"/api/people/{second.person_id}/roles", 200, json={"roles": ["admin"]})
    answers = await asyncio.gather(
        *(intake.client.request("DELETE", "/api/me", headers=who.headers) for who in (admin, second))
    )
    assert sorted(one.status_code for one in answers) == [204, 409]


async def test_by_page_one_types_the_own_address(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    await intake.one.deliver(intake.opened(ada, path))
    async with browsing(intake) as here:
        assert went(await here.get("/account/erasure")) == (303, "/sign-in?next=%2Faccount%2Ferasure")
        await sign_in_by_page(intake, here, ada.email)
        assert 'href="/account/erasure"' in (await here.get("/account")).text
        page = await here.get("/account/erasure")
        for said in ("A panel is judging your work", "Weaving (In review)", "Accounting facts", "salted hash"):
            assert said in words(page), said
        for wrong in ("", "ada", "other@example.org", "ada@example.org\x00"):
            sent = await here.post("/account/erasure", data={"email": wrong})
            assert (sent.status_code, heading(sent)) == (422, "Erase yourself"), wrong
        assert await intake.one.events(PersonErased) == []
        sent = await here.post("/account/erasure", data={"email": " ADA@example.org "})
        assert went(sent) == (303, "/account/erased")
        page = await here.get("/account/erased")
        assert (heading(page), "Sign in" in words(page)) == ("Your account was erased", True)
        assert went(await here.get("/account")) == (303, "/sign-in?next=%2Faccount")
        assert here.cookies.get("microcred_name") is None
    assert await intake.one.events(PersonErased) == [PersonErased(person_id=ada.person_id)]


async def test_another_site_cannot_erase_anybody(intake: Walker, ada: Applicant) -> None:
    async with browsing(intake) as here:
        known_as(ada, here)
        sent = await here.post(
            "/account/erasure",
            data={"email": ada.email},
            headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://x"},
        )
        assert sent.status_code == 403
        assert (await here.request("DELETE", "/api/me", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert await intake.one.events(PersonErased) == []


async def test_staff_see_that_the_applicant_was_erased_and_nothing_else(intake: Walker, wisteria: Applicant) -> None:
    admin = await intake.sign_in("admin@example.org")
    await intake.call(admin, "PUT", f"/api/people/{admin.person_id}/roles", 200, json={"roles": ["admin", "staff"]})
    application = await live(intake, wisteria)
    await intake.call(wisteria, "DELETE", "/api/me", 204)
    async with browsing(intake) as here:
        known_as(admin, here)
        for where in (f"/staff/applications/{application}", "/staff", "/staff/audit", "/staff/people?q=wister"):
            page = await here.get(where)
            assert page.status_code == 200
            assert [word for word in TYPED if word in page.text] == [], where
