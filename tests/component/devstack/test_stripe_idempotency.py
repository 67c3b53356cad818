"""Idempotency keys: a repeated request gets the first answer."""

import asyncio

import pytest
import stripe

from tests.component.devstack.running import Sandbox, wanted
from tests.waiting import until


async def test_the_same_key_and_parameters_give_the_same_answer(sandbox: Sandbox) -> None:
    create = sandbox.stripe.v1.checkout.sessions.create_async
    first = await create(params=wanted("a-1"), options={"idempotency_key": "a-1:checkout"})  # type: ignore[arg-type]
    second = await create(params=wanted("a-1"), options={"idempotency_key": "a-1:checkout"})  # type: ignore[arg-type]
    assert second.to_dict() == first.to_dict()
    headers = [
        {name.lower(): value for name, value in answer.last_response.headers.items()} for answer in (first, second)
    ]
    assert [each.get("idempotent-replayed") for each in headers] == [None, "true"]
    assert headers[1]["original-request"] == headers[0]["request-id"] != headers[1]["request-id"]


async def test_the_same_key_with_something_else_is_refused(sandbox: Sandbox) -> None:
    create = sandbox.stripe.v1.checkout.sessions.create_async
    await create(params=wanted("a-1"), options={"idempotency_key": "else"})  # type: ignore[arg-type]
    with pytest.raises(stripe.IdempotencyError) as refused:
        await create(params=wanted("a-2"), options={"idempotency_key": "else"})  # type: ignore[arg-type]
    assert (refused.value.http_status, refused.value.error.type) == (400, "idempotency_error")
    assert "same parameters they were first used with" in str(refused.value)
    with pytest.raises(
        stripe.IdempotencyError, match=r"same endpoint they were first used for \('/v1/checkout/sessions'\)"
    ):
        await sandbox.stripe.v1.refunds.create_async(params={"charge": "ch_x"}, options={"idempotency_key": "else"})


async def test_a_key_in_use_is_a_conflict(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/api", json={"delay_ms": 2_000})
    create = sandbox.stripe.v1.checkout.sessions.create_async
    first = asyncio.create_task(create(params=wanted("a-slow"), options={"idempotency_key": "slow"}))  # type: ignore[arg-type]
    journal = {"path": "/v1/checkout/sessions"}
    await until(lambda: _asked(sandbox, journal, "slow"))
    await sandbox.http.put("/sandbox/api", json={})
    with pytest.raises(stripe.APIError) as refused:
        await create(params=wanted("a-slow"), options={"idempotency_key": "slow"})  # type: ignore[arg-type]
    assert (refused.value.http_status, refused.value.error.code) == (409, "idempotency_key_in_use")
    assert (await first).client_reference_id == "a-slow"


async def _asked(sandbox: Sandbox, journal: dict[str, str], key: str) -> bool:
    items = (await sandbox.http.get("/sandbox/requests", params=journal)).json()["items"]
    return any(item["idempotency_key"] == key for item in items)


async def test_a_lost_answer_is_made_good_by_a_retry_and_done_once(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/api", json={"lose_answers": 1})
    with pytest.raises(stripe.APIError):
        await sandbox.stripe.v1.checkout.sessions.create_async(
            params=wanted("a-unanswered"), options={"idempotency_key": "lost"}
        )  # type: ignore[arg-type]
    await sandbox.http.put("/sandbox/api", json={})
    again = await sandbox.stripe.v1.checkout.sessions.create_async(
        params=wanted("a-unanswered"), options={"idempotency_key": "lost"}
    )  # type: ignore[arg-type]
    made = (await sandbox.stripe.v1.checkout.sessions.list_async(params={"limit": 100})).data
    assert [session.id for session in made if session.client_reference_id == "a-unanswered"] == [again.id]


async def test_stripes_client_retries_by_itself_without_doubling(sandbox: Sandbox) -> None:
    await sandbox.http.put("/sandbox/api", json={"lose_answers": 0.5})
    sessions = sandbox.client(10).v1.checkout.sessions
    made = await asyncio.gather(*(sessions.create_async(params=wanted(f"a-retry-{number}")) for number in range(8)))  # type: ignore[arg-type]
    await sandbox.http.put("/sandbox/api", json={})
    listed = (await sandbox.stripe.v1.checkout.sessions.list_async(params={"limit": 100})).data
    assert {session.id for session in made} == {
        session.id for session in listed if str(session.client_reference_id).startswith("a-retry-")
    }


async def test_a_refusal_of_the_endpoint_is_kept_one_of_the_parameters_is_not(sandbox: Sandbox) -> None:
    refund, paid = sandbox.stripe.v1.refunds.create_async, await sandbox.paid()
    too_much = {"payment_intent": paid.payment_intent, "amount": 7000}
    replayed = []
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await refund(params=too_much, options={"idempotency_key": "kept"})  # type: ignore[arg-type]
        replayed.append((refused.value.headers or {}).get("idempotent-replayed"))
    assert replayed == [None, "true"]
    with pytest.raises(stripe.InvalidRequestError):
        await refund(params={"amount": "x"}, options={"idempotency_key": "free"})  # type: ignore[typeddict-item]
    done = await refund(params={"payment_intent": paid.payment_intent}, options={"idempotency_key": "free"})
    assert done.amount == 6000


async def test_a_key_is_free_again_after_a_day_by_the_sandbox_clock(sandbox: Sandbox) -> None:
    create = sandbox.stripe.v1.checkout.sessions.create_async
    first = await create(params=wanted("a-day"), options={"idempotency_key": "day"})  # type: ignore[arg-type]
    await sandbox.http.put("/sandbox/clock", json={"offset_seconds": 86_500})
    assert (await create(params=wanted("a-day"), options={"idempotency_key": "day"})).id != first.id  # type: ignore[arg-type]


async def test_a_key_has_an_end(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.IdempotencyError, match="1 to 255 characters"):
        await sandbox.stripe.v1.checkout.sessions.create_async(
            params=wanted("a-1"), options={"idempotency_key": "k" * 256}
        )  # type: ignore[arg-type]
