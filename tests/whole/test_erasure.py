"""An erased person is gone from the whole system within a minute. A person with distinctive words in everything that
they, and others about them, can write does everything and erases themselves. Then none of the words stands in any table
of any database, in any object, on any topic except the compacted one of people, or in any answer.

This test guards every later feature. When a feature lets people write something new, `write_everything` must write it
too.
"""

import re
import time
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.topics import INTAKE_PEOPLE, TOPICS
from devstack.journey import FUNDAMENTALS
from devstack.walk import Person, Walk
from devstack.world import file_form
from tests.scanning import objects_with, rows_with
from tests.system.whole import Whole
from tests.unit.badging.verifying import by_the_book, from_base58

pytestmark = pytest.mark.timeout(600)

EMAIL = "quillfeather.wisteria@example.org"
NAME, INSTITUTION = "Wisteria Quillfeather", "Marmalade Polytechnic"
OWN = [
    NAME,
    EMAIL,
    INSTITUTION,
    "Zephyrologist",
    "xe/xyrself",
    "555-0199887",
    "chrysoprase curriculum",
    "chrysoprase-curriculum",
    "heliotrope development",
    "periwinkle reciprocity",
    "vermilion plan",
    "umbrageous reason",
    "cerulean-talk",
    "amaranth afterthought",
    "celadon reading",
]
LETTER = "malachite praise"
"""What somebody wrote about them whom they had asked for a letter."""
REFEREE, REFEREE_EMAIL = "Onyx Bergamot", "onyx.bergamot@partner.example"
"""Somebody else whom they asked, and who has not answered."""
REASON = "cobalt remark"
"""Why staff moved them to another cohort."""
ABOUT = ["ochreous note", "mauve comment", "taupe letter", "saffron feedback", LETTER, REFEREE, REFEREE_EMAIL, REASON]
"""What a panel and others write about them, and who those are."""
A_MINUTE = 60.0
COHORTS = "/api/staff/cohorts"
LINK = re.compile(r"/letters/([A-Za-z0-9._~-]+)")


async def write_everything(walk: Walk) -> None:
    """The application, with words of their own in each field that they can fill."""
    me, place = walk.applicant, f"/api/applications/{walk.application_id}"
    about = {
        "name": NAME,
        "institution": INSTITUTION,
        "position": "Zephyrologist",
        "pronouns": "xe/xyrself",
        "phone": "555-0199887",
    }
    await me.do("PUT", "intake", f"{place}/basic-information", json=about)
    await me.do("PUT", "intake", f"{place}/path", json={"path": "video", "answer": "early-career"})
    for requirement, filename, words in (
        ("cv", "chrysoprase-curriculum.txt", "chrysoprase curriculum"),
        ("professional-development", "development.txt", "heliotrope development"),
    ):
        form = partial(file_form, filename, f"My {words}, as it was.\n".encode())
        await me.do("PUT", "intake", f"{place}/materials/{requirement}", form=form)
    video = {"url": "https://video.example.org/cerulean-talk", "minutes": 17}
    await me.do("PUT", "intake", f"{place}/materials/presentation", json=video)
    for requirement, text in (
        ("essay", "I am committed to periwinkle reciprocity. " * 20),
        ("action-plan", "Next term my vermilion plan begins."),
    ):
        await me.do("PUT", "intake", f"{place}/materials/{requirement}", json={"text": text})
    await me.do("PUT", "intake", f"{place}/drafts/essay", json={"text": "An amaranth afterthought."})
    await me.do("POST", "intake", f"{place}/study-plan", json={"title": "Go on with my celadon reading"})
    consent = await me.do("GET", "intake", f"{place}/research-consent")
    agreed = {"consented": True, "version": consent["version"]}
    await me.do("PUT", "intake", f"{place}/research-consent", json=agreed)


async def asked_for_a_letter(walk: Walk, name: str, email: str) -> str:
    """Somebody is asked for a letter by mail: the secret of their link."""
    world, body = walk.world, {"requirement": "letter", "referee_name": name, "referee_email": email}
    await walk.applicant.do("POST", "intake", f"/api/applications/{walk.application_id}/letter-requests", json=body)

    async def link() -> str | None:
        for message in await world.mails(email):
            text = await world.request("GET", "mailbox", f"/api/v1/message/{message['ID']}", ok=True)
            if found := LINK.search(text.body["Text"]):
                return found.group(1)
        return None

    token: str = await world.until(f"the mail to {email}", link)
    return token


