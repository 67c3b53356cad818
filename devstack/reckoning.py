"""Checks after journeys through crashes that nothing is lost and nothing is there twice: in every database, on Kafka,
at Stripe, in the mailbox and over HTTP.

Each comparison is one line of an account: what is expected, what is there, what is lost, and what is there too often.
Only the demo's people and the applicants of these journeys may have used the system.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.envelope import Received, decode
from contracts.events.notify import MailSent
from contracts.events.people import PersonDescribed
from contracts.topics import OPS_PULSES, TOPICS
from devstack.account import Account
from devstack.insides import Insides, NotAtRest
from devstack.names import SERVICES
from devstack.walk import Walk, WalkFailed, World

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
"""The events about one awarded application on each topic with its key, in the order of the commits."""
TEMPLATES = Counter(
    [
        "fee_due",
        "payment_received",
        "application_received",
        "decision_awarded",
        "badge_issued",
        *["reviewer_assigned"] * 3,
    ]
)
"""The mails that one awarded application causes."""
TO_THE_APPLICANT = 6
"""The mails to each applicant: those of TEMPLATES that are not for the panel, and the link to sign in."""
AT_ONCE = 16

JOURNALED = "SELECT count(*) FROM journal WHERE topic <> $1"


class Post:
    """The mails that came. They are collected on the way, because the mailbox keeps only the newest."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.mails: dict[str, dict[str, Any]] = {}

    async def collect(self) -> None:
        """Collect the new mails."""
        start, page = 0, 500
        before = frozenset(self.mails)
        while True:
            params = {"start": str(start), "limit": str(page)}
            found = (await self._world.request("GET", "mailbox", "/api/v1/messages", params=params, ok=True)).body[
                "messages"
            ]
            self.mails |= {mail["ID"]: mail for mail in found}
            if len(found) < page or any(mail["ID"] in before for mail in found):
                return
            start += page - 1  # a mail that comes meanwhile moves the others


async def reckon(
    world: World, insides: Insides, walks: Sequence[Walk], post: Post | None = None, patience: float = 180
) -> Account:
    """Wait until the system is at rest, and compare everything. Each of the walks should have ended with a badge."""
    account = Account()
    try:
        await insides.at_rest(patience)
    except NotAtRest as error:
        account.compare("the system comes to rest", [], [str(error)])
    ids = [walk.application_id for walk in walks]
    await _nothing_is_left(account, insides)
    await _databases(account, insides, ids)
    await _payments(account, world, insides, ids)
    records = await insides.records()
    journal = await insides.value("ops", JOURNALED, OPS_PULSES.name)
    account.compare("records on Kafka in the journal of ops", ["records"] * len(records), ["records"] * journal)
    heard = _first_of_each(account, records)
    _said(account, heard, ids)
    post = post or Post(world)
    await post.collect()
    _mails(account, list(post.mails.values()), heard, walks)
    await _asked(account, walks)
    return account


async def _nothing_is_left(account: Account, insides: Insides) -> None:
    held = [
        (service, row["state"], row["topic"], row["key"], row["error"])
        for service, rows in (await insides.held()).items()
        for row in rows
    ]
    account.compare("held records", [], held)
    letters = await insides.records([name for name in TOPICS if name.startswith("dlq.")])
    account.compare("dead letters", [], [(record.topic, (record.key or b"").decode()) for record in letters])
    for what, sql in (
        ("rows left in outboxes", "SELECT topic FROM outbox"),
        ("consumers stopped", "SELECT consumer FROM brakes WHERE stopped_at IS NOT NULL"),
    ):
        found = [(service, *row.values()) for service in SERVICES for row in await insides.rows(service, sql)]
        account.compare(what, [], found)


async def _databases(account: Account, insides: Insides, ids: Sequence[str]) -> None:
    applications = await insides.rows("intake", "SELECT application_id::text AS id, state, badge_url FROM applications")
    account.compare(
        "applications awarded (intake)",
        [(one, "awarded") for one in ids],
        [(row["id"], row["state"]) for row in applications],
    )
    decisions = await insides.rows(
        "review", "SELECT application_id::text AS id, decision_id FROM decisions JOIN cases USING (case_id)"
    )
    account.compare("decisions (review)", ids, [row["id"] for row in decisions])
    badges = await insides.rows(
        "badging", "SELECT application_id::text AS id, decision_id, state, badge_id FROM badges"
    )
    account.compare(
        "badges issued (badging)", [(one, "issued") for one in ids], [(row["id"], row["state"]) for row in badges]
    )
    decided = [(row["id"], str(row["decision_id"])) for row in decisions]
    account.compare("badges, each for its decision", decided, [(row["id"], str(row["decision_id"])) for row in badges])
    known = [(row["id"], (row["badge_url"] or "").rpartition("/")[2]) for row in applications]
    account.compare("badges, each known to intake", [(row["id"], str(row["badge_id"])) for row in badges], known)
    verdicts = await insides.rows("badging", "SELECT verdict FROM decisions")
    account.compare("verdicts (badging)", ["badge"] * len(ids), [row["verdict"] for row in verdicts])
    mails = await insides.rows(
        "notify", "SELECT application_id::text AS id, template FROM mails WHERE application_id IS NOT NULL"
    )
    wanted = [(one, template) for one in ids for template in TEMPLATES.elements()]
    account.compare("mails (notify)", wanted, [(row["id"], row["template"]) for row in mails])
    unsent = await insides.rows(
        "notify", "SELECT application_id::text AS id, template, state FROM mails WHERE state <> 'sent'"
    )
    account.compare("mails that are not sent (notify)", [], [tuple(row.values()) for row in unsent])


