"""The sandbox's API, called with Stripe's own client."""

import asyncio
import base64
import time
from typing import Any

import pytest
import stripe

from tests.component.devstack.running import Sandbox, wanted


async def test_a_created_session_says_what_was_asked(sandbox: Sandbox) -> None:
    session = await sandbox.begin("a-1", customer_email="ann@example.org")
    again = await sandbox.stripe.v1.checkout.sessions.retrieve_async(session.id)
    assert again.to_dict() == session.to_dict()
    assert session.to_dict() | {"created": 0, "expires_at": 0, "id": "", "url": ""} == session.to_dict() | {
        "created": 0,
        "expires_at": 0,
        "id": "",
        "url": "",
        "amount_total": 6000,
        "amount_subtotal": 6000,
        "currency": "usd",
        "client_reference_id": "a-1",
        "customer_email": "ann@example.org",
        "metadata": {"application_id": "a-1"},
        "mode": "payment",
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "object": "checkout.session",
        "livemode": False,
    }
    assert session.url == f"{sandbox.process.address}/c/pay/{session.id}"
    assert session.expires_at - session.created == 86_400
    assert "line_items" not in session
    assert "payment_intent_data" not in session


async def test_a_paid_session_leads_to_its_charge_and_stripes_fee(sandbox: Sandbox) -> None:
    paid = await sandbox.paid("a-2")
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    expanded = await sandbox.stripe.v1.checkout.sessions.retrieve_async(
        paid.id, params={"expand": ["line_items", "payment_intent.latest_charge.balance_transaction"]}
    )
    intent = expanded.payment_intent
    charge = intent.latest_charge
    assert (intent.status, intent.amount_received, charge.paid, charge.amount, charge.metadata.to_dict()) == (
        "succeeded",
        6000,
        True,
        6000,
        {"application_id": "a-2"},
    )
    transaction = charge.balance_transaction
    assert (transaction.amount, transaction.fee, transaction.net, transaction.type, transaction.source) == (
        6000,
        204,
        5796,
        "charge",
        charge.id,
    )
    assert [(item.amount_total, item.quantity) for item in expanded.line_items.data] == [(6000, 1)]
    assert (await sandbox.stripe.v1.payment_intents.retrieve_async(intent.id)).latest_charge == charge.id
    assert (await sandbox.stripe.v1.balance_transactions.retrieve_async(transaction.id)).net == 5796
    assert (
        await sandbox.stripe.v1.charges.retrieve_async(charge.id, params={"expand": ["balance_transaction"]})
    ).balance_transaction.fee == 204


async def test_a_declined_card_leaves_the_session_open(sandbox: Sandbox) -> None:
    session = await sandbox.begin("a-3")
    declined = await sandbox.pay(session.id, "4000000000000002")
    assert (declined.status_code, declined.json()["code"], declined.json()["detail"]) == (
        402,
        "card_declined",
        "Your card was declined.",
    )
    tried = await sandbox.stripe.v1.checkout.sessions.retrieve_async(session.id, params={"expand": ["payment_intent"]})
    assert (tried.status, tried.payment_status, tried.payment_intent.status) == (
        "open",
        "unpaid",
        "requires_payment_method",
    )
    assert tried.payment_intent.last_payment_error.decline_code == "generic_decline"
    assert (await sandbox.pay(session.id)).status_code == 200
    charges = await sandbox.stripe.v1.charges.list_async(params={"payment_intent": tried.payment_intent.id})
    assert [(charge.status, charge.paid, charge.balance_transaction is None) for charge in charges.data] == [
        ("succeeded", True, False),
        ("failed", False, True),
    ]
    assert (await sandbox.pay(session.id)).status_code == 409


def without(params: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}


