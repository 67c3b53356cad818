"""Refunds: in parts, and never more than what remains."""

import asyncio

import pytest
import stripe

from tests.component.devstack.running import Sandbox


async def test_parts_are_refunded_until_nothing_remains(sandbox: Sandbox) -> None:
    paid = await sandbox.paid("a-1")
    refunds, charges = sandbox.stripe.v1.refunds, sandbox.stripe.v1.charges
    first = await refunds.create_async(
        params={"payment_intent": paid.payment_intent, "amount": 2000, "metadata": {"application_id": "a-1"}}
    )
    assert (first.amount, first.status, first.currency, first.metadata.to_dict()) == (
        2000,
        "succeeded",
        "usd",
        {"application_id": "a-1"},
    )
    charge = await charges.retrieve_async(first.charge)
    assert (charge.amount_refunded, charge.refunded) == (2000, False)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await refunds.create_async(params={"charge": charge.id, "amount": 4001})
    assert (refused.value.param, refused.value.user_message) == (
        "amount",
        "Refund amount ($40.01) is greater than unrefunded amount on charge ($40.00)",
    )
    rest = await refunds.create_async(params={"charge": charge.id, "reason": "requested_by_customer"})
    assert (rest.amount, rest.reason) == (4000, "requested_by_customer")
    charge = await charges.retrieve_async(charge.id, params={"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded, [each.id for each in charge.refunds.data]) == (
        6000,
        True,
        [rest.id, first.id],
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await refunds.create_async(params={"charge": charge.id})
    assert refused.value.code == "charge_already_refunded"
    assert [each.id for each in (await refunds.list_async(params={"payment_intent": paid.payment_intent})).data] == [
        rest.id,
        first.id,
    ]
    assert (
        await refunds.retrieve_async(first.id, params={"expand": ["balance_transaction"]})
    ).balance_transaction.net == -2000


async def test_more_than_was_paid_is_refused(sandbox: Sandbox) -> None:
    paid = await sandbox.paid()
    with pytest.raises(
        stripe.InvalidRequestError, match=r"Refund amount \(\$60\.01\) is greater than charge amount \(\$60\.00\)"
    ):
        await sandbox.stripe.v1.refunds.create_async(params={"payment_intent": paid.payment_intent, "amount": 6001})
    assert (await sandbox.stripe.v1.refunds.list_async(params={"payment_intent": paid.payment_intent})).data == []


async def test_only_what_was_paid_is_refunded(sandbox: Sandbox) -> None:
    session = await sandbox.begin()
    await sandbox.pay(session.id, "4000000000000002")
    tried = await sandbox.stripe.v1.checkout.sessions.retrieve_async(session.id, params={"expand": ["payment_intent"]})
    for params in ({"payment_intent": tried.payment_intent.id}, {"charge": tried.payment_intent.latest_charge}, {}):
        with pytest.raises(stripe.InvalidRequestError):
            await sandbox.stripe.v1.refunds.create_async(params=params)  # type: ignore[arg-type]


async def test_refunds_at_once_never_exceed_what_was_paid(sandbox: Sandbox) -> None:
    paid = await sandbox.paid()
    refund = sandbox.stripe.v1.refunds.create_async
    answers = await asyncio.gather(
        *(refund(params={"payment_intent": paid.payment_intent, "amount": 2500}) for _ in range(8)),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["InvalidRequestError"] * 6 + ["Refund"] * 2
