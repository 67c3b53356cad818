"""Checkout Session and event in the shape of API version 2026-10-28.endive. Pure: ids and times come as arguments."""

from devstack.stripe_sandbox.parameters import CreateSession, LineItem
from devstack.stripe_sandbox.refusals import Json

API_VERSION = "2026-10-28.endive"


def session(
    asked: CreateSession, *, session_id: str, item_ids: list[tuple[str, str, str]], now: int, expires_at: int, url: str
) -> Json:
    """An open Checkout Session. `item_ids` has (line item, price, product) for each line."""
    currency = asked.line_items[0].price_data.currency
    items = [_line_item(line, ids) for line, ids in zip(asked.line_items, item_ids, strict=True)]
    total = sum(item["amount_total"] for item in items)
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": asked.cancel_url,
        "client_reference_id": asked.client_reference_id,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": "if_required",
        "customer_details": {
            "address": None,
            "email": asked.customer_email,
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": None,
        }
        if asked.customer_email
        else None,
        "customer_email": asked.customer_email,
        "discounts": [],
        "expires_at": expires_at,
        "invoice": None,
        "invoice_creation": {"enabled": False, "invoice_data": {}},
        "line_items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/checkout/sessions/{session_id}/line_items",
        },
        "livemode": False,
        "locale": asked.locale,
        "metadata": asked.metadata,
        "mode": "payment",
        "payment_intent": None,
        "payment_intent_data": asked.payment_intent_data.model_dump(),
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": asked.payment_method_types,
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": asked.submit_type,
        "subscription": None,
        "success_url": asked.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": asked.ui_mode,
        "url": url,
        "wallet_options": None,
    }


def _line_item(line: LineItem, ids: tuple[str, str, str]) -> Json:
    amount = line.price_data.unit_amount * line.quantity
    line_id, price_id, product_id = ids
    return {
        "id": line_id,
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": line.price_data.currency,
        "description": line.price_data.product_data.name,
        "metadata": {},
        "price": {
            "id": price_id,
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "currency": line.price_data.currency,
            "livemode": False,
            "metadata": line.price_data.product_data.metadata,
            "nickname": line.price_data.product_data.description,
            "product": product_id,
            "recurring": None,
            "type": "one_time",
            "unit_amount": line.price_data.unit_amount,
            "unit_amount_decimal": str(line.price_data.unit_amount),
        },
        "quantity": line.quantity,
    }


def event(kind: str, about: Json, *, event_id: str, now: int, request: Json, previous: Json | None) -> Json:
    data: Json = {"object": about}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": request,
        "type": kind,
    }


def public(stored: Json) -> Json:
    """The object as the API shows it without `expand`: without fields that Stripe includes only on demand, or never."""
    return (
        {key: value for key, value in stored.items() if key not in ("line_items", "payment_intent_data")}
        if stored["object"] == "checkout.session"
        else stored
    )