GOOD = wanted("a-4")
ITEM = GOOD["line_items"][0]
REFUSED = {
    "coupons are not here yet": (
        GOOD | {"discounts": [{"coupon": "WELCOME100"}]},
        "parameter_unknown",
        "discounts",
        "Received unknown parameter: discounts",
    ),
    "several unknown": (
        GOOD | {"colour": "red", "allow_promotion_codes": True},
        "parameter_unknown",
        "colour",
        "Received unknown parameters: colour, allow_promotion_codes",
    ),
    "unknown inside": (
        GOOD | {"line_items": [ITEM | {"colour": "red"}]},
        "parameter_unknown",
        "line_items[0][colour]",
        "Received unknown parameter: line_items[0][colour]",
    ),
    "missing": (without(GOOD, "line_items"), "parameter_missing", "line_items", "Missing required param: line_items."),
    "no number": (
        GOOD | {"line_items": [ITEM | {"quantity": "two"}]},
        "parameter_invalid_integer",
        "line_items[0][quantity]",
        "Invalid integer: two",
    ),
    "another mode": (GOOD | {"mode": "subscription"}, None, "mode", "Invalid mode: must be one of payment"),
    "no address": (GOOD | {"success_url": "nowhere"}, "url_invalid", "success_url", "Not a valid URL"),
    "mixed currencies": (
        GOOD | {"line_items": [ITEM, {"price_data": ITEM["price_data"] | {"currency": "eur"}}]},
        None,
        "line_items",
        "All line items of a Checkout Session must have the same currency.",
    ),
    "too little": (
        GOOD | {"line_items": [{"price_data": ITEM["price_data"] | {"unit_amount": 49}}]},
        "amount_too_small",
        "line_items",
        "The Checkout Session's total amount due must add up to at least $0.50.",
    ),
    "expires too soon": (
        GOOD | {"expires_at": int(time.time()) + 60},
        None,
        "expires_at",
        "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
    ),
    "expires too late": (
        GOOD | {"expires_at": int(time.time()) + 100_000},
        None,
        "expires_at",
        "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
    ),
    "cannot be expanded": (
        GOOD | {"expand": ["customer"]},
        None,
        "expand",
        "This property cannot be expanded (customer).",
    ),
}