async def prepared_in_cohorts(walk: Walk, staff: Person) -> list[str]:
    """They have a place in a cohort, which they lead as well, after staff moved them there from another one with a
    reason: the ids of both."""
    made = []
    for title, leading in (("First weavers", []), ("Second weavers", [{"name": NAME, "email": EMAIL}])):
        about = {"name": title, "credentials": [walk.credential], "capacity": 12, "time_zone": "America/New_York"}
        cohort = await staff.do("POST", "intake", COHORTS, json=about | {"facilitators": leading})
        place = f"{COHORTS}/{cohort['cohort_id']}"
        session = {"title": "First", "starts_at": "2190-03-02T18:00", "minutes": 90}
        await staff.do("POST", "intake", f"{place}/sessions", json=session)
        await staff.do("POST", "intake", f"{place}/opening")
        made.append(cohort["cohort_id"])
    own = f"/api/applications/{walk.application_id}/cohort"
    await walk.applicant.do("PUT", "intake", own, json={"cohort_id": made[0]})
    move = {"cohort_id": made[1], "reason": f"Moved, with a {REASON}."}
    await staff.do("POST", "intake", f"{COHORTS}/{made[0]}/places/{walk.application_id}/move", json=move)
    return made


async def judged(walk: Walk, chair: Person) -> None:
    """Awarded by a panel that writes about them, into each field that it has."""
    world = walk.world

    async def panel_is_full() -> Any:
        answer = await world.request("GET", "review", f"/api/review/cases/{walk.application_id}", token=chair.token)
        return answer.body if answer.status == 200 and answer.body["state"] != "assigning" else None

    case = await world.until("the panel", panel_is_full)
    place = f"/api/review/cases/{case['case_id']}"
    items = [item["key"] for item in case["rubric"]["items"]]
    for seat in sorted(case["panel"], key=lambda seat: seat["role"] == "chair"):
        who = world.people[seat["person_id"]]
        await who.do("POST", "review", f"{place}/declaration", json={"conflict": False})
        if seat["role"] == "reviewer":
            scores = {item: {"level": "demonstrated", "note": "An ochreous note."} for item in items}
            body = {"items": scores, "comment": "A mauve comment."}
            await who.do("PUT", "review", f"{place}/scores", json=body)
            await who.do("POST", "review", f"{place}/scores/submission", headers={"Idempotency-Key": "submitted"})
        else:
            decision = {
                "outcome": "awarded",
                "feedback": dict.fromkeys(items[:3], "Some saffron feedback."),
                "letter": f"Dear {NAME}, this is a taupe letter.",
            }
            headers = {"Idempotency-Key": "decided"}
            await who.do("POST", "review", f"{place}/decision", json=decision, headers=headers)


async def found(whole: Whole) -> list[tuple[str, str, str]]:
    """The places of the words that were found: service, table, word; or `objects`, service, word."""
    places = [
        (service, table, word)
        for service, pool in whole.insides.pools.items()
        for table, word in await rows_with(pool, [*OWN, *ABOUT])
    ]
    places += [
        ("objects", service, word) for service, word in objects_with(whole.plan.state / "objects", [*OWN, *ABOUT])
    ]
    return places


async def on_topics(whole: Whole) -> list[tuple[str, str]]:
    """Topic and word, for each of the words on any topic but that of people, whose older records are compacted away
    (docs/personal-data.md)."""
    places = set()
    for record in await whole.insides.records([name for name in TOPICS if name != INTAKE_PEOPLE.name]):
        parts = [record.key or b"", record.value or b"", *(value for _, value in record.headers)]
        whole_record = b"\0".join(parts).decode("utf-8", "replace").casefold()
        places |= {(record.topic, word) for word in [*OWN, *ABOUT] if word.casefold() in whole_record}
    return sorted(places)


