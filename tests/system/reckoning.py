"""After journeys through crashes: what went in is what came out, in every database, on Kafka, at Stripe and in the mailboxes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.envelope import Received, decode
from contracts.events.intake import PersonDescribed
from contracts.events.notify import MailSent
from contracts.topics import TOPICS
from devstack.databases import SERVICES
from devstack.walk import Walk
from tests.system.whole import Whole

IN_ORDER = {
    "intake.applications": [
        "intake.application.started.v1",
        "intake.application.fee_due.v1",
        "intake.application.opened.v1",
        "intake.application.submitted.v1",
    ],
    "payments.fees": ["payments.fee.paid.v1"],
    "review.cases": ["review.case.opened.v1", *["review.reviewer.assigned.v1"] * 3, "review.case.decided.v1"],
}
"""What is said about one awarded application on each topic with its key, in the order of the commits."""
TEMPLATES = Counter(["fee_due", "payment_received", "application_received", "decision_awarded", "badge_issued", *["reviewer_assigned"] * 3])


@dataclass(frozen=True)
class Doubled:
    """What came twice and may: records on Kafka (one id, one content) and mails (one Message-ID)."""

    records: int
    mails: int


async def reckon(whole: Whole, walks: Sequence[Walk]) -> Doubled:
    """All that must hold once every one of `walks`, and nothing else beside the demo's people, has run to its badge."""
    await whole.insides.at_rest(180)
    assert await whole.insides.held() == {}
    assert await whole.insides.records([name for name in TOPICS if name.startswith("dlq.")]) == []
    for service in SERVICES:
        assert await whole.insides.rows(service, "SELECT consumer FROM brakes WHERE stopped_at IS NOT NULL") == []
    once = Counter(walk.application_id for walk in walks)
    assert set(once.values()) == {1}
    await _each_once_in_the_databases(whole, once)
    await _each_paid_once(whole, once)
    heard, doubled = _first_of_each(await whole.insides.records())
    _in_order(heard, once)
    return Doubled(doubled, await _each_mail_once(whole, walks, heard))


async def _each_once_in_the_databases(whole: Whole, once: Counter[str]) -> None:
    applications = await whole.insides.rows("intake", "SELECT application_id::text AS id, state, badge_url FROM applications")
    assert {row["id"]: row["state"] for row in applications} == dict.fromkeys(once, "awarded")
    decisions = await whole.insides.rows(
        "review", "SELECT application_id::text AS id, decision_id, outcome FROM decisions JOIN cases USING (case_id)"
    )
    assert Counter(row["id"] for row in decisions) == once
    badges = await whole.insides.rows("badging", "SELECT application_id::text AS id, decision_id, state, badge_id FROM badges")
    assert {row["id"]: (row["decision_id"], row["state"]) for row in badges} == {row["id"]: (row["decision_id"], "issued") for row in decisions}
    assert len(badges) == len(once)
    assert {row["id"]: row["badge_url"].rpartition("/")[2] for row in applications} == {row["id"]: str(row["badge_id"]) for row in badges}
    verdicts = await whole.insides.rows("badging", "SELECT verdict FROM decisions")
    assert Counter(row["verdict"] for row in verdicts) == {"badge": len(once)}
    mails = await whole.insides.rows("notify", "SELECT application_id::text AS id, template, state FROM mails WHERE application_id IS NOT NULL")
    templates: dict[str, Counter[str]] = defaultdict(Counter)
    for row in mails:
        templates[row["id"]][row["template"]] += 1
    assert templates == dict.fromkeys(once, TEMPLATES)
    assert {row["state"] for row in mails} == {"sent"}
    assert await whole.insides.value("ops", "SELECT count(*) FROM journal") == len(await whole.insides.records())


async def _each_paid_once(whole: Whole, once: Counter[str]) -> None:
    charges = await whole.charges()
    assert Counter(charge["metadata"]["application_id"] for charge in charges) == once
    assert {(charge["amount"], charge["amount_refunded"]) for charge in charges} == {(6000, 0)}
    payments = await whole.insides.rows("payments", "SELECT application_id::text AS id, state, amount_minor FROM payments")
    assert Counter(row["id"] for row in payments) == once
    assert {(row["state"], row["amount_minor"]) for row in payments} == {("kept", 6000)}
    fees = await whole.insides.rows("payments", "SELECT application_id::text AS id, state FROM fees")
    assert {row["id"]: row["state"] for row in fees} == dict.fromkeys(once, "paid")
    entries = await whole.insides.rows("payments", "SELECT application_id::text AS id, kind FROM ledger")
    assert Counter((row["id"], row["kind"]) for row in entries) == {(one, kind): 1 for one in once for kind in ("fee_due", "payment", "stripe_fee")}


def _first_of_each(records: Sequence[Any]) -> tuple[dict[str, dict[str, list[Received]]], int]:
    """By topic and key, the messages as a consumer with an inbox hears them; and how many came again. Who comes again says the same."""
    heard: dict[str, dict[str, list[Received]]] = defaultdict(lambda: defaultdict(list))
    bytes_of: dict[Any, bytes | None] = {}
    doubled = 0
    for record in records:
        received = decode(record.topic, record.key, record.value, record.headers)
        if received.id in bytes_of:
            assert bytes_of[received.id] == record.value
            doubled += 1
            continue
        bytes_of[received.id] = record.value
        heard[record.topic][record.key.decode()].append(received)
    return heard, doubled


def _in_order(heard: dict[str, dict[str, list[Received]]], once: Counter[str]) -> None:
    for topic, types in IN_ORDER.items():
        assert {key: [received.type for received in told] for key, told in heard[topic].items()} == dict.fromkeys(once, types)
    issued = [received.event for told in heard["badging.badges"].values() for received in told]
    assert Counter(str(getattr(event, "application_id", "")) for event in issued) == once
    for told in heard["intake.people"].values():
        versions = [received.event.version for received in told if isinstance(received.event, PersonDescribed)]
        assert versions == list(range(1, len(versions) + 1))


async def _each_mail_once(whole: Whole, walks: Sequence[Walk], heard: dict[str, dict[str, list[Received]]]) -> int:
    """The mails that came more than once; each of those has one Message-ID, and each Message-ID is that of a mail that was said to be sent."""
    mails = (await whole.world.request("GET", "mailbox", "/api/v1/messages", params={"limit": "0"}, ok=True)).body["messages"]
    events = [received.event for told in heard["notify.deliveries"].values() for received in told]
    sent = [event.message_id.strip("<>") for event in events if isinstance(event, MailSent)]
    assert len(set(sent)) == len(sent) == len(events)
    came = Counter(mail["MessageID"].strip("<>") for mail in mails)
    assert set(came) == set(sent)
    different = {(mail["To"][0]["Address"], mail["Subject"], mail["MessageID"]) for mail in mails}
    assert len(different) == len(came)
    for walk in walks:
        assert sum(address == walk.applicant.email for address, _, _ in different) == 6
    return sum(came.values()) - len(came)