@pytest.mark.parametrize(("params", "code", "param", "message"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_wrong_parameter_is_refused_as_stripe_refuses_it(
    sandbox: Sandbox, params: dict[str, Any], code: str | None, param: str, message: str
) -> None:
    before = (await sandbox.stripe.v1.checkout.sessions.list_async(params={"limit": 100})).data
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await sandbox.stripe.v1.checkout.sessions.create_async(params=params)  # type: ignore[arg-type]
    assert (refused.value.http_status, refused.value.code, refused.value.param, refused.value.user_message) == (
        400,
        code,
        param,
        message,
    )
    assert (await sandbox.stripe.v1.checkout.sessions.list_async(params={"limit": 100})).data == before


async def test_an_empty_value_is_refused_with_the_remedy(sandbox: Sandbox) -> None:
    body = (
        "mode=payment&success_url=&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=6000"
    )
    answer = await sandbox.http.post(
        "/v1/checkout/sessions",
        content=body + "&line_items[0][price_data][product_data][name]=Fee",
        headers={"Authorization": "Bearer sk_test_x", "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["param"]) == (
        400,
        "parameter_invalid_empty",
        "success_url",
    )


@pytest.mark.parametrize("key", ["sk_live_x", "pk_test_x", "sk_test_", "nonsense"])
async def test_only_a_secret_test_key_opens(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        await sandbox.client(0, key).v1.charges.list_async()
    assert (refused.value.http_status, refused.value.error.type) == (401, "invalid_request_error")


async def test_a_key_may_come_as_basic_and_must_come(sandbox: Sandbox) -> None:
    basic = base64.b64encode(b"sk_test_x:").decode()
    assert (await sandbox.http.get("/v1/charges", headers={"Authorization": f"Basic {basic}"})).status_code == 200
    none = await sandbox.http.get("/v1/charges")
    assert (none.status_code, none.json()["error"]["message"].partition(".")[0]) == (
        401,
        "You did not provide an API key",
    )


async def test_what_is_not_there_is_404_in_stripes_words(sandbox: Sandbox) -> None:
    session = await sandbox.begin()
    for call, message in (
        (sandbox.stripe.v1.checkout.sessions.retrieve_async("cs_test_no"), "No such checkout.session: 'cs_test_no'"),
        (sandbox.stripe.v1.payment_intents.retrieve_async("pi_no"), "No such payment_intent: 'pi_no'"),
        (sandbox.stripe.v1.charges.retrieve_async(session.id), f"No such charge: '{session.id}'"),
        (sandbox.stripe.v1.refunds.create_async(params={"charge": "ch_no"}), "No such charge: 'ch_no'"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await call
        assert (refused.value.http_status, refused.value.code, refused.value.user_message) == (
            404,
            "resource_missing",
            message,
        )
    for method, path in (("GET", "/v1/customers"), ("DELETE", "/v1/charges"), ("POST", "/v1/events")):
        answer = await sandbox.http.request(method, path, headers={"Authorization": "Bearer sk_test_x"})
        assert (answer.status_code, answer.json()["error"]["message"].partition(").")[0]) == (
            404,
            f"Unrecognized request URL ({method}: {path}",
        )


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"mode": "payment"}', "application/json", 400),
        (b"mode[=payment", "application/x-www-form-urlencoded", 400),
        (b"mode=payment&mode[x]=1", "application/x-www-form-urlencoded", 400),
        (b"a" + b"[b]" * 20 + b"=1", "application/x-www-form-urlencoded", 400),
        (b"mode=%ff", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"x=1&" * 2000, "application/x-www-form-urlencoded", 400),
        (b"a" * 1_100_000, "application/x-www-form-urlencoded", 413),
    ],
    ids=["json", "half a bracket", "value and object", "deep", "not utf-8", "not ascii", "many", "large"],
)
async def test_a_malformed_body_is_a_refusal_not_a_crash(sandbox: Sandbox, body: bytes, kind: str, status: int) -> None:
    answer = await sandbox.http.post(
        "/v1/checkout/sessions", content=body, headers={"Authorization": "Bearer sk_test_x", "Content-Type": kind}
    )
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, "invalid_request_error")


async def test_only_an_open_session_is_expired(sandbox: Sandbox) -> None:
    session = await sandbox.begin()
    expired = await sandbox.stripe.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url, expired.payment_status) == ("expired", None, "unpaid")
    with pytest.raises(stripe.InvalidRequestError, match=r"status of `expired`"):
        await sandbox.stripe.v1.checkout.sessions.expire_async(session.id)
    assert (await sandbox.pay(session.id)).status_code == 409
    paid = await sandbox.paid()
    with pytest.raises(stripe.InvalidRequestError, match=r"status of `complete`"):
        await sandbox.stripe.v1.checkout.sessions.expire_async(paid.id)


async def test_an_abandoned_session_has_expired(sandbox: Sandbox) -> None:
    session = await sandbox.begin()
    first = await sandbox.http.post(f"/sandbox/sessions/{session.id}/abandon")
    assert (first.status_code, first.json()["session"]["status"]) == (200, "expired")
    assert (await sandbox.http.post(f"/sandbox/sessions/{session.id}/abandon")).status_code == 409
    assert (await sandbox.http.post("/sandbox/sessions/cs_test_no/abandon")).status_code == 404


async def test_of_many_who_pay_at_once_one_does(sandbox: Sandbox) -> None:
    session = await sandbox.begin("a-rush")
    answers = await asyncio.gather(*(sandbox.pay(session.id) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    charges = await sandbox.stripe.v1.charges.list_async(params={"metadata": {"application_id": "a-rush"}})  # type: ignore[typeddict-unknown-key]
    assert len(charges.data) == 1
