"""Signing in by a mailed link: who may, how often, how long, and which events follow."""

import asyncio

from contracts.events.links import LinkIssued
from contracts.events.people import PersonDescribed
from contracts.session import COOKIE
from tests.component.intake.walker import Walker
from tests.waiting import until_one_waits


def described(event: object) -> PersonDescribed:
    assert isinstance(event, PersonDescribed)
    return event


async def test_an_unknown_address_is_a_contact_until_its_link_is_used(intake: Walker) -> None:
    asked = await intake.client.post("/api/sign-in", json={"email": "Ada@Example.ORG", "name": "Ada"})
    assert asked.status_code == 202
    contact, link = (
        one.event for one in await intake.one.said() if isinstance(one.event, PersonDescribed | LinkIssued)
    )
    contact = described(contact)
    assert (contact.version, contact.kind, contact.name, contact.email, contact.roles) == (
        1,
        "contact",
        "",
        "Ada@example.org",
        (),
    )
    assert isinstance(link, LinkIssued)
    assert (link.person_id, link.person_version, link.purpose) == (contact.person_id, 1, "sign_in")
    assert (link.expires_at - intake.one.clock()).total_seconds() == 15 * 60

    token = intake.open_link(link)
    began = await intake.client.post("/api/sessions", json={"token": token})
    assert began.status_code == 201
    body = began.json()
    assert (body["person"]["person_id"], body["person"]["email"], body["person"]["roles"]) == (
        str(contact.person_id),
        "Ada@example.org",
        [],
    )
    account = described((await intake.one.events(PersonDescribed))[-1])
    assert account == contact.model_copy(update={"version": 2, "kind": "account", "name": "Ada"})
    cookie = began.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}={body['access_token']}; ")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie

    intake.client.cookies.clear()
    signed = {"headers": {"Authorization": f"Bearer {body['access_token']}"}}
    assert (await intake.call(None, "GET", "/api/sessions/current", 200, **signed))["person"] == body["person"]
    assert (await intake.call(None, "GET", "/api/sessions/current", 401))["type"] == "not_signed_in"


async def test_the_token_is_kept_by_its_hash_and_travels_sealed(intake: Walker) -> None:
    token = await intake.ask_for_link("ada@example.org")
    rows = await intake.one.database.pool.fetch(
        "SELECT l::text AS row FROM links l UNION ALL SELECT convert_from(payload, 'utf8') FROM outbox"
    )
    assert len(rows) > 2
    assert not [row["row"] for row in rows if token in row["row"]]


async def test_the_answer_is_the_same_for_known_and_unknown_addresses_in_any_spelling(intake: Walker) -> None:
    ada = await intake.sign_in("ada@example.org")
    answers = [
        await intake.client.post("/api/sign-in", json={"email": email})
        for email in (" ADA@Example.org ", "eve@example.org")
    ]
    assert answers[0].json() == answers[1].json()
    assert {answer.status_code for answer in answers} == {202}
    assert (await intake.sign_in("Ada@EXAMPLE.org")).person_id == ada.person_id
    links = [event for event in await intake.one.events(LinkIssued) if isinstance(event, LinkIssued)]
    assert [link.person_id == ada.person_id for link in links] == [True, True, False, True]
    # Who does not own an address cannot name its owner.
    await intake.client.post("/api/sign-in", json={"email": "ada@example.org", "name": "Mallory"})
    assert (await intake.call(ada, "GET", "/api/sessions/current", 200))["person"]["name"] == ""


