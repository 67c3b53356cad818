"""The program's one address: a real Caddy before real services. A whole journey goes through it, and every address that
people and strangers get begins with it."""

import re
from collections.abc import AsyncIterator
from functools import partial
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from devstack.journey import FUNDAMENTALS
from devstack.seed import seed
from devstack.walk import Walk, whole_journey
from devstack.world import World, file_form
from tests.system.whole import Whole

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
async def front(whole: Whole) -> AsyncIterator[World]:
    """The same system for who knows the one address only, and the stand-ins."""
    known = whole.plan.addresses
    services = dict.fromkeys(("web", "intake", "payments", "review", "badging", "notify", "ops"), known["web"])
    async with World({**known, **services}, patience=90.0) as world:
        yield world


@pytest.fixture(scope="module")
async def walk(whole: Whole, front: World) -> Walk:
    """A whole journey by the one address, at its end."""
    chair = (await seed(front))["chair@example.org"]
    walk = await whole_journey(front, chair, "gate@example.org", FUNDAMENTALS)
    await whole.insides.at_rest()
    return walk


async def test_badge_and_issuer_are_of_the_one_address(whole: Whole, front: World, walk: Walk) -> None:
    web = whole.plan.addresses["web"]
    badge = await walk.receive()
    assert badge["id"] == walk.badge_url == f"{web}/badges/{walk.badge_url.rpartition('/')[2]}"
    assert badge["credentialSubject"]["achievement"]["id"] == f"{web}/achievements/{FUNDAMENTALS}/1"
    document = (await front.request("GET", "web", "/.well-known/did.json", ok=True)).body
    assert badge["issuer"]["id"] == document["id"] == f"did:web:127.0.0.1%3A{urlsplit(web).port}"
    for entry in badge["credentialStatus"]:
        assert entry["statusListCredential"].startswith(f"{web}/status/")
        path = urlsplit(entry["statusListCredential"]).path
        assert (await front.request("GET", "web", path, ok=True)).body["id"] == entry["statusListCredential"]


async def test_every_link_of_every_mail_names_it_or_leads_outside(whole: Whole, front: World, walk: Walk) -> None:
    mails = await front.mails(walk.applicant.email)
    links = []
    for mail in mails:
        shown = (await front.request("GET", "mailbox", f"/api/v1/message/{mail['ID']}", ok=True)).body
        links += re.findall(r"https?://[^\s\"'<>]+", shown["Text"] + shown["HTML"])
    ours = {urlsplit(link).netloc for link in links if urlsplit(link).hostname == "127.0.0.1"}
    receipts = urlsplit(whole.plan.addresses["stripe"]).netloc
    assert ours - {receipts} == {urlsplit(whole.plan.addresses["web"]).netloc}
    assert len(links) > 8


async def test_stripe_sends_people_back_to_it(whole: Whole, walk: Walk) -> None:
    requests = (await whole.world.request("GET", "stripe", "/sandbox/requests", ok=True)).body["items"]
    (opened,) = [
        one
        for one in requests
        if one["path"] == "/v1/checkout/sessions"
        and walk.application_id in str(one["params"])
        and one["method"] == "POST"
    ]
    back = f"{whole.plan.addresses['web']}/payments/{walk.application_id}/return"
    assert (opened["params"]["success_url"], opened["params"]["cancel_url"]) == (f"{back}?from=checkout", back)


async def test_a_file_of_many_megabytes_goes_through_and_comes_back(whole: Whole, front: World) -> None:
    person = await front.sign_in("large@example.org", "Large Example")
    walk = Walk(person, FUNDAMENTALS)
    await walk.start()
    await walk.pay()
    file = b"Curriculum vitae\n" + bytes(range(32, 127)) * 100_000
    path = f"/api/applications/{walk.application_id}/materials/cv"
    await person.do("PUT", "web", path, form=partial(file_form, "cv.txt", file))
    assert await person.do("GET", "web", path) == file
    refused = await front.request("PUT", "web", path, token=person.token, form=partial(file_form, "cv.txt", file * 2))
    assert (refused.status, refused.body["type"]) == (413, "too_large")
    assert await person.do("GET", "web", path) == file


async def test_what_a_service_answers_comes_as_it_is(front: World) -> None:
    story = {"X-Correlation-ID": str(uuid4())}
    refused = await front.request("GET", "web", "/api/me/badges", headers=story)
    assert (refused.status, refused.body["type"]) == (401, "not_signed_in")
    assert refused.body["correlation_id"] == refused.headers["X-Correlation-ID"] == story["X-Correlation-ID"]
    nowhere = await front.request("GET", "web", "/nowhere", headers=story)
    assert (nowhere.status, nowhere.body["correlation_id"]) == (404, story["X-Correlation-ID"])
    found = await front.request("GET", "web", "/api/credentials", ok=True)
    head = await front.request("HEAD", "web", "/api/credentials", ok=True)
    assert (head.body, head.headers["Content-Length"]) == (b"", found.headers["Content-Length"])
    options = await front.request("OPTIONS", "web", "/.well-known/did.json", ok=True)
    assert (options.headers["Allow"], options.headers["Access-Control-Allow-Origin"]) == ("GET, HEAD, OPTIONS", "*")
    for path in ("/livez", "/readyz?all=1", "/metrics", "/openapi.json", "/asyncapi.json"):
        assert (await front.request("GET", "web", path)).status == 404
    foreign = await front.request("GET", "web", "/api/credentials", headers={"Host": "evil.example"})
    assert (foreign.status, foreign.body["type"]) == (421, "misdirected")


async def test_while_a_service_is_away_its_pages_say_so_and_the_others_go_on(whole: Whole, front: World) -> None:
    async with whole.down("ops"):
        away = await front.request("GET", "web", "/api/ops/topics")
        assert (away.status, away.body["type"], away.headers["Retry-After"]) == (503, "unavailable", "2")
        assert (await front.request("GET", "web", "/api/credentials")).status == 200
    assert (await front.request("GET", "web", "/api/ops/topics")).status == 401


async def test_a_killed_gateway_is_back_and_forgets_nobody(whole: Whole, front: World) -> None:
    person = await front.sign_in("again@example.org", "Again Example")
    whole.kill("web")
    await whole.ready("web")
    current = await person.do("GET", "web", "/api/sessions/current")
    assert current["person"]["email"] == "again@example.org"
