"""Webhooks: signed, sent until a 2xx answer, and disturbed if a test asks for it."""

import time
from collections import Counter
from pathlib import Path

import pytest
import stripe

from tests.component.devstack.running import Sandbox
from tests.waiting import until


async def test_a_payment_is_told_in_three_signed_events(sandbox: Sandbox) -> None:
    paid = await sandbox.paid("a-told")
    await until(lambda: len(sandbox.endpoint.received) == 3)
    await sandbox.quiet()
    events = {event["type"]: event for event in sandbox.endpoint.events(sandbox.secret)}
    assert sorted(events) == ["charge.succeeded", "checkout.session.completed", "payment_intent.succeeded"]
    told = events["checkout.session.completed"]["data"]["object"]
    assert (told["id"], told["payment_status"], told["payment_intent"], told["metadata"]) == (
        paid.id,
        "paid",
        paid.payment_intent,
        {"application_id": "a-told"},
    )
    assert "line_items" not in told
    charge = events["charge.succeeded"]["data"]["object"]
    assert (charge["amount"], charge["payment_intent"], charge["metadata"]) == (
        6000,
        paid.payment_intent,
        {"application_id": "a-told"},
    )
    assert events["charge.succeeded"]["id"] != events["payment_intent.succeeded"]["id"]
    listed = await sandbox.stripe.v1.events.retrieve_async(events["charge.succeeded"]["id"])
    assert listed.data.object.to_dict() == charge


async def test_a_changed_body_or_another_secret_does_not_verify(sandbox: Sandbox) -> None:
    await sandbox.paid()
    await until(lambda: sandbox.endpoint.received)
    body, header = sandbox.endpoint.received[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body.replace(b"6000", b"9000"), header, sandbox.secret)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")


async def test_declines_refunds_and_expiry_are_told_too(sandbox: Sandbox) -> None:
    session = await sandbox.begin("a-many")
    await sandbox.pay(session.id, "4000000000000002")
    await sandbox.pay(session.id)
    paid = await sandbox.stripe.v1.checkout.sessions.retrieve_async(session.id)
    await sandbox.stripe.v1.refunds.create_async(
        params={"payment_intent": paid.payment_intent, "amount": 1500, "metadata": {"application_id": "a-many"}},
        options={"idempotency_key": "a-many:refund"},
    )
    other = await sandbox.begin("a-many")
    await sandbox.http.post(f"/sandbox/sessions/{other.id}/abandon")
    await until(lambda: len(sandbox.endpoint.received) == 8)
    await sandbox.quiet()
    events = {event["type"]: event for event in sandbox.endpoint.events(sandbox.secret, "a-many")}
    assert sorted(events) == [
        "charge.failed",
        "charge.refunded",
        "charge.succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "refund.created",
    ]
    refunded = events["charge.refunded"]
    assert (refunded["data"]["object"]["amount_refunded"], refunded["data"]["object"]["refunded"]) == (1500, False)
    assert refunded["data"]["previous_attributes"] == {"amount_refunded": 0, "refunded": False}
    assert events["refund.created"]["data"]["object"]["amount"] == 1500
    assert events["refund.created"]["request"]["idempotency_key"] == "a-many:refund"
    assert events["checkout.session.expired"]["data"]["object"]["id"] == other.id