async def test_who_is_erased_is_gone_from_the_whole_system_within_a_minute(whole: Whole) -> None:
    world, chair = whole.world, whole.people["chair@example.org"]
    applicant = await world.sign_in(EMAIL, NAME)
    walk = Walk(applicant, FUNDAMENTALS, institution=INSTITUTION)
    await walk.start()
    await walk.pay()
    await walk.assess()
    await write_everything(walk)
    await walk.submit()
    await judged(walk, chair)
    badge = await walk.receive()
    await walk.told()

    second = Walk(applicant, "community-partnerships", institution=INSTITUTION)
    await second.start()
    await second.pay()
    token = await asked_for_a_letter(second, "Kestrel Sedge", "kestrel.sedge@partner.example")
    letter = {"text": f"I write with {LETTER}."}
    await world.request("PUT", "intake", f"/api/letters/{token}", json=letter, ok=True)
    await second.applicant.do(
        "POST",
        "intake",
        f"/api/applications/{second.application_id}/withdrawal",
        json={"reason": "An umbrageous reason."},
        headers={"Idempotency-Key": "withdrawn"},
    )
    third = Walk(applicant, "community-partnerships", institution=INSTITUTION)
    await third.start()
    await third.pay()
    token = await asked_for_a_letter(third, REFEREE, REFEREE_EMAIL)
    staff = whole.people["staff@example.org"]
    cohorts = await prepared_in_cohorts(third, staff)
    await applicant.do("GET", "intake", "/api/me/export")
    await whole.insides.at_rest()

    there = {word for _, _, word in await found(whole)}
    assert there == {*OWN, *ABOUT}, "the scan finds everything before"
    assert await on_topics(whole) == []

    began = time.monotonic()
    await applicant.do("DELETE", "intake", "/api/me")

    async def nothing_left() -> bool:
        return await found(whole) == []

    await world.until("the end of every word", nothing_left)
    assert time.monotonic() - began < A_MINUTE
    assert await on_topics(whole) == []
    await shown_nowhere(whole, walk, cohorts)

    assert (await world.request("GET", "badging", f"{urlsplit(walk.badge_url).path}.json", ok=True)).body == badge
    (method,) = (await world.request("GET", "badging", "/.well-known/did.json", ok=True)).body["verificationMethod"]
    by_the_book(badge, Ed25519PublicKey.from_public_bytes(from_base58(method["publicKeyMultibase"][1:])[2:]))
    for service, sql, expected in (
        ("payments", "SELECT state FROM fees WHERE application_id = $1::text::uuid", "paid"),
        ("intake", "SELECT state FROM applications WHERE application_id = $1::text::uuid", "awarded"),
        ("badging", "SELECT state FROM badges WHERE application_id = $1::text::uuid", "issued"),
        ("review", "SELECT state FROM cases WHERE application_id = $1::text::uuid", "decided"),
    ):
        assert await whole.insides.value(service, sql, walk.application_id) == expected, service
    state = "SELECT state FROM applications WHERE application_id = $1::text::uuid"
    assert await whole.insides.value("intake", state, third.application_id) == "withdrawn"
    letters = "SELECT state, contact_id FROM letter_requests WHERE application_id = $1::text::uuid"
    for walked, expected in ((second, "received"), (third, "closed")):
        rows = await whole.insides.rows("intake", letters, walked.application_id)
        assert rows == [{"state": expected, "contact_id": None}], expected
    assert (await world.request("GET", "intake", f"/api/letters/{token}")).status == 404
    await left_their_cohorts(whole, staff, cohorts)

    again = await world.sign_in(EMAIL)
    assert again.person_id != applicant.person_id
    assert (await again.do("GET", "intake", "/api/applications"))["items"] == []
    await again.do("DELETE", "intake", "/api/me")
    await whole.insides.at_rest()


async def left_their_cohorts(whole: Whole, staff: Person, cohorts: list[str]) -> None:
    """Nobody has a place or leads a cohort any more, and earlier members have no name. The cohorts are cancelled."""
    for cohort_id, expected in zip(cohorts, ("moved", "application_ended"), strict=True):
        place = f"{COHORTS}/{cohort_id}"

        async def ended(place: str = place) -> Any:
            cohort = await staff.do("GET", "intake", place)
            return cohort if not cohort["members"] else None

        cohort = await whole.world.until("the end of their place", ended)
        assert [one["place"] for one in cohort["earlier"]] == [expected]
        assert {*cohort["earlier"][0]}.isdisjoint({"name", "email", "reason"})
        assert cohort["facilitators"] == []
        await staff.do("POST", "intake", f"{place}/cancellation")


async def shown_nowhere(whole: Whole, walk: Walk, cohorts: list[str]) -> None:
    """No page and no answer of any service shows a word of theirs, whoever asks."""
    html = {"Accept": "text/html"}
    chair, operator = whole.people["chair@example.org"], whole.people["operator@example.org"]
    admin = next(one for one in whole.people.values() if "admin" in one.roles)
    case = await chair.do("GET", "review", f"/api/review/cases/{walk.application_id}")
    for who, service, path, headers in (
        (chair, "review", f"/api/review/cases/{case['case_id']}", {}),
        (chair, "review", f"/review/cases/{case['case_id']}", html),
        (admin, "intake", f"/staff/applications/{walk.application_id}", html),
        (admin, "intake", "/staff", html),
        (admin, "intake", "/staff/audit", html),
        *((admin, "intake", f"/staff/cohorts/{cohort_id}", html) for cohort_id in cohorts),
        (operator, "ops", f"/ops/journeys/{walk.application_id}", html),
        (operator, "ops", f"/api/ops/journeys/{walk.application_id}", {}),
        (walk.applicant, "badging", urlsplit(walk.badge_url).path, html),
    ):
        answer = await whole.world.request("GET", service, path, token=who.token, headers=headers)
        said = str(answer.body).casefold()
        assert answer.status in (200, 403), (path, answer.status)
        assert [word for word in [*OWN, *ABOUT] if word.casefold() in said] == [], path
    answer = await whole.world.request("GET", "intake", "/api/applications", token=walk.applicant.token)
    assert answer.status == 401
