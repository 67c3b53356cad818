"""Checkout Sessions: created, paid or declined on the hosted page, expired."""

from devstack.stripe_sandbox import money, objects
from devstack.stripe_sandbox.cards import Card, Decline
from devstack.stripe_sandbox.parameters import CreateSession
from devstack.stripe_sandbox.refusals import Json, Refusal, missing_object
from devstack.stripe_sandbox.sandbox import Sandbox, Tx, new_id

SHORTEST = 30 * 60
LONGEST = 24 * 3600
LEAST_AMOUNT = 50
MOST_AMOUNT = 99_999_999


class NotOpen(Exception):
    """The session was paid or has expired, so nobody can pay it."""


def create(tx: Tx, asked: CreateSession) -> Json:
    expires_at = asked.expires_at if asked.expires_at is not None else tx.now + LONGEST
    if expires_at < tx.now + SHORTEST:
        raise Refusal(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
            saved=True,
        )
    if expires_at > tx.now + LONGEST:
        raise Refusal(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
            saved=True,
        )
    if len({line.price_data.currency for line in asked.line_items}) > 1:
        raise Refusal(
            "All line items of a Checkout Session must have the same currency.", param="line_items", saved=True
        )
    total = sum(line.price_data.unit_amount * line.quantity for line in asked.line_items)
    if total < LEAST_AMOUNT:
        raise Refusal(
            "The Checkout Session's total amount due must add up to at least $0.50.",
            code="amount_too_small",
            param="line_items",
            saved=True,
        )
    if total > MOST_AMOUNT:
        raise Refusal(
            "The Checkout Session's total amount due must be no more than $999,999.99.",
            code="amount_too_large",
            param="line_items",
            saved=True,
        )
    session_id = new_id("cs_test", 58)
    item_ids = [(new_id("li"), new_id("price"), new_id("prod")) for _ in asked.line_items]
    url = f"{tx.public_url}/c/pay/{session_id}"
    created = objects.session(
        asked, session_id=session_id, item_ids=item_ids, now=tx.now, expires_at=expires_at, url=url
    )
    tx.store.put(created)
    return created


def expire(tx: Tx, session_id: str) -> Json:
    """Expire a session for the API; only an open one can be expired."""
    session = find(tx, session_id)
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout'
            f" Session has a status of `{session['status']}`.",
            param="session",
            saved=True,
        )
    return _expired(tx, session)


def find(tx: Tx, session_id: str) -> Json:
    session = tx.store.get(session_id)
    if session is None or session["object"] != "checkout.session":
        raise missing_object("checkout.session", session_id, "session")
    return session


def expire_overdue(sandbox: Sandbox) -> None:
    """Expire every open session that is overdue by the sandbox's clock."""
    overdue = sandbox.store.overdue(sandbox.clock.now())
    if not overdue:
        return
    with sandbox.transaction() as tx:
        for session in overdue:
            _expired(tx, session)


def pay(
    tx: Tx, session_id: str, card: Card, name: str | None = None, email: str | None = None
) -> tuple[Json, Decline | None]:
    """Try a card on an open session. If the card is declined, the session stays open for another. Raises NotOpen."""
    session = find(tx, session_id)
    if session["status"] != "open":
        raise NotOpen(session["status"])
    email = session["customer_email"] or email
    intent = _intent_of(tx, session)
    charge = _charged(tx, intent, card, name, email)
    if card.decline is not None:
        intent |= {"latest_charge": charge["id"], "last_payment_error": money.payment_error(charge, card)}
        tx.store.put(intent)
        session["payment_intent"] = intent["id"]
        tx.store.put(session)
        tx.emit("charge.failed", charge)
        tx.emit("payment_intent.payment_failed", intent)
        return session, card.decline
    intent |= {
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "status": "succeeded",
    }
    tx.store.put(intent)
    details: Json = {"address": None, "email": email, "name": name, "phone": None, "tax_exempt": "none", "tax_ids": []}
    session |= {
        "customer_details": details,
        "payment_intent": intent["id"],
        "payment_status": "paid",
        "status": "complete",
        "url": None,
    }
    tx.store.put(session)
    tx.emit("charge.succeeded", charge)
    tx.emit("payment_intent.succeeded", intent)
    tx.emit("checkout.session.completed", session)
    return session, None


def return_address(session: Json) -> str:
    """Where the customer goes after paying: `success_url` with the session's id filled in."""
    address: str = session["success_url"]
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"]).replace("%7BCHECKOUT_SESSION_ID%7D", session["id"])


def _intent_of(tx: Tx, session: Json) -> Json:
    begun = tx.store.get(session["payment_intent"]) if session["payment_intent"] else None
    return begun or money.payment_intent(session, intent_id=new_id("pi"), secret=new_id("s"), now=tx.now)


def _charged(tx: Tx, intent: Json, card: Card, name: str | None, email: str | None) -> Json:
    charge_id = new_id("ch")
    charge = money.charge(
        intent,
        card,
        charge_id=charge_id,
        method_id=new_id("pm"),
        transaction_id=None if card.decline else new_id("txn"),
        now=tx.now,
        receipt_url=f"{tx.public_url}/receipts/{charge_id}",
        name=name,
        email=email,
    )
    if charge["balance_transaction"]:
        tx.store.put(money.balance_transaction(charge, transaction_id=charge["balance_transaction"], now=tx.now))
    tx.store.put(charge)
    return charge


def _expired(tx: Tx, session: Json) -> Json:
    session |= {"status": "expired", "url": None}
    tx.store.put(session)
    tx.emit("checkout.session.expired", session)
    return session
