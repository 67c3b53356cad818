"""The account of `make soak` balances after a journey, and reports everything that is lost or doubled."""

import json

import pytest

from devstack.journey import FUNDAMENTALS
from devstack.reckoning import reckon
from devstack.walk import Walk, whole_journey
from tests.system.whole import Whole

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
async def walks(whole: Whole) -> list[Walk]:
    chair = whole.people["chair@example.org"]
    return [
        await whole_journey(whole.world, chair, f"reckoned-{number}@example.org", FUNDAMENTALS) for number in range(2)
    ]


async def differences(whole: Whole, walks: list[Walk]) -> list[str]:
    return (await reckon(whole.world, whole.insides, walks, patience=30)).differences()


async def run(whole: Whole, service: str, sql: str) -> None:
    await whole.insides.pools[service].execute(sql)


async def test_after_journeys_everything_is_equal_and_counted(whole: Whole, walks: list[Walk]) -> None:
    account = await reckon(whole.world, whole.insides, walks)
    assert account.differences() == []
    assert len(account.lines) > 35
    counted = {line.what: line.went_in.total() for line in account.lines}
    assert counted["applications awarded (intake)"] == counted["badges issued (badging)"] == 2
    assert counted["mails in the mailbox: reviewer_assigned"] == 6
    assert counted["mails to applicants"] == 12
    assert counted["ledger entries"] == 6


async def test_a_journey_that_was_never_made_is_missed(whole: Whole, walks: list[Walk]) -> None:
    found = await differences(
        whole, [*walks, Walk(walks[0].applicant, FUNDAMENTALS, application_id="0b3a4c3e-0000-4000-8000-000000000001")]
    )
    assert "applications awarded (intake): 1 lost, such as ('0b3a4c3e-0000-4000-8000-000000000001', 'awarded')" in found
    assert {line.partition(":")[0] for line in found} >= {
        "badges issued (badging)",
        "charges (Stripe)",
        "decisions (review)",
        "mails (notify)",
    }


async def test_a_lost_mail_is_noticed(whole: Whole, walks: list[Walk]) -> None:
    mails = await whole.world.mails(walks[0].applicant.email)
    (fee,) = [mail for mail in mails if "fee" in mail["Subject"].lower()]
    await whole.world.request("DELETE", "mailbox", "/api/v1/messages", json={"IDs": [fee["ID"]]}, ok=True)
    found = await differences(whole, walks)
    assert {line.partition(", such as")[0] for line in found} == {
        "mails in the mailbox (by Message-ID): 1 lost",
        "mails in the mailbox: fee_due: 1 lost",
        "mails to applicants: 1 lost",
    }


async def test_rows_that_vanish_and_sums_that_are_wrong_are_noticed(whole: Whole, walks: list[Walk]) -> None:
    application = walks[1].application_id
    (entry,) = await whole.insides.rows(
        "payments", "SELECT lines FROM ledger WHERE kind = 'payment' AND application_id::text = $1", application
    )
    lines = json.loads(entry["lines"])
    lines[0]["debit_minor"] += 1
    where = f"kind = 'payment' AND application_id = '{application}'"
    await run(whole, "payments", "ALTER TABLE ledger DROP CONSTRAINT ledger_lines_check")  # which would not have it
    await run(whole, "payments", f"UPDATE ledger SET lines = '{json.dumps(lines)}' WHERE {where}")
    await run(whole, "review", "ALTER TABLE decisions DISABLE TRIGGER USER")  # which would not let it
    await run(
        whole,
        "review",
        f"DELETE FROM decisions WHERE case_id = (SELECT case_id FROM cases WHERE application_id = '{application}')",
    )
    found = {line.partition(", such as")[0] for line in await differences(whole, walks)}
    assert found >= {
        "ledger entries that do not sum to zero: 1 too many",
        "ledger, all entries together: 1 lost",
        "decisions (review): 1 lost",
        "badges, each for its decision: 1 too many",
    }