async def test_copies_are_the_same_event_again(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/webhooks", json={"copies": 3})
    await sandbox.paid("a-copies")
    await until(lambda: len(sandbox.endpoint.received) == 9)
    await sandbox.quiet()
    counts = Counter((event["type"], event["id"]) for event in sandbox.endpoint.events(sandbox.secret))
    assert sorted((kind, count) for (kind, _), count in counts.items()) == [
        ("charge.succeeded", 3),
        ("checkout.session.completed", 3),
        ("payment_intent.succeeded", 3),
    ]
    assert len({body for body, _ in sandbox.endpoint.received}) == 3


async def test_dropped_webhooks_are_lost_for_good_but_listed(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/webhooks", json={"drop": 1})
    lost = await sandbox.paid("a-lost")
    await sandbox.http.put("/sandbox/webhooks", json={"drop": 0})
    await sandbox.paid("a-kept")
    await until(lambda: len(sandbox.endpoint.received) == 3)
    await sandbox.quiet()
    assert {
        event["data"]["object"]["metadata"]["application_id"] for event in sandbox.endpoint.events(sandbox.secret)
    } == {"a-kept"}
    listed = await sandbox.stripe.v1.events.list_async(params={"type": "checkout.session.completed", "limit": 100})
    assert lost.id in [event.data.object["id"] for event in listed.data]


async def test_a_share_of_the_sendings_is_dropped(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/webhooks", json={"copies": 40, "drop": 0.5})
    await sandbox.paid()
    await sandbox.quiet()
    assert 20 < len(sandbox.endpoint.received) < 100  # of 120, half is lost: outside of this once in 10^13


async def test_shuffled_events_come_in_another_order(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/webhooks", json={"shuffle": True})
    made = [(await sandbox.paid(f"a-{number}")).id for number in range(6)]
    await until(lambda: len(sandbox.endpoint.received) == 18)
    came = [
        event["data"]["object"]["id"]
        for event in sandbox.endpoint.events(sandbox.secret)
        if event["type"] == "checkout.session.completed"
    ]
    assert sorted(came) == sorted(made)
    everything = [event["id"] for event in sandbox.endpoint.events(sandbox.secret)]
    created = [event.id for event in (await sandbox.stripe.v1.events.list_async(params={"limit": 18})).data][::-1]
    assert sorted(everything) == sorted(created)
    assert everything != created


async def test_delayed_events_come_late(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/webhooks", json={"delay_ms": 400})
    before = time.monotonic()
    await sandbox.paid()
    assert sandbox.endpoint.received == []
    await until(lambda: len(sandbox.endpoint.received) == 3)
    assert time.monotonic() - before >= 0.4


async def test_an_event_is_sent_until_it_is_confirmed(sandbox: Sandbox) -> None:
    sandbox.endpoint.statuses[:] = [500, 302, 404, 503, 200]
    await sandbox.paid("a-retried")
    await until(lambda: len(sandbox.endpoint.received) == 7)
    await sandbox.quiet()
    counts = Counter(event["type"] for event in sandbox.endpoint.events(sandbox.secret))
    assert (sorted(counts), sum(counts.values())) == (
        ["charge.succeeded", "checkout.session.completed", "payment_intent.succeeded"],
        7,
    )


async def test_what_was_not_confirmed_is_sent_after_a_restart(own_sandbox: Sandbox) -> None:
    await own_sandbox.endpoint.close()
    paid = await own_sandbox.paid("a-restart")
    assert (await own_sandbox.http.get("/sandbox/webhooks")).json()["pending"] == 3
    await own_sandbox.process.restart()
    assert (await own_sandbox.http.get("/sandbox/webhooks")).json()["pending"] == 3
    await own_sandbox.endpoint.open()
    await own_sandbox.quiet()
    events = own_sandbox.endpoint.events(own_sandbox.secret, "a-restart")
    assert sorted(event["type"] for event in events) == [
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.succeeded",
    ]
    assert {event["data"]["object"].get("payment_intent", paid.payment_intent) for event in events} == {
        paid.payment_intent
    }


@pytest.mark.parametrize("offset", [-40 * 86_400, 40 * 86_400])
async def test_signatures_carry_real_time_whatever_the_clock_of_the_stack(sandbox: Sandbox, offset: int) -> None:
    await sandbox.http.put("/sandbox/clock", json={"offset_seconds": offset})
    session = await sandbox.begin("a-clock")
    assert abs(session.created - (time.time() + offset)) < 60
    await sandbox.pay(session.id)
    await until(lambda: len(sandbox.endpoint.received) == 3)
    stamps = [int(header.partition(",")[0].removeprefix("t=")) for _, header in sandbox.endpoint.received]
    assert all(abs(stamp - time.time()) < 60 for stamp in stamps)
    assert all(abs(event["created"] - (time.time() + offset)) < 60 for event in sandbox.endpoint.events(sandbox.secret))


async def test_an_endpoint_may_subscribe_to_some_events_only(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, "--webhook-events", "checkout.session.completed,charge.refunded")
    await sandbox.open()
    try:
        await sandbox.paid()
        await sandbox.quiet()
        assert [event["type"] for event in sandbox.endpoint.events(sandbox.secret)] == ["checkout.session.completed"]
        assert len((await sandbox.stripe.v1.events.list_async()).data) == 3
    finally:
        await sandbox.close()