async def test_an_unknown_address_asked_for_by_many_at_once_is_one_person(intake: Walker) -> None:
    answers = await asyncio.gather(
        *(intake.client.post("/api/sign-in", json={"email": "ada@example.org"}) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {202}
    (person,) = await intake.one.events(PersonDescribed)
    links = [event for event in await intake.one.events(LinkIssued) if isinstance(event, LinkIssued)]
    assert [link.person_id for link in links] == [described(person).person_id] * 8


async def test_a_link_works_once_also_for_many_at_once(intake: Walker) -> None:
    token = await intake.ask_for_link("ada@example.org")
    answers = await asyncio.gather(*(intake.client.post("/api/sessions", json={"token": token}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401, 401, 401]
    assert {answer.json()["type"] for answer in answers if answer.status_code == 401} == {"link_not_valid"}
    assert len(await intake.one.events(PersonDescribed)) == 2
    # The next link changes nothing about the person.
    token = await intake.ask_for_link("ada@example.org")
    answers = await asyncio.gather(*(intake.client.post("/api/sessions", json={"token": token}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401, 401, 401]


async def test_two_links_of_a_contact_used_at_the_same_instant_make_one_account(intake: Walker) -> None:
    for n in range(5):
        tokens = [await intake.ask_for_link(f"ada-{n}@example.org") for _ in range(4)]
        answers = await asyncio.gather(
            *(intake.client.post("/api/sessions", json={"token": token}) for token in tokens)
        )
        assert [answer.status_code for answer in answers] == [201] * 4
        assert len({answer.json()["person"]["person_id"] for answer in answers}) == 1
    assert len(await intake.one.events(PersonDescribed)) == 10


async def test_a_link_that_is_used_while_its_person_signs_out_begins_no_session_that_outlives_it(
    intake: Walker,
) -> None:
    for _ in range(6):
        ada = await intake.sign_in("ada@example.org")
        token = await intake.ask_for_link("ada@example.org")
        intake.one.clock.move(seconds=1)
        out, began = await asyncio.gather(
            intake.client.delete("/api/sessions/current", headers=ada.headers),
            intake.client.post("/api/sessions", json={"token": token}),
        )
        intake.client.cookies.clear()
        assert (out.status_code, began.status_code in (201, 401)) == (204, True)
        assert (await intake.client.post("/api/sessions", json={"token": token})).status_code == 401
        intake.one.clock.move(seconds=1)


async def test_a_link_waits_for_who_signs_out_and_is_void_then(intake: Walker) -> None:
    ada = await intake.sign_in("ada@example.org")
    token = await intake.ask_for_link("ada@example.org")
    pool = intake.one.database.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE people SET version = version + 1 WHERE person_id = $1", ada.person_id)
        pressed = asyncio.create_task(intake.client.post("/api/sessions", json={"token": token}))
        await until_one_waits(intake.one.database)
        await connection.execute("DELETE FROM links WHERE person_id = $1", ada.person_id)
    assert (await pressed).status_code == 401


async def test_a_link_works_for_fifteen_minutes(intake: Walker) -> None:
    late, early = await intake.ask_for_link("ada@example.org"), await intake.ask_for_link("ada@example.org")
    intake.one.clock.move(minutes=14, seconds=59)
    await intake.call(None, "POST", "/api/sessions", 201, json={"token": early})
    intake.one.clock.move(seconds=1)
    await intake.call(None, "POST", "/api/sessions", 401, json={"token": late})
    await intake.call(None, "POST", "/api/sessions", 401, json={"token": "never-was"})
    await intake.call(None, "POST", "/api/sessions", 422, json={"token": ""})
    intake.one.clock.move(days=2)
    await intake.one.run_job("forget-links")
    assert await intake.one.database.pool.fetchval("SELECT count(*) FROM links") == 0


async def test_a_session_begun_twice_with_one_idempotency_key_is_one(intake: Walker) -> None:
    token = await intake.ask_for_link("ada@example.org")
    request = {"json": {"token": token}, "headers": {"Idempotency-Key": "k"}}
    first = await intake.call(None, "POST", "/api/sessions", 201, **request)
    assert await intake.call(None, "POST", "/api/sessions", 201, **request) == first
    await intake.call(None, "POST", "/api/sessions", 422, json={"token": "other"}, headers={"Idempotency-Key": "k"})
    kept = await intake.one.database.pool.fetchval("SELECT string_agg(k::text, '') FROM idempotency_keys k")
    assert first["access_token"] not in kept
    asked = {"json": {"email": "bob@example.org"}, "headers": {"Idempotency-Key": "k"}}
    assert await intake.call(None, "POST", "/api/sign-in", 202, **asked) == await intake.call(
        None, "POST", "/api/sign-in", 202, **asked
    )
    assert len(await intake.one.events(LinkIssued)) == 2


async def test_signing_out_ends_every_session_and_a_new_one_begins(intake: Walker) -> None:
    here, there = await intake.sign_in("ada@example.org"), await intake.sign_in("ada@example.org")
    other = await intake.sign_in()
    unused = await intake.ask_for_link("ada@example.org")
    others = await intake.ask_for_link(other.email)
    intake.one.clock.move(seconds=1)
    await intake.call(here, "DELETE", "/api/sessions/current", 204)
    # A link that is still in somebody's inbox would begin the next session.
    assert (await intake.call(None, "POST", "/api/sessions", 401, json={"token": unused}))["type"] == "link_not_valid"
    await intake.call(None, "POST", "/api/sessions", 201, json={"token": others})
    intake.client.cookies.clear()
    for session in (here, there):
        await intake.call(session, "GET", "/api/sessions/current", 401)
    await intake.call(other, "GET", "/api/sessions/current", 200)
    said = described((await intake.one.events(PersonDescribed))[-1])
    assert (said.person_id, said.version, said.sessions_valid_from) == (here.person_id, 3, intake.one.clock())
    again = await intake.sign_in("ada@example.org")
    await intake.call(again, "GET", "/api/sessions/current", 200)
    intake.one.clock.move(hours=8)
    await intake.call(again, "GET", "/api/sessions/current", 401)


async def test_the_first_administrator_gives_roles(intake: Walker) -> None:
    admin, ada = await intake.sign_in("Admin@Example.org"), await intake.sign_in("ada@example.org")
    found = await intake.call(admin, "GET", "/api/people?email=ADA@example.org", 200)
    assert [person["person_id"] for person in found["items"]] == [str(ada.person_id)]
    assert (await intake.call(admin, "GET", "/api/people?email=nobody@example.org", 200)) == {"items": [], "next": None}
    path = f"/api/people/{ada.person_id}/roles"
    given = await intake.call(admin, "PUT", path, 200, json={"roles": ["chair", "reviewer"]})
    assert given["roles"] == ["reviewer", "chair"]
    said = described((await intake.one.events(PersonDescribed))[-1])
    assert (said.person_id, said.roles, said.version) == (ada.person_id, ("reviewer", "chair"), 3)
    await intake.call(admin, "PUT", path, 200, json={"roles": ["chair", "reviewer"]})
    refused = await intake.call(admin, "PUT", path, 422, json={"roles": ["king"]})
    assert [error["field"] for error in refused["errors"]] == ["roles"]
    await intake.call(admin, "PUT", f"/api/people/{admin.person_id}x/roles", 422, json={"roles": []})
    await intake.call(admin, "PUT", "/api/people/00000000-0000-0000-0000-000000000000/roles", 404, json={"roles": []})
    for who, status in ((ada, 403), (None, 401)):
        await intake.call(who, "PUT", f"/api/people/{ada.person_id}/roles", status, json={"roles": ["admin"]})
        await intake.call(who, "GET", "/api/people?email=admin@example.org", status)
    assert len(await intake.one.events(PersonDescribed)) == 5


async def test_the_last_administrator_cannot_be_taken_away_by_anybody(intake: Walker) -> None:
    admin, ada = await intake.sign_in("admin@example.org"), await intake.sign_in("ada@example.org")
    own, hers = (f"/api/people/{who.person_id}/roles" for who in (admin, ada))
    refused = await intake.call(admin, "PUT", own, 409, json={"roles": ["staff"]})
    assert (refused["type"], [error["field"] for error in refused["errors"]]) == ("last_administrator", ["roles"])
    assert "Make somebody else an administrator first" in refused["detail"]
    # A contact that was made one could not give roles yet.
    await intake.ask_for_link("contact@example.org")
    (contact,) = (await intake.call(admin, "GET", "/api/people?email=contact@example.org", 200))["items"]
    await intake.call(admin, "PUT", f"/api/people/{contact['person_id']}/roles", 200, json={"roles": ["admin"]})
    assert (await intake.call(admin, "PUT", own, 409, json={"roles": []}))["type"] == "last_administrator"
    await intake.call(admin, "PUT", own, 200, json={"roles": ["admin", "staff"]})
    await intake.call(admin, "PUT", hers, 200, json={"roles": ["admin"]})
    await intake.call(admin, "PUT", own, 200, json={"roles": ["staff"]})
    assert (await intake.call(ada, "PUT", hers, 409, json={"roles": []}))["type"] == "last_administrator"
    assert (await intake.call(ada, "GET", "/api/sessions/current", 200))["person"]["roles"] == ["admin"]


async def test_administrators_who_remove_each_other_at_the_same_instant_leave_one(intake: Walker) -> None:
    people = [await intake.sign_in("admin@example.org"), *[await intake.sign_in() for _ in range(3)]]
    paths = [f"/api/people/{one.person_id}/roles" for one in people]
    for path in paths[1:]:
        await intake.call(people[0], "PUT", path, 200, json={"roles": ["admin"]})
    # Everybody removes the next one, all at once.
    requests = [
        intake.client.put(path, json={"roles": []}, headers=one.headers)
        for one, path in zip(people, [*paths[1:], paths[0]], strict=True)
    ]
    answers = sorted(answer.status_code for answer in await asyncio.gather(*requests))
    left = await intake.one.database.pool.fetchval("SELECT count(*) FROM people WHERE 'admin' = ANY (roles)")
    assert left >= 1
    assert answers.count(200) == len(people) - left
    assert set(answers) <= {200, 403, 409}


async def test_addresses_that_are_none(intake: Walker) -> None:
    for email in (
        "",
        "ada",
        "ada@",
        "@example.org",
        "a b@example.org",
        "a\x00@example.org",
        "a" * 250 + "@example.org",
        None,
        5,
    ):
        refused = await intake.call(None, "POST", "/api/sign-in", 422, json={"email": email})
        assert [error["field"] for error in refused["errors"]] == ["email"]
    refused = await intake.call(None, "POST", "/api/sign-in", 422, json={"email": "a@example.org", "role": "admin"})
    assert [error["field"] for error in refused["errors"]] == ["role"]
    assert await intake.one.events(PersonDescribed, LinkIssued) == []
