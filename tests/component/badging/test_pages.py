"""The pages of badging: their texts, their readers, and who may cache them."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import orjson
import pytest

from contracts.catalog import Group, Item
from contracts.session import COOKIE
from services.badging.domain.badges import State
from services.badging.domain.status_lists import Standing
from services.badging.views.badges import public_badge
from tests.component.badging.conftest import PUBLIC_URL, Badging
from tests.component.conftest import StartService
from tests.one_service import replica_of
from tests.unit.badging import sample
from web.emblems import hue_of, rosette
from web.rendering import Pages
from web.visitor import Visitor

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
TWO_GROUPS = (
    Group(key="c", kind="competency", name="Competencies", items=(Item(key="roles", name="About roles"),)),
    Group(key="d", kind="disposition", name="Dispositions", items=(Item(key="wit", name="Wit"),)),
)


async def look(badging: Badging, path: str, person: UUID | None = None, **headers: str) -> httpx.Response:
    """Open a page as a browser does; redirects are not followed."""
    mine = {} if person is None else {"Cookie": cookie(badging, person)}
    return await badging.service.client.get(path, headers=BROWSER | mine | headers)


def cookie(badging: Badging, person: UUID) -> str:
    return f"{COOKIE}={badging.service.session_for(person)['Authorization'].removeprefix('Bearer ')}"


def words(page: httpx.Response | str) -> str:
    text = page if isinstance(page, str) else page.text
    main = text.partition('<main id="main" tabindex="-1">')[2].partition("</main>")[0]
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", main).split()))


async def test_the_page_of_a_badge_says_what_its_credential_says(badging: Badging) -> None:
    name = "Fundamentals <script>alert(1)</script> & more"
    event = await badging.issue(await badging.know(name=name), time=sample.AWARDED)
    page = await look(badging, f"/badges/{event.badge_id}")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "unsafe" not in page.headers["content-security-policy"]
    escaped = "Fundamentals &lt;script&gt;alert(1)&lt;/script&gt; &amp; more"
    for part in (
        f"<h1>{escaped}</h1>",
        f'<meta property="og:title" content="{escaped}: micro-credential badge">',
        f'<meta property="og:url" content="{event.url}">',
        f'<link rel="canonical" href="{event.url}">',
        f'<link rel="alternate" type="application/ld+json" href="/badges/{event.badge_id}.json"',
        '<time datetime="2025-03-01T10:30:15+00:00">March 1, 2025</time>',
        '<li id="item/roles">',
        f'<input id="link" readonly value="{event.url}">',
    ):
        assert part in page.text
    assert "alert(1)</script>" not in page.text
    said = words(page)
    for part in (
        "Valid In force: it is neither suspended nor revoked.",
        "A micro-credential, awarded on March 1, 2025 by The Program.",
        "What the panel found The basics. About community Demonstrated About roles Exceeded What it took",
        "What it took A panel judged.",
        "Expires Never Issuer The Program did:web:badges.example.org",
    ):
        assert part in said


async def test_the_page_of_a_badge_names_nobody_and_says_how_to_compare(badging: Badging) -> None:
    person = await badging.service.add_person(email="Quinn@Example.org", name="Quinn Lovelace")  # no hexadecimal digits
    await badging.service.deliver(sample.published())
    event = await badging.issue(person)
    (identity,) = (await badging.credential(event.badge_id))["credentialSubject"]["identifier"]
    page = await look(badging, f"/badges/{event.badge_id}")
    for told in ("quinn", "lovelace", "@example.org", str(person), str(event.application_id)):
        assert told not in page.text.lower(), told
    digest = identity["identityHash"].removeprefix("sha256$")
    assert f"Hash {digest} Method sha256 Salt {identity['salt']}" in words(page)


async def test_every_address_of_a_badges_page_leads_on(badging: Badging) -> None:
    event = await badging.issue(await badging.know(), time=sample.AWARDED)
    await badging.publish()
    page = await look(badging, f"/badges/{event.badge_id}")
    main = page.text.partition("<main")[2].partition("</main>")[0]
    links = {unescape(link) for link in re.findall(r'href="([^"#]+)"', main) if not link.startswith("/static/")}
    (linkedin,) = [link for link in links if link.startswith("https://")]
    assert {name: value for name, (value,) in parse_qs(urlsplit(linkedin).query).items()} == {
        "startTask": "CERTIFICATION_NAME",
        "name": "Community Engagement Fundamentals",
        "organizationName": "The Program",
        "issueYear": "2025",
        "issueMonth": "3",
        "certUrl": event.url,
        "certId": str(event.badge_id),
    }
    ours = links - {linkedin}
    assert ours == {
        f"/badges/{event.badge_id}.json",
        f"/achievements/{sample.SLUG}/1",
        "/.well-known/did.json",
        "/status/revocation-1",
        "/status/suspension-1",
    }
    assert {(await look(badging, link)).status_code for link in ours} == {200}


async def test_the_picture_is_drawn_from_the_credential_and_the_same_everywhere(badging: Badging) -> None:
    person = await badging.know(groups=TWO_GROUPS)
    event = await badging.issue(person, items=(sample.result("roles", "more"), sample.result("wit", "none")))
    for path in (f"/badges/{event.badge_id}", "/badges", f"/achievements/{sample.SLUG}"):
        page = await look(badging, path, person)
        assert f'd="{rosette((1, 1))}"' in page.text, path
        assert f'data-hue="{hue_of(sample.SLUG)}"' in page.text, path
    assert "About roles Exceeded Competencies Wit Not demonstrated Dispositions" in words(
        await look(badging, f"/badges/{event.badge_id}")
    )


@pytest.mark.parametrize(
    ("standing", "told", "shared"),
    [
        ("valid", "Valid In force: it is neither suspended nor revoked.", True),
        ("suspended", "Suspended Not in force for now. Do not rely on it.", False),
        ("revoked", "Revoked Revoked for good. It is not valid any more.", False),
    ],
)
def test_what_is_not_in_force_says_so_first_and_is_not_to_be_shared(
    standing: Standing, told: str, shared: bool
) -> None:
    signed = sample.document() | {"proof": [{"cryptosuite": "eddsa-rdfc-2022", "verificationMethod": "did:web:x#k"}]}
    badge = public_badge(sample.WHO, sample.badge(state=State.ISSUED, credential=orjson.dumps(signed)))
    pages = Pages(Path("services/badging"))
    page = pages.render("badging/badge.html", Visitor(), badge=badge.model_copy(update={"standing": standing}))
    assert words(page).startswith(told)
    assert ("linkedin.com" in page, 'id="link"' in page) == (shared, shared)


async def test_a_badge_that_names_an_earlier_address_of_the_program_still_shows(badging: Badging) -> None:
    event = await badging.issue(await badging.know())
    config = badging.service.config.model_copy(update={"microcred_public_url": "https://new.example.org"})
    moved = await replica_of(replace(badging.service, config=config))
    try:
        page = await moved.client.get(f"/badges/{event.badge_id}", headers=BROWSER)
    finally:
        await moved.close()
    assert page.status_code == 200
    assert f"Id {PUBLIC_URL}/badges/{event.badge_id}" in words(page)
    assert "did:web:badges.example.org" in words(page)
    assert f'<input id="link" readonly value="https://new.example.org/badges/{event.badge_id}">' in page.text
    assert f"<code>{PUBLIC_URL}/status/revocation-1</code></a>" in page.text
    assert '<a href="/status/revocation-1">' in page.text


async def test_caches_keep_what_every_stranger_sees_and_nothing_else(badging: Badging) -> None:
    person = await badging.know()
    event = await badging.issue(person)
    for path, seconds in ((f"/badges/{event.badge_id}", 60), (f"/achievements/{sample.SLUG}", 300)):
        stranger = await look(badging, path, **{"Cookie": "microcred_zone=America%2FNew_York; other=1"})
        assert stranger.headers["cache-control"] == f"public, max-age={seconds}"
        assert "set-cookie" not in stranger.headers
        vary = {name.strip() for name in stranger.headers["vary"].split(",")}
        assert {"Accept", "Accept-Language", "Cookie"} <= vary
        again = await look(badging, path, **{"If-None-Match": stranger.headers["etag"]})
        assert (again.status_code, again.content, again.headers["vary"]) == (304, b"", stranger.headers["vary"])
        spanish = await look(badging, path, **{"Accept-Language": "es"})
        assert ('<html lang="es">' in spanish.text, spanish.headers["etag"] != stranger.headers["etag"]) == (True, True)
        for mine in (
            {"Cookie": cookie(badging, person)},
            {"Cookie": "microcred_language=es"},
            {"Cookie": "microcred_told=anything"},
            {"Cookie": "microcred_name=Ada"},
            badging.service.session_for(person),
        ):
            page = await look(badging, path, **mine)
            assert (page.status_code, page.headers["cache-control"]) == (200, "private, no-store"), mine
            assert "etag" not in page.headers
    mine_too = await look(badging, "/badges", person)
    assert mine_too.headers["cache-control"] == "no-store"


async def test_somebody_who_is_signed_in_keeps_their_menu_on_public_pages(badging: Badging) -> None:
    person = await badging.know()
    event = await badging.issue(person)
    session = cookie(badging, person)
    page = await look(badging, f"/badges/{event.badge_id}", **{"Cookie": f"{session}; microcred_name=Ada%20L"})
    assert ("Ada L" in page.text, "Sign out everywhere" in page.text) == (True, True)
    stranger = await look(badging, f"/badges/{event.badge_id}")
    assert ("Ada" in stranger.text, "Sign out" in stranger.text) == (False, False)
    assert f'href="/sign-in?next=%2Fbadges%2F{event.badge_id}"' in stranger.text


@pytest.mark.parametrize("badge_id", ["nothing", "7b0f5c1e-3d1f-4d3a-9c55-0f4c1f2f9a10"])
async def test_a_badge_that_is_not_there_proves_nothing(badging: Badging, badge_id: str) -> None:
    page = await look(badging, f"/badges/{badge_id}")
    assert (page.status_code, page.headers["cache-control"]) == (404, "no-store")
    assert words(page).startswith(
        "There is no such badge If somebody gave you this address as proof, it proves nothing."
    )
    assert page.headers["x-correlation-id"] in page.text


async def test_an_achievement_says_what_is_judged_and_how(badging: Badging) -> None:
    await badging.service.deliver(sample.published())
    for path in (f"/achievements/{sample.SLUG}", f"/achievements/{sample.SLUG}/1"):
        page = await look(badging, path)
        assert "<h1>Community Engagement Fundamentals</h1>" in page.text
        assert '<li id="item/roles">' in page.text
        assert f'<a href="/credentials/{sample.SLUG}">' in page.text
        said = words(page)
        for part in (
            "What it takes A panel judged.",
            "Competencies About community About roles The rubric",
            "Exceeded More than asked. Demonstrated Not demonstrated Nothing shown.",
        ):
            assert part in said
    missing = await look(badging, "/achievements/nothing")
    assert (missing.status_code, words(missing).startswith("There is no such achievement")) == (404, True)


async def test_my_badges_are_cards_and_nobody_elses(badging: Badging) -> None:
    ada, bob = await badging.know(), await badging.service.add_person()
    mine = await badging.issue(ada, time=sample.AWARDED)
    theirs = await badging.issue(bob)
    page = await look(badging, "/badges", ada)
    assert re.findall(r'<h3><a href="(/badges/[^"]+)">', page.text) == [f"/badges/{mine.badge_id}"]
    assert str(theirs.badge_id) not in page.text
    assert "Community Engagement Fundamentals Valid Awarded on March 1, 2025" in words(page)


async def test_no_badges_yet(badging: Badging) -> None:
    page = await look(badging, "/badges", await badging.service.add_person())
    assert "No badges yet. A badge appears here when a panel awards it." in words(page)
    assert '<a class="button" href="/applications">' in page.text


async def test_my_badges_go_on_on_further_pages(badging: Badging) -> None:
    person = await badging.know()
    slugs = [f"credential-{n}" for n in range(25)]
    await badging.service.deliver(*(sample.published(slug=slug) for slug in slugs))
    await badging.service.deliver(*(badging.decision(person, credential=slug) for slug in slugs))
    await badging.sign()
    first = await look(badging, "/badges", person)
    (onward,) = re.findall(r'href="(/badges\?after=[^"]+)"', first.text)
    second = await look(badging, unescape(onward), person)
    seen = [re.findall(r'<h3><a href="(/badges/[^"]+)">', page.text) for page in (first, second)]
    assert [len(found) for found in seen] == [24, 1]
    assert len({*seen[0], *seen[1]}) == 25


async def test_my_badges_lead_a_stranger_to_sign_in_and_back(badging: Badging) -> None:
    page = await look(badging, "/badges")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fbadges")


async def test_a_page_in_spanish(badging: Badging) -> None:
    event = await badging.issue(await badging.know(), time=sample.AWARDED)
    page = await look(badging, f"/badges/{event.badge_id}", **{"Accept-Language": "es-MX,es;q=0.9"})
    assert "Vigente" in words(page)
    assert "1 de marzo de 2025" in words(page)


async def test_static_files_are_served(service: StartService) -> None:
    one = await service("badging", microcred_public_url=PUBLIC_URL)
    page = await one.client.get("/achievements/nothing", headers=BROWSER)
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text)
    assert len(addresses) >= 4
    assert {(await one.client.get(address)).status_code for address in addresses} == {200}
