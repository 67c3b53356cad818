"""What the public and earners get over HTTP."""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from openbadgeslib.ob3.did import resolve_verification_method

from contracts.events.people import PersonErased
from services.badging.domain import credentials
from tests.component.badging.conftest import PUBLIC_URL, Badging
from tests.cursors import NO_PLACES
from tests.unit.badging import sample

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


async def test_credential_for_anybody(badging: Badging) -> None:
    event = await badging.issue(await badging.know())

    response = await badging.service.client.get(
        f"/badges/{event.badge_id}.json", headers={"Origin": "https://verifier.example"}
    )

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "public, max-age=3600"
    again = await badging.service.client.get(
        f"/badges/{event.badge_id}.json", headers={"If-None-Match": response.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert response.json()["id"] == event.url


@pytest.mark.parametrize("accept", ["application/json", "application/ld+json", "application/vc"])
async def test_credential_at_its_own_id(badging: Badging, accept: str) -> None:
    event = await badging.issue(await badging.know())

    response = await badging.service.client.get(f"/badges/{event.badge_id}", headers={"Accept": accept})

    assert response.headers["content-type"] == accept
    assert response.json() == await badging.credential(event.badge_id)


@pytest.mark.parametrize(
    "badge_id", ["nothing", "7b0f5c1e-3d1f-4d3a-9c55-0f4c1f2f9a10", "00000000-0000-0000-0000-00000000000g"]
)
async def test_badge_that_is_not_there(badging: Badging, badge_id: str) -> None:
    page = await badging.service.client.get(f"/badges/{badge_id}", headers=BROWSER)
    document = await badging.service.client.get(f"/badges/{badge_id}", headers=JSON)
    download = await badging.service.client.get(f"/badges/{badge_id}.json")

    assert (page.status_code, page.headers["content-type"], page.headers["cache-control"]) == (
        404,
        "text/html; charset=utf-8",
        "no-store",
    )
    assert page.headers["x-correlation-id"] in page.text
    for response in (document, download):
        assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
        assert response.json()["type"] == "not_found"


async def test_unsigned_badge_is_not_there(badging: Badging) -> None:
    await badging.service.deliver(badging.decision(await badging.know()))
    (row,) = await badging.rows("badges")

    assert (await badging.service.client.get(f"/badges/{row['badge_id']}.json")).status_code == 404
    assert (await badging.service.client.get(f"/badges/{row['badge_id']}", headers=BROWSER)).status_code == 404


async def test_did_document(badging: Badging) -> None:
    event = await badging.issue(await badging.know())
    method = (await badging.credential(event.badge_id))["proof"][0]["verificationMethod"]

    response = await badging.service.client.get("/.well-known/did.json")

    assert response.headers["access-control-allow-origin"] == "*"
    assert response.json()["id"] == "did:web:badges.example.org"
    assert response.json()["assertionMethod"] == [method]
    assert resolve_verification_method(
        method, download={f"{PUBLIC_URL}/.well-known/did.json": response.content}.__getitem__
    )


@pytest.mark.parametrize(
    "name", ["revocation-2", "revocation-0", "revocation-01", "refresh-1", "revocation-1234567890", "revocation", "%0A"]
)
async def test_list_that_is_not_there(badging: Badging, name: str) -> None:
    await badging.publish()

    assert (await badging.service.client.get(f"/status/{name}")).status_code == 404


async def test_status_list_is_kept_shortly(badging: Badging) -> None:
    await badging.publish()

    response = await badging.service.client.get(
        "/status/revocation-1", headers={"Accept": "application/ld+json, application/json"}
    )

    assert response.headers["cache-control"] == "public, max-age=300"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["content-type"] == "application/json"


async def test_achievement_is_what_stands_in_badges(badging: Badging) -> None:
    event = await badging.issue(await badging.know())
    achievement = (await badging.credential(event.badge_id))["credentialSubject"]["achievement"]
    path = achievement["id"].removeprefix(PUBLIC_URL)

    found = (await badging.service.client.get(path, headers=JSON)).json()

    assert found == {"@context": list(credentials.CONTEXTS), **achievement}
    assert (await badging.service.client.get(f"/achievements/{sample.SLUG}", headers=JSON)).json() == found


async def test_newest_achievement_that_is_not_merely_planned(badging: Badging) -> None:
    await badging.service.deliver(
        sample.published(),
        sample.published(version=2, name="Second", state="announced"),
        sample.published(version=3, state="planned", name="Third"),
    )

    assert (await badging.service.client.get(f"/achievements/{sample.SLUG}", headers=JSON)).json()["name"] == "Second"


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        f"{sample.SLUG}/2",
        f"{sample.SLUG}/x",
        f"{sample.SLUG}/-1",
        f"{sample.SLUG}/99999999999999999999",
        "planned",
    ],
)
async def test_achievement_that_is_not_there(badging: Badging, path: str) -> None:
    await badging.service.deliver(sample.published(), sample.published(slug="planned", state="planned"))

    assert (await badging.service.client.get(f"/achievements/{path}", headers=JSON)).status_code == 404
    assert (await badging.service.client.get(f"/achievements/{path}", headers=BROWSER)).status_code == 404


