"""The console's first page: its readers, and its facts about Kafka, letters and outboxes."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaProducer

from contracts.claims import Money
from contracts.events.applications import ApplicationLapsed
from contracts.events.notify import MailFailed
from contracts.events.ops import PulseSaid
from contracts.events.payments import FeePaid
from services.ops.clients import Snapshot
from services.ops.domain import pace
from services.ops.domain.lag import Lag, Offsets
from services.ops.usecases import consumers
from tests.component.conftest import StartService
from tests.component.ops.conftest import Console, relay
from tests.component.ops.looking import HTML, Page, cookie, look


async def test_who_is_not_signed_in_is_led_to_sign_in_and_who_is_no_operator_is_told_so(console: Console) -> None:
    ops = console.service
    nobody = await ops.client.get("/ops", headers=HTML)
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/sign-in?next=%2Fops")
    staff = await ops.add_person(roles=("staff",))
    for path in ("/ops", "/ops/dead-letters", f"/ops/dead-letters/{uuid4()}", "/ops/journeys", "/ops/consumers/ops"):
        other = await ops.client.get(path, headers=cookie(ops, staff))
        assert (other.status_code, other.headers["content-type"]) == (403, "text/html; charset=utf-8")
        assert "role operator" in other.text
    for path in ("dead-letters/redrive", "dead-letters/discard", "consumers/intake/resume"):
        refused = await ops.client.post(f"/ops/{path}", data={"ids": str(uuid4())}, headers=cookie(ops, staff))
        assert refused.status_code == 403
    assert await console.asked() == []
    # A program gets no page.
    assert (await ops.client.get("/ops", headers={"Accept": "application/json"})).json()["type"] == "not_signed_in"


async def test_with_nothing_to_do_it_says_so_and_without_kafka_that_it_does_not_know(console: Console) -> None:
    page = await look(console)
    assert page.status == 200
    assert page.headings[:3] == ["Console", "Kafka does not answer", "What needs a person"]
    assert "Nothing needs a person" in page.text
    assert "Furthest behind not known" in page.text
    assert "payments has said nothing in the last hour" in page.text
    assert page.response.headers["cache-control"] == "no-store"
    assert "unsafe" not in page.response.headers["content-security-policy"]


async def test_what_htmx_asks_for_is_the_part_that_changes(console: Console) -> None:
    whole = await look(console)
    part = await look(console, **{"HX-Request": "true"})
    assert part.response.text.strip().startswith('<div id="live" hx-get="/ops" hx-trigger="every 15s"')
    assert part.response.text.strip().endswith("</div>")
    assert "<html" not in part.response.text
    assert 'hx-trigger="every 15s"' in whole.response.text
    assert "hx-trigger" not in (await look(console, "/ops?still=true")).response.text


async def test_dead_letters_are_what_needs_a_person(console: Console, service: StartService) -> None:
    notify = await service("notify", smtp_from="no-reply@example.org")
    key = uuid4()
    for value in (b"{", None):
        sent = notify.envelope(FeePaid(application_id=key, person_id=uuid4(), amount=Money(amount_minor=1)))
        record = notify.record(sent) if value is None else notify.record(sent, value=value)
        await notify.deliver_records([record])
    await relay(notify, console.service, "dlq.")
    page = await look(console)
    assert "One thing needs a person" in page.text
    assert "2 dead letters in notify payments.fee.paid.v1, since" in page.text
    assert "One of them is held behind another and was not tried." in page.text
    assert "/ops/dead-letters?consumer=notify" in page.links
    assert "Dead letters 1 Records held behind them 1" in page.text


def lapsed() -> ApplicationLapsed:
    return ApplicationLapsed(application_id=uuid4(), person_id=uuid4(), credential="c", credential_version=1)


async def test_records_of_the_last_hour_and_how_long_they_waited(console: Console) -> None:
    ops, now = console.service, datetime.now(UTC)

    def published(event: Any, minutes_ago: float, waited: float) -> Any:
        at = now - timedelta(minutes=minutes_ago)
        sent = ops.envelope(event, time=at - timedelta(seconds=waited))
        return ops.record(sent, timestamp=int(at.timestamp() * 1000))

    failed = MailFailed(event_id=uuid4(), template="t", person_id=uuid4(), application_id=uuid4(), reason="refused")
    await ops.deliver_records(
        [
            published(lapsed(), 70, 500),  # over
            published(lapsed(), 30, 200),  # says nothing of now
            published(lapsed(), 2, 95),
            published(lapsed(), 1, 1),
            published(failed, 20, 0.2),
        ]
    )
    page = await look(console)
    assert "Records in the last hour 5" in page.text
    assert "Longest wait in an outbox, last ten minutes 2 minutes" in page.text
    assert "Mails given up, last hour 1" in page.text
    assert "Records of intake wait up to 2 minutes in its outbox" in page.text
    assert "notify said something 20 minutes ago, and nothing since" in page.text
    assert [row for row in page.rows if row[0] == "intake.applications"] == [
        ["intake.applications", "intake", "payments, review, notify, and ops", "not known", "3"]
    ]


async def test_an_outbox_that_nothing_leaves_is_what_needs_a_person(console: Console) -> None:
    ops, now = console.service, datetime.now(UTC)

    def pulse(service: str, seconds_ago: float) -> Any:
        at = now - timedelta(seconds=seconds_ago)
        return ops.record(ops.envelope(PulseSaid(service=service), time=at), timestamp=int(at.timestamp() * 1000))

    others = [pulse(name, 5) for name in ("intake", "review", "badging", "notify")]
    await ops.deliver_records([pulse("payments", 300), pulse("ops", 300), *others, pulse("ops", 3)])
    page = await look(console)
    assert "One thing needs a person" in page.text
    assert "Nothing has left the outbox of payments for 5 minutes" in page.text
    assert "payments: nothing has come through for 5 minutes" in page.text
    assert [row for row in page.rows if row[0] == "ops.pulses"] == []

    await ops.deliver_records([pulse("payments", 0), pulse("payments", -1_000_000)])
    assert "Nothing needs a person" in (await look(console)).text


async def test_a_service_says_its_pulse_through_its_outbox(console: Console, service: StartService) -> None:
    notify = await service("notify", smtp_from="no-reply@example.org")
    await notify.run_job("pulse")
    await notify.run_job("pulse")
    assert await notify.events() == [PulseSaid(service="notify")] * 2
    assert await relay(notify, console.service, "ops.pulses") == 2


async def test_lag_on_a_real_kafka(kafka: str, service: StartService) -> None:
    ops = await service("ops", kafka_bootstrap=kafka)
    console = Console(ops, await ops.add_person(roles=("operator",)))
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        written_at = int((time.time() - 300) * 1000)
        for _ in range(3):
            await producer.send_and_wait("badging.badges", b"{}", partition=0, timestamp_ms=written_at)
    finally:
        await producer.stop()
    page = await look(console)
    assert "Kafka does not answer" not in page.text
    behind = [row for row in page.rows if row[:2] == ["intake", "badging.badges"]]
    assert behind == [["intake", "badging.badges", "3", "5 minutes", "", "", "Behind"]]
    assert "intake is 5 minutes behind on badging.badges 3 records. Refresh in a minute" in page.text
    assert [row for row in page.rows if row[0] == "badging.badges"] == [
        ["badging.badges", "badging", "intake, notify, and ops", "intake: 3, notify: 3, ops: 3", "0"]
    ]

    # A look from three minutes ago, with which the next one is compared: nothing was taken since.
    await ops.run_job("sample-lag")
    assert await ops.database.pool.fetchval("SELECT count(*) FROM lag_samples WHERE records > 0") >= 3
    await ops.database.pool.execute("UPDATE lag_samples SET at = at - interval '3 minutes'")
    page = await look(console)
    assert "It has taken no record for some time" in page.text
    assert [row[-1] for row in page.rows if row[:2] == ["intake", "badging.badges"]] == ["Does not move"]

    one = await look(console, "/ops/consumers/intake")
    assert one.rows[1][:5] == ["badging.badges", "0", "nothing yet", "3", "3"]
    assert len(one.rows) == 1 + len(await console.items("consumers", consumer="intake"))


async def test_samples_are_kept_for_a_quarter_of_an_hour(console: Console) -> None:
    ops, now = console.service, datetime.now(UTC)
    offsets = Offsets(beginnings={}, ends={}, committed={})
    snapshot = Snapshot(now.timestamp(), offsets, [Lag("intake", "payments.fees", 0, 1, 4, 3, 2.0)])
    for minutes in (0, 15, 16):
        async with ops.database.transaction() as tx:
            await consumers.keep_samples(tx, pace.progress_of(snapshot.lags), now + timedelta(minutes=minutes))
    rows = await ops.database.pool.fetch("SELECT at, consumer, topic, position, records FROM lag_samples ORDER BY at")
    assert [tuple(row) for row in rows] == [
        (now + timedelta(minutes=minutes), "intake", "payments.fees", 1, 3) for minutes in (15, 16)
    ]


async def test_without_kafka_no_sample_is_taken(console: Console) -> None:
    await console.service.run_job("sample-lag")
    assert await console.service.database.pool.fetchval("SELECT count(*) FROM lag_samples") == 0


def test_pages_are_read_as_they_are() -> None:
    page = Page(httpx.Response(200, text="<h1>A <b>b</b></h1><table><tr><th>x</th><td>1 <i>2</i></td></tr></table>"))
    assert (page.headings, page.rows, page.text) == (["A b"], [["x", "1 2"]], "A b x 1 2")


async def test_it_is_said_in_spanish(console: Console) -> None:
    operator = await console.service.add_person(roles=("operator",), language="es")
    page = await look(Console(console.service, operator))
    assert page.headings[:3] == ["Consola", "Kafka no responde", "Lo que necesita a una persona"]
