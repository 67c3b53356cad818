"""Controls for tests in the sandbox: clock, switches, journal. A killed sandbox knows everything again."""

from typing import Any

import pytest
import stripe

from tests.component.devstack.running import Sandbox, wanted
from tests.waiting import until


async def test_the_clock_moves_the_file_and_the_sandbox(own_sandbox: Sandbox) -> None:
    assert (await own_sandbox.http.get("/sandbox/clock")).json()["offset_seconds"] == 0
    session = await own_sandbox.begin()
    answer = await own_sandbox.http.put("/sandbox/clock", json={"offset_seconds": 86_400})
    assert (answer.status_code, answer.json()["offset_seconds"], own_sandbox.clock_file.read_text()) == (
        200,
        86_400,
        "86400",
    )
    assert (await own_sandbox.stripe.v1.checkout.sessions.retrieve_async(session.id)).status == "expired"
    await until(lambda: own_sandbox.endpoint.received)
    assert [event["type"] for event in own_sandbox.endpoint.events(own_sandbox.secret)] == ["checkout.session.expired"]
    await own_sandbox.process.restart()
    assert (await own_sandbox.http.get("/sandbox/clock")).json()["offset_seconds"] == 86_400
    await own_sandbox.http.put("/sandbox/clock", json={"offset_seconds": -1.5})
    assert own_sandbox.clock_file.read_text() == "-1.5"
    assert sorted(path.name for path in own_sandbox.clock_file.parent.iterdir()) == ["clock", "log", "secret", "state"]


async def test_a_session_expires_at_its_own_time(sandbox: Sandbox) -> None:
    now = (await sandbox.http.get("/sandbox/clock")).json()["now"]
    session = await sandbox.begin(expires_at=now + 1860)
    await sandbox.http.put("/sandbox/clock", json={"offset_seconds": 1700})
    assert (await sandbox.stripe.v1.checkout.sessions.retrieve_async(session.id)).status == "open"
    await sandbox.http.put("/sandbox/clock", json={"offset_seconds": 1858})
    await until(lambda: sandbox.endpoint.received, 15)  # nobody asks for it, and it expires
    assert [event["data"]["object"]["id"] for event in sandbox.endpoint.events(sandbox.secret)] == [session.id]


async def test_switches_are_told_with_the_secret_and_can_be_sent_back(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/webhooks", json={"copies": 2, "delay_ms": 5, "shuffle": True, "drop": 0.25})
    told = (await sandbox.http.get("/sandbox/webhooks")).json()
    assert told == {
        "copies": 2,
        "delay_ms": 5,
        "shuffle": True,
        "drop": 0.25,
        "secret": sandbox.secret,
        "url": sandbox.endpoint.url,
        "pending": 0,
    }
    assert (await sandbox.http.put("/sandbox/webhooks", json=told)).json() == told
    assert (await sandbox.http.put("/sandbox/webhooks", json={"drop": 1})).json() == told | {
        "copies": 1,
        "delay_ms": 0,
        "shuffle": False,
        "drop": 1.0,
    }


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("webhooks", {"copies": -1}, "copies"),
        ("webhooks", {"drop": 1.5}, "drop"),
        ("webhooks", {"speed": 1}, "speed"),
        ("clock", {"offset_seconds": "soon"}, "offset_seconds"),
        ("clock", {}, "offset_seconds"),
        ("api", {"lose_answers": 2}, "lose_answers"),
        ("sessions/cs_test_x/pay", {"card": "4242"}, "card"),
    ],
)
async def test_a_wrong_switch_names_its_field_and_changes_nothing(
    sandbox: Sandbox, path: str, body: dict[str, Any], field: str
) -> None:
    before = [(await sandbox.http.get(f"/sandbox/{each}")).json() for each in ("webhooks", "api")]
    answer = await (sandbox.http.post if path.endswith("pay") else sandbox.http.put)(f"/sandbox/{path}", json=body)
    assert (
        answer.status_code,
        answer.headers["content-type"],
        [each["field"] for each in answer.json()["errors"]],
    ) == (
        422,
        "application/problem+json",
        [field],
    )
    assert [(await sandbox.http.get(f"/sandbox/{each}")).json() for each in ("webhooks", "api")] == before
    assert sandbox.clock_file.read_text() == "0"


async def test_what_is_not_json_is_refused(sandbox: Sandbox) -> None:
    for body in (b"{", b"[]", b"NaN"):
        assert (await sandbox.http.put("/sandbox/clock", content=body)).status_code == 422


async def test_the_journal_keeps_what_was_asked_in_order(sandbox: Sandbox) -> None:
    assert (await sandbox.http.delete("/sandbox/requests")).status_code == 204
    await sandbox.stripe.v1.checkout.sessions.create_async(params=wanted("a-1"), options={"idempotency_key": "journal"})  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.stripe.v1.refunds.create_async(params={"charge": "ch_no", "amount": 5})
    await sandbox.stripe.v1.charges.list_async(params={"limit": 3})
    answer = (await sandbox.http.get("/sandbox/requests")).json()
    assert [(item["method"], item["path"]) for item in answer["items"]] == [
        ("POST", "/v1/checkout/sessions"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/charges"),
    ]
    assert [item["params"] for item in answer["items"][1:]] == [{"charge": "ch_no", "amount": "5"}, {"limit": "3"}]
    first = answer["items"][0]
    assert (
        first["idempotency_key"],
        first["params"]["metadata"],
        first["params"]["line_items"][0]["price_data"]["unit_amount"],
    ) == (
        "journal",
        {"application_id": "a-1"},
        "6000",
    )
    refunds = (await sandbox.http.get("/sandbox/requests", params={"path": "/v1/refunds"})).json()
    assert [item["path"] for item in refunds["items"]] == ["/v1/refunds"]
    rest = (await sandbox.http.get("/sandbox/requests", params={"after": first["id"], "limit": 1})).json()
    assert ([item["path"] for item in rest["items"]], rest["next"]) == (["/v1/refunds"], str(refunds["items"][0]["id"]))


async def test_a_killed_sandbox_knows_everything_again(own_sandbox: Sandbox) -> None:
    create = own_sandbox.stripe.v1.checkout.sessions.create_async
    first = await create(params=wanted("a-1"), options={"idempotency_key": "kept"})  # type: ignore[arg-type]
    await own_sandbox.pay(first.id)
    await own_sandbox.http.put("/sandbox/webhooks", json={"copies": 2})
    paid = await own_sandbox.stripe.v1.checkout.sessions.retrieve_async(
        first.id, params={"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    secret, journal = own_sandbox.secret, (await own_sandbox.http.get("/sandbox/requests")).json()
    await own_sandbox.process.restart()
    assert (await own_sandbox.http.get("/sandbox/requests")).json() == journal
    again = await own_sandbox.stripe.v1.checkout.sessions.retrieve_async(
        first.id, params={"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    assert again.to_dict() == paid.to_dict()
    assert (await create(params=wanted("a-1"), options={"idempotency_key": "kept"})).to_dict() == first.to_dict()  # type: ignore[arg-type]
    assert (await own_sandbox.http.get("/sandbox/webhooks")).json() | {"pending": 0} == {
        "copies": 2,
        "delay_ms": 0,
        "shuffle": False,
        "drop": 0.0,
        "secret": secret,
        "url": own_sandbox.endpoint.url,
        "pending": 0,
    }


async def test_it_says_that_it_lives(sandbox: Sandbox) -> None:
    for path in ("/livez", "/readyz"):
        answer = await sandbox.http.get(path)
        assert (answer.status_code, answer.json()) == (200, {"http": {"status": "ok"}})
