"""Payment intent, charge, balance transaction and refund in the shape of API version 2026-10-28.endive. Pure: ids and
times come as arguments."""

from devstack.stripe_sandbox.cards import Card
from devstack.stripe_sandbox.parameters import CreateRefund
from devstack.stripe_sandbox.refusals import Json

_STATEMENT = "MICROCRED"


def fee_of(amount: int) -> int:
    """Stripe's fee of a card payment, in minor units: 2.9 % rounded half up, and 30."""
    return (amount * 29 + 500) // 1000 + 30


def payment_intent(of: Json, *, intent_id: str, secret: str, now: int) -> Json:
    """The payment that a session's customer began. Nothing is paid yet."""
    data = of["payment_intent_data"]
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": of["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{secret}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": of["currency"],
        "customer": None,
        "customer_account": None,
        "description": data["description"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": data["metadata"],
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": of["payment_method_types"],
        "processing": None,
        "receipt_email": data["receipt_email"],
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": data["statement_descriptor_suffix"],
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def charge(
    intent: Json,
    card: Card,
    *,
    charge_id: str,
    method_id: str,
    transaction_id: str | None,
    now: int,
    receipt_url: str,
    name: str | None,
    email: str | None,
) -> Json:
    """One attempt with one card: succeeded, or failed when the card declines."""
    decline, amount, suffix = card.decline, intent["amount"], intent["statement_descriptor_suffix"]
    return {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_captured": 0 if decline else amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": transaction_id,
        "billing_details": {"address": None, "email": email, "name": name, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": f"{_STATEMENT}* {suffix}"[:22] if suffix else _STATEMENT,
        "captured": not decline,
        "created": now,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": {
            "advice_code": "try_again_later" if decline else None,
            "network_status": "declined_by_network" if decline else "approved_by_network",
            "reason": decline.decline_code if decline else None,
            "risk_level": "normal",
            "seller_message": "The bank did not return any further details with this decline."
            if decline
            else "Payment complete.",
            "type": "issuer_declined" if decline else "authorized",
        },
        "paid": not decline,
        "payment_intent": intent["id"],
        "payment_method": method_id,
        "payment_method_details": {
            "card": {
                "brand": card.brand,
                "last4": card.last4,
                "country": "US",
                "funding": "credit",
                "network": card.brand,
            },
            "type": "card",
        },
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None if decline else receipt_url,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": suffix,
        "status": "failed" if decline else "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def payment_error(of_charge: Json, card: Card) -> Json:
    """`last_payment_error` of an intent after a decline."""
    if card.decline is None:
        raise ValueError("the card did not decline")
    return {
        "type": "card_error",
        "charge": of_charge["id"],
        "code": card.decline.code,
        "decline_code": card.decline.decline_code,
        "message": card.decline.message,
        "doc_url": f"https://stripe.com/docs/error-codes/{card.decline.code.replace('_', '-')}",
    }


def balance_transaction(source: Json, *, transaction_id: str, now: int) -> Json:
    """The effect of a charge or refund on the account's balance. A refund does not return Stripe's fee."""
    refunded = source["object"] == "refund"
    amount = -source["amount"] if refunded else source["amount"]
    fee = 0 if refunded else fee_of(source["amount"])
    details = [
        {
            "amount": fee,
            "application": None,
            "currency": source["currency"],
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    return {
        "id": transaction_id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": "REFUND FOR CHARGE" if refunded else source["description"],
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": source["object"],
        "source": source["id"],
        "status": "available",
        "type": source["object"],
    }


def refund(of_charge: Json, asked: CreateRefund, *, amount: int, refund_id: str, transaction_id: str, now: int) -> Json:
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": transaction_id,
        "charge": of_charge["id"],
        "created": now,
        "currency": of_charge["currency"],
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": asked.metadata,
        "payment_intent": of_charge["payment_intent"],
        "reason": asked.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
