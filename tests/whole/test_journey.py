"""One application over HTTP by API.md, from the sign-in to a badge that strangers verify; the second attempt; the
refusals."""

import json
from collections import Counter
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from devstack.journey import FUNDAMENTALS
from devstack.walk import Walk, whole_journey
from tests.system.whole import Whole
from tests.unit.badging.verifying import by_openbadgeslib, by_the_book, from_base58

pytestmark = pytest.mark.timeout(600)

SAID_AT_THE_EDGE = ["intake.application.started.v1", "intake.application.fee_due.v1", "intake.application.submitted.v1"]
MAILED = Counter(
    {
        "intake.application.fee_due.v1": 1,
        "payments.fee.paid.v1": 1,
        "intake.application.submitted.v1": 1,
        "review.reviewer.assigned.v1": 3,
        "review.case.decided.v1": 1,
        "badging.badge.issued.v1": 1,
    }
)
"""How many mails tell of each type of event in one awarded journey."""


@pytest.fixture(scope="module")
async def walk(whole: Whole) -> Walk:
    """A whole journey, at its end."""
    walk = await whole_journey(whole.world, whole.people["chair@example.org"], "robin@example.org", FUNDAMENTALS)
    await whole.insides.at_rest()
    return walk


async def test_the_badge_is_verified_offline_by_two_that_share_nothing_with_the_issuer(
    whole: Whole, walk: Walk
) -> None:
    badge = await walk.receive()
    document = (await whole.world.request("GET", "badging", "/.well-known/did.json", ok=True)).body
    (method,) = document["verificationMethod"]
    key = Ed25519PublicKey.from_public_bytes(
        from_base58(method["publicKeyMultibase"].removeprefix("z")).removeprefix(b"\xed\x01")
    )

    assert badge["proof"][0]["verificationMethod"] == method["id"]
    by_the_book(badge, key)
    found = by_openbadgeslib(badge, key)
    assert (found.id, found.issuer.id, found.name) == (
        walk.badge_url,
        document["id"],
        "Community Engagement Fundamentals",
    )
    assert [result.value for result in found.results] == ["Demonstrated"] * 10
    assert [entry["statusPurpose"] for entry in badge["credentialStatus"]] == ["revocation", "suspension"]
    for entry in badge["credentialStatus"]:
        path = entry["statusListCredential"].removeprefix(whole.world.addresses["web"])
        by_the_book((await whole.world.request("GET", "badging", path, ok=True)).body, key)
    assert "robin@example.org" not in json.dumps(badge)

    badge["credentialSubject"]["achievement"]["name"] = "Another"
    with pytest.raises(InvalidSignature):
        by_the_book(badge, key)


async def test_the_applicant_sees_the_decision_and_the_badge(walk: Walk) -> None:
    found = await walk.application()
    assert found["state"] == "awarded"
    assert found["badge_url"] == walk.badge_url
    assert found["decision"]["outcome"] == "awarded"
    assert found["decision"]["letter"] == "Dear Robin, the panel thanks you."
    assert Counter(given["level"] for given in found["decision"]["feedback"].values()) == {"demonstrated": 10}
    assert Counter(moment["what"] for moment in found["timeline"]) == Counter(
        ["started", "fee_due", "fee_paid", "opened", "submitted", "in_review", "awarded", "badge_issued"]
    )
    (badge,) = (await walk.applicant.do("GET", "badging", "/api/me/badges"))["items"]
    assert badge["url"] == walk.badge_url


async def test_mails_tell_the_applicant_each_step_once_and_the_last_has_the_badges_link(
    whole: Whole, walk: Walk
) -> None:
    mails = await whole.world.mails("robin@example.org")
    assert len({mail["MessageID"] for mail in mails}) == len(mails) == 6
    (told,) = [mail for mail in mails if "badge" in mail["Subject"].lower()]
    shown = (await whole.world.request("GET", "mailbox", f"/api/v1/message/{told['ID']}", ok=True)).body
    assert walk.badge_url in shown["Text"]
    assert walk.badge_url in shown["HTML"]
    for email in ("reviewer-1@example.org", "chair@example.org"):
        for mail in await whole.world.mails(email):
            shown = (await whole.world.request("GET", "mailbox", f"/api/v1/message/{mail['ID']}", ok=True)).body
            assert "robin@example.org" not in shown["Text"] + shown["HTML"]