async def _payments(account: Account, world: World, insides: Insides, ids: Sequence[str]) -> None:
    charged = [
        (charge["metadata"]["application_id"], charge["amount"], charge["amount_refunded"])
        for charge in await world.charges()
    ]
    account.compare("charges (Stripe)", [(one, 6000, 0) for one in ids], charged)
    kept = await insides.rows("payments", "SELECT application_id::text AS id, state, amount_minor FROM payments")
    account.compare(
        "payments kept (payments)", [(one, "kept", 6000) for one in ids], [tuple(row.values()) for row in kept]
    )
    fees = await insides.rows("payments", "SELECT application_id::text AS id, state FROM fees")
    account.compare("fees paid (payments)", [(one, "paid") for one in ids], [tuple(row.values()) for row in fees])
    entries = await insides.rows("payments", "SELECT application_id::text AS id, kind, lines FROM ledger")
    wanted = [(one, kind) for one in ids for kind in ("fee_due", "payment", "stripe_fee")]
    account.compare("ledger entries", wanted, [(row["id"], row["kind"]) for row in entries])
    sums = [(row["id"], row["kind"], _sum(row["lines"])) for row in entries]
    account.compare("ledger entries that do not sum to zero", [], [entry for entry in sums if entry[2]])
    account.compare("ledger, all entries together", [0], [sum(entry[2] for entry in sums)])


def _sum(lines: Any) -> int:
    return sum(
        line["debit_minor"] - line["credit_minor"]
        for line in (json.loads(lines) if isinstance(lines, str | bytes) else lines)
    )


Heard = Mapping[str, Mapping[str, Sequence[Received]]]
"""The messages by topic and key, as a consumer with an inbox handles them."""


def _first_of_each(account: Account, records: Sequence[Any]) -> Heard:
    """Each message once. A repeated one must have the same content."""
    heard: dict[str, dict[str, list[Received]]] = defaultdict(lambda: defaultdict(list))
    bytes_of: dict[Any, bytes | None] = {}
    otherwise = []
    for record in records:
        received = decode(record.topic, record.key, record.value, record.headers)
        if received.id not in bytes_of:
            bytes_of[received.id] = record.value
            heard[record.topic][record.key.decode()].append(received)
        else:
            account.records += 1
            if bytes_of[received.id] != record.value:
                otherwise.append((record.topic, str(received.id)))
    account.compare("records that came again and say something else", [], otherwise)
    return heard


def _said(account: Account, heard: Heard, ids: Sequence[str]) -> None:
    for topic, types in IN_ORDER.items():
        stories = [(key, *(received.type for received in messages)) for key, messages in heard.get(topic, {}).items()]
        account.compare(f"stories in order on {topic}", [(one, *types) for one in ids], stories)
    issued = [
        str(getattr(received.event, "application_id", ""))
        for told in heard.get("badging.badges", {}).values()
        for received in told
    ]
    account.compare("badges said on badging.badges", ids, issued)
    disorder = []
    for key, told in heard.get("intake.people", {}).items():
        versions = [received.event.version for received in told if isinstance(received.event, PersonDescribed)]
        if versions != list(range(1, len(versions) + 1)):
            disorder.append((key, *versions))
    account.compare("people whose versions are out of order", [], disorder)


def _mails(account: Account, mails: Sequence[Mapping[str, Any]], heard: Heard, walks: Sequence[Walk]) -> None:
    """Check that each mail that was said to be sent is there. One that is there twice must have the same Message-ID and
    content."""
    events = [received.event for told in heard.get("notify.deliveries", {}).values() for received in told]
    sent = {event.message_id.strip("<>"): event for event in events if isinstance(event, MailSent)}
    account.compare("mails said to be sent, and nothing else said", ["sent"] * len(events), ["sent"] * len(sent))
    came = Counter(mail["MessageID"].strip("<>") for mail in mails)
    account.mails = came.total() - len(came)
    account.compare("mails in the mailbox (by Message-ID)", list(sent), list(came))
    different = {(mail["To"][0]["Address"], mail["Subject"], mail["MessageID"]) for mail in mails}
    account.compare(
        "mails of one Message-ID that differ",
        [],
        Counter(message_id for _, _, message_id in different) - Counter(came.keys()),
    )
    ids = {walk.application_id for walk in walks}
    by_template = Counter(sent[one].template for one in came if one in sent and str(sent[one].application_id) in ids)
    for template, count in TEMPLATES.items():
        account.compare(
            f"mails in the mailbox: {template}", [template] * count * len(walks), [template] * by_template[template]
        )
    to = Counter(address for address, _, _ in different)
    wanted = Counter({walk.applicant.email: TO_THE_APPLICANT for walk in walks})
    account.compare("mails to applicants", wanted.elements(), Counter({one: to[one] for one in wanted}).elements())


async def _asked(account: Account, walks: Sequence[Walk]) -> None:
    """Check over HTTP, as any client would."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(walk: Walk) -> tuple[str, str, str]:
        async with gate:
            try:
                state = (await walk.application())["state"]
                badge = await walk.receive() if state == "awarded" else {}
            except (WalkFailed, KeyError) as error:
                return walk.application_id, str(error)[:100], ""
            return walk.application_id, state, "badge" if badge.get("id") == walk.badge_url else "no badge"

    found = await asyncio.gather(*(ask(walk) for walk in walks))
    account.compare(
        "applications and badges, asked over HTTP", [(walk.application_id, "awarded", "badge") for walk in walks], found
    )
