"""Refunds of a charge, whole or in part, never more than what remains."""

from devstack.stripe_sandbox import money
from devstack.stripe_sandbox.parameters import CreateRefund
from devstack.stripe_sandbox.refusals import Json, Refusal, missing_object
from devstack.stripe_sandbox.sandbox import Tx, new_id


def create(tx: Tx, asked: CreateRefund) -> Json:
    charge = _charge_of(tx, asked)
    remaining = charge["amount"] - charge["amount_refunded"]
    if remaining == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", saved=True)
    amount = asked.amount if asked.amount is not None else remaining
    if amount > remaining:
        of = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        raise Refusal(
            f"Refund amount ({_shown(amount)}) is greater than {of} ({_shown(remaining)})", param="amount", saved=True
        )
    refund = money.refund(
        charge, asked, amount=amount, refund_id=new_id("re"), transaction_id=new_id("txn"), now=tx.now
    )
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge |= {"amount_refunded": charge["amount_refunded"] + amount, "refunded": amount == remaining}
    tx.store.put(refund)
    tx.store.put(money.balance_transaction(refund, transaction_id=refund["balance_transaction"], now=tx.now))
    tx.store.put(charge)
    tx.emit("refund.created", refund)
    tx.emit("charge.refunded", charge, previous=before)
    return refund


def _charge_of(tx: Tx, asked: CreateRefund) -> Json:
    if asked.charge is None and asked.payment_intent is None:
        raise Refusal(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    charge_id = asked.charge
    if asked.payment_intent is not None:
        intent = tx.store.get(asked.payment_intent)
        if intent is None or intent["object"] != "payment_intent":
            raise missing_object("payment_intent", asked.payment_intent, "payment_intent")
        if intent["status"] != "succeeded":
            raise Refusal(
                "This PaymentIntent does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
                saved=True,
            )
        if charge_id is not None and charge_id != intent["latest_charge"]:
            raise Refusal(
                f"Charge {charge_id} is not of PaymentIntent {intent['id']}: send only one of the two.",
                param="charge",
                saved=True,
            )
        charge_id = intent["latest_charge"]
    charge = tx.store.get(charge_id or "")
    if charge is None or charge["object"] != "charge":
        raise missing_object("charge", charge_id or "", "charge")
    if not charge["paid"]:
        raise Refusal(
            f"Charge {charge['id']} was not paid, so it cannot be refunded.",
            code="charge_not_refundable",
            param="charge",
            saved=True,
        )
    return charge


def _shown(minor: int) -> str:
    return f"${minor // 100:,}.{minor % 100:02}"