async def test_the_console_tells_the_journey_by_its_causes(whole: Whole, walk: Walk) -> None:
    operator = whole.people["operator@example.org"]
    told = (await operator.do("GET", "ops", f"/api/ops/journeys/{walk.application_id}"))["items"]
    types = {one["id"]: one["type"] for one in told}
    assert len(types) == len(told)

    mails = [one for one in told if one["type"] == "notify.mail.sent.v1"]
    facts = [one for one in told if one["type"] != "notify.mail.sent.v1"]
    assert [one["type"] for one in facts] == [
        "intake.application.started.v1",
        "intake.application.fee_due.v1",
        "payments.fee.paid.v1",
        "intake.application.opened.v1",
        "intake.application.submitted.v1",
        "review.case.opened.v1",
        "review.reviewer.assigned.v1",
        "review.reviewer.assigned.v1",
        "review.reviewer.assigned.v1",
        "review.case.decided.v1",
        "badging.badge.issued.v1",
    ]
    causes = [(one["type"], types.get(one["causation_id"])) for one in facts if one["causation_id"] is not None]
    assert causes == [
        ("intake.application.opened.v1", "payments.fee.paid.v1"),
        ("review.case.opened.v1", "intake.application.submitted.v1"),
        *[("review.reviewer.assigned.v1", "intake.application.submitted.v1")] * 3,
        ("badging.badge.issued.v1", "review.case.decided.v1"),
    ]
    assert Counter(types[one["causation_id"]] for one in mails) == MAILED
    place = {one["id"]: n for n, one in enumerate(told)}
    assert all(place[one["causation_id"]] < place[one["id"]] for one in told if one["causation_id"] in place)


async def test_the_books_balance_and_hold_what_stripe_took(whole: Whole, walk: Walk) -> None:
    entries = await ledger(whole, walk)
    assert Counter(entry["kind"] for entry in entries) == {"fee_due": 1, "payment": 1, "stripe_fee": 1}
    assert all(sum(line["debit_minor"] - line["credit_minor"] for line in entry["lines"]) == 0 for entry in entries)
    accounts: Counter[str] = Counter()
    for entry in entries:
        for line in entry["lines"]:
            accounts[line["account"]] += line["debit_minor"] - line["credit_minor"]
    assert accounts == {"receivable": 0, "fee_income": -6000, "stripe_balance": 5796, "stripe_fees": 204}
    (charge,) = await whole.charges(walk.application_id)
    assert (charge["amount"], charge["paid"]) == (6000, True)
    assert (await walk.applicant.do("GET", "payments", f"/api/payments/{walk.application_id}"))["state"] == "paid"


async def ledger(whole: Whole, walk: Walk) -> list[dict[str, Any]]:
    staff, found, after = whole.people["staff@example.org"], [], ""
    while True:
        page = await staff.do(
            "GET", "payments", "/api/ledger", params={"limit": "200"} | ({"after": after} if after else {})
        )
        found += [entry for entry in page["items"] if entry["application_id"] == walk.application_id]
        if page["next"] is None:
            return found
        after = page["next"]


async def test_not_yet_and_then_again_with_what_was_demonstrated(whole: Whole) -> None:
    chair = whole.people["chair@example.org"]
    first = Walk(await whole.world.sign_in("kim@example.org", "Kim Example"), FUNDAMENTALS)
    await before_the_panel(first)
    lacking = {"roles": "not-demonstrated", "engaged-teaching": "partly-demonstrated"}
    await first.judge(chair, "not_yet", lacking)
    told = await first.until_state("not_yet")
    feedback = told["decision"]["feedback"]
    assert {item: given["level"] for item, given in feedback.items() if given["level"] != "demonstrated"} == lacking

    again = Walk(first.applicant, FUNDAMENTALS)
    await again.start()
    begun = await again.application()
    assert begun["attempt"] == 2
    demonstrated = {item: given["level"] for item, given in feedback.items() if item not in lacking}
    assert {carried["item"]: carried["level"] for carried in begun["carried_forward"]} == demonstrated
    await again.pay()
    await again.assess()
    await again.hand_in()
    await again.submit()
    await again.judge(chair)
    badge = await again.receive()
    assert len(badge["credentialSubject"]["result"]) == 10
    await whole.insides.at_rest()

    assert (await first.application())["state"] == "not_yet"
    assert (await again.application())["state"] == "awarded"
    decisions = await whole.insides.rows(
        "badging", "SELECT verdict FROM decisions WHERE person_id = $1::text::uuid", first.applicant.person_id
    )
    assert [row["verdict"] for row in decisions] == ["badge"]
    assert [len(await whole.charges(one.application_id)) for one in (first, again)] == [1, 1]


async def before_the_panel(walk: Walk) -> None:
    await walk.start()
    await walk.pay()
    await walk.assess()
    await walk.hand_in()
    await walk.submit()


async def test_nobody_died_nothing_waits_and_nothing_is_dead(whole: Whole, walk: Walk) -> None:
    await whole.insides.at_rest()
    assert await whole.insides.held() == {}
    assert +whole.died == {}
