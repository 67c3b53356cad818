"""The state of one application in all services, without ids and times. Two applications with the same history have
equal states."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson

from contracts.envelope import decode
from contracts.topics import TOPICS
from tests.system.whole import Whole

APPLICATION = (
    "SELECT state, attempt, badge_url IS NOT NULL AS badge, outcome, timeline"
    " FROM applications LEFT JOIN decisions USING (decision_id) WHERE applications.application_id = $1"
)
FEE = "SELECT state, amount_minor FROM fees WHERE application_id = $1"
PAYMENTS = "SELECT state, amount_minor, stripe_fee_minor FROM payments WHERE application_id = $1"
LEDGER = "SELECT kind, lines FROM ledger WHERE application_id = $1"
CASE = "SELECT case_id, state, attempt, opened_at IS NOT NULL AS opened FROM cases WHERE application_id = $1"
SEATS = "SELECT role, seats.state FROM seats JOIN cases USING (case_id) WHERE application_id = $1"
BADGES = "SELECT state, version FROM badges WHERE application_id = $1"
MAILS = "SELECT template, state FROM mails WHERE application_id = $1"


@dataclass(frozen=True)
class Story:
    """Counted rows are those of the owning service; `said` counts different messages about the application by type."""

    application: dict[str, Any]
    timeline: Counter[str]
    fee: list[dict[str, Any]]
    payments: Counter[str]
    ledger: Counter[str]
    case: list[dict[str, Any]]
    seats: Counter[str]
    badges: Counter[str]
    mails: Counter[str]
    charges: Counter[str]
    said: Counter[str]


async def story(whole: Whole, application_id: str) -> Story:
    """The story so far; let the system come to rest first."""

    async def rows(service: str, sql: str) -> list[dict[str, Any]]:
        return await whole.insides.rows(service, sql.replace("$1", "$1::text::uuid"), application_id)

    (application,) = await rows("intake", APPLICATION)
    case = [{name: value for name, value in row.items() if name != "case_id"} for row in await rows("review", CASE)]
    return Story(
        {name: value for name, value in application.items() if name != "timeline"},
        Counter(moment["what"] for moment in orjson.loads(application["timeline"])),
        await rows("payments", FEE),
        _counted(await rows("payments", PAYMENTS)),
        _counted(await rows("payments", LEDGER)),
        case,
        _counted(await rows("review", SEATS)),
        _counted(await rows("badging", BADGES)),
        _counted(await rows("notify", MAILS)),
        _counted(
            [
                {"amount": charge["amount"], "refunded": charge["amount_refunded"]}
                for charge in await whole.charges(application_id)
            ]
        ),
        Counter((await said(whole, application_id)).values()),
    )


async def said(whole: Whole, application_id: str) -> dict[str, str]:
    """Type of each different message about the application, by its id; dead letters and what operators ask are not
    among them."""
    found = {}
    for record in await whole.insides.records([name for name in TOPICS if not name.startswith(("dlq.", "ops."))]):
        if record.value is not None and application_id.encode() in record.value:
            received = decode(record.topic, record.key, record.value, record.headers)
            found[str(received.id)] = received.type
    return found


def _counted(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(" ".join(f"{name}={value}" for name, value in row.items()) for row in rows)