async def test_my_badges_and_nobody_elses(badging: Badging) -> None:
    ada, bob = await badging.know(), await badging.service.add_person()
    mine = await badging.issue(ada, time=sample.AWARDED)
    await badging.issue(bob)
    await badging.service.deliver(badging.decision(ada, decision_id=uuid4()))

    response = await badging.service.client.get("/api/me/badges", headers=badging.service.session_for(ada))

    assert response.json() == {
        "items": [
            {
                "id": str(mine.badge_id),
                "achievement": sample.SLUG,
                "credential_version": 1,
                "name": "Community Engagement Fundamentals",
                "state": "issued",
                "awarded_at": sample.AWARDED.isoformat(),
                "application_id": str(mine.application_id),
                "url": mine.url,
                "credential_url": f"{mine.url}.json",
            }
        ],
        "next": None,
    }


async def test_my_badges_by_pages(badging: Badging) -> None:
    person = await badging.know()
    slugs = ["a", "b", "c"]
    for slug in slugs:
        await badging.service.deliver(sample.published(slug=slug))
        await badging.issue(person, credential=slug, time=sample.AWARDED)
    headers = badging.service.session_for(person)
    seen: list[Any] = []
    after: str | None = None

    for _ in range(len(slugs)):
        page = (
            await badging.service.client.get(
                "/api/me/badges", headers=headers, params={"limit": 1} | ({"after": after} if after else {})
            )
        ).json()
        seen += [item["achievement"] for item in page["items"]]
        after = page["next"]

    assert sorted(seen) == slugs
    assert after is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=201", 422),
        *((f"after={quote(after)}", 422) for after in NO_PLACES),
    ],
)
async def test_bad_page(badging: Badging, query: str, status: int) -> None:
    headers = badging.service.session_for(await badging.service.add_person())

    response = await badging.service.client.get(f"/api/me/badges?{query}", headers=headers)

    assert response.status_code == status
    assert [error["field"] for error in response.json()["errors"]] == [query.partition("=")[0]]


async def test_my_badges_need_a_session(badging: Badging) -> None:
    person = await badging.know()
    headers = badging.service.session_for(person)
    await badging.service.deliver(PersonErased(person_id=person))

    assert (await badging.service.client.get("/api/me/badges")).status_code == 401
    assert (await badging.service.client.get("/api/me/badges", headers=headers)).status_code == 401


async def test_openapi_document(badging: Badging) -> None:
    paths = json.loads((await badging.service.client.get("/openapi.json")).content)["paths"]

    assert set(paths) == {
        "/.well-known/did.json",
        "/achievements/{slug}",
        "/achievements/{slug}/{version}",
        "/api/me/badges",
        "/badges/{badge_id}",
        "/badges/{badge_id}.json",
        "/status/{name}",
    }


async def test_verifiers_in_browsers_can_ask_for_everything_that_is_public(badging: Badging) -> None:
    badge = await badging.issue(await badging.know())
    client, asking = badging.service.client, {"Origin": "https://verifier.example"}
    there = [
        f"/badges/{badge.badge_id}",
        f"/badges/{badge.badge_id}.json",
        "/status/revocation-1",
        "/.well-known/did.json",
        f"/achievements/{sample.SLUG}",
    ]
    gone = [
        f"/badges/{uuid4()}",
        f"/badges/{uuid4()}.json",
        "/badges/x.json",
        "/status/revocation-9",
        "/status/x",
        "/achievements/nothing",
    ]
    for path, status in [(path, 200) for path in there] + [(path, 404) for path in gone]:
        seen = await client.get(path, headers=asking)
        head = await client.head(path, headers=asking)
        assert (seen.status_code, head.status_code) == (status, status), path
        assert seen.headers["Access-Control-Allow-Origin"] == head.headers["Access-Control-Allow-Origin"] == "*"
        assert head.headers["Content-Type"] == seen.headers["Content-Type"]
        options = await client.options(path, headers=asking | {"Access-Control-Request-Method": "GET"})
        assert (options.status_code, options.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
        assert options.headers["Access-Control-Allow-Origin"] == "*"
    mine = await client.get("/api/me/badges", headers=badging.service.session_for(badge.person_id) | asking)
    assert "Access-Control-Allow-Origin" not in mine.headers
