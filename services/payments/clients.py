"""Stripe (API version 2026-10-28.endive): Checkout Sessions, charges, refunds, and the signature of its webhooks."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import aiohttp
import orjson
import stripe

from contracts.claims import Money
from services.payments.domain.checkouts import Report

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

HEARD = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
"""The event types to subscribe the webhook endpoint to; others are acknowledged and dropped."""
TOLERANCE_SECONDS = 300

T = TypeVar("T")


class Unreachable(Exception):
    """No answer, or none that says anything of the request: the same again, under the same key, is right."""


class KeySpent(Exception):
    """The idempotency key will never give what was asked for (it keeps an error, or other parameters): the next attempt needs another."""


class Rejected(Exception):
    """Stripe understood and said no. `code` is Stripe's (https://docs.stripe.com/error-codes)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadSignature(Exception):
    """Not signed by Stripe with our secret, or too long ago."""


class NotOurs(Exception):
    """A signed event that is not for us: another type, or a session of another product on the same account."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A page to open: for what, how much, where the person goes afterwards."""

    application_id: UUID
    attempt: int
    amount: Money
    credential: str
    email: str
    return_url: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A page as Stripe has it. `url` is None once it is not open any more."""

    url: str | None
    expires_at: datetime
    report: Report


@dataclass(frozen=True, slots=True)
class Charge:
    """What Stripe took for a payment (None: not known yet), whether it went back whole, and the address of its receipt."""

    fee: Money | None
    refunded: bool
    receipt_url: str | None


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund at Stripe; `status`: pending, requires_action, succeeded, failed, canceled."""

    refund_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook's event, as far as it concerns us. Nothing personal is kept of it."""

    event_id: str
    type: str
    report: Report


class Stripe:
    """One client for one account. Make it inside the running loop; `close` it there."""

    def __init__(self, api_key: str, webhook_secret: str, base: str, timeout_seconds: float, retries: int) -> None:
        self._webhook_secret = webhook_secret
        # A number of seconds would be read as the total by stripe and warned about by aiohttp.
        timeout: Any = aiohttp.ClientTimeout(total=timeout_seconds)
        self._http = stripe.AIOHTTPClient(timeout=timeout)
        self._v1 = stripe.StripeClient(api_key, base_addresses={"api": base.rstrip("/")}, max_network_retries=retries, http_client=self._http).v1

    async def open_page(self, offer: Offer) -> Opened:
        """Open a Checkout page, or get the one that was opened under the same key. Raises Unreachable, KeySpent, Rejected."""
        metadata = {"application_id": str(offer.application_id), "attempt": str(offer.attempt)}
        params: SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": str(offer.application_id),
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": f"Application fee, {offer.credential}"},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": offer.amount.currency,
                        "unit_amount": offer.amount.amount_minor,
                        "product_data": {"name": "Application fee", "description": offer.credential},
                    },
                }
            ],
            "success_url": f"{offer.return_url}?from=checkout",
            "cancel_url": offer.return_url,
        }
        if offer.email:
            params["customer_email"] = offer.email
        return _opened(await _asked(self._v1.checkout.sessions.create_async(params, {"idempotency_key": offer.idempotency_key})))

    async def page(self, session_id: str) -> Opened:
        """A Checkout page as it stands. Raises Unreachable, Rejected."""
        return _opened(await _asked(self._v1.checkout.sessions.retrieve_async(session_id)))

    async def charge(self, payment_intent: str) -> Charge:
        """The charge that paid a payment intent. Raises Unreachable, Rejected."""
        intent = await _asked(self._v1.payment_intents.retrieve_async(payment_intent, {"expand": ["latest_charge.balance_transaction"]}))
        charge = intent.latest_charge
        if not isinstance(charge, stripe.Charge):
            return Charge(None, False, None)
        taken = charge.balance_transaction
        fee = Money(amount_minor=taken.fee, currency=taken.currency) if isinstance(taken, stripe.BalanceTransaction) else None
        return Charge(fee, charge.refunded, charge.receipt_url)

    async def give_back(self, payment_intent: str, amount: Money, application_id: UUID, idempotency_key: str) -> Refund:
        """Refund a payment whole. Raises Unreachable, KeySpent, Rejected (code `charge_already_refunded` where it went back before)."""
        refund = await _asked(
            self._v1.refunds.create_async(
                {"payment_intent": payment_intent, "amount": amount.amount_minor, "metadata": {"application_id": str(application_id)}},
                {"idempotency_key": idempotency_key},
            )
        )
        return Refund(refund.id, refund.status or "pending")

    async def refund(self, refund_id: str) -> Refund:
        """A refund as it stands. Raises Unreachable, Rejected."""
        refund = await _asked(self._v1.refunds.retrieve_async(refund_id))
        return Refund(refund.id, refund.status or "pending")

    def read_webhook(self, body: bytes, signature: str | None) -> Notice:
        """What a webhook says, if Stripe signed exactly these bytes within five minutes of the machine's time. Raises BadSignature, NotOurs.

        Stripe signs in real time, so the devstack's shifted clock has no part in this.
        """
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._webhook_secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise BadSignature(str(error)) from None
        try:
            event = orjson.loads(body)
            if event["type"] not in HEARD:
                raise NotOurs(f"the type {event['type']}")
            return Notice(event["id"], event["type"], _report(event["data"]["object"]))
        except (KeyError, TypeError, ValueError) as error:
            raise NotOurs(f"not a session of ours: {error!r}") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


async def _asked(call: Awaitable[T]) -> T:
    try:
        return await call
    except stripe.IdempotencyError as error:
        if error.code == "idempotency_key_in_use":
            raise Unreachable(str(error)) from error
        raise KeySpent(str(error)) from error
    except (stripe.RateLimitError, stripe.APIConnectionError, stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Unreachable(str(error)) from error
    except stripe.InvalidRequestError as error:
        raise Rejected(error.code or "", str(error)) from error
    except stripe.StripeError as error:
        # Stripe keeps an internal error for the key, too, and says so when it repeats it.
        if (error.headers or {}).get("Idempotent-Replayed", "").lower() == "true":
            raise KeySpent(str(error)) from error
        raise Unreachable(str(error)) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        # The library turns only what happens before an answer's body into an error of its own.
        raise Unreachable(repr(error)) from error


def _opened(session: stripe.checkout.Session) -> Opened:
    try:
        return Opened(session.url, datetime.fromtimestamp(session.expires_at, UTC), _report(session.to_dict()))
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected("session_not_ours", f"Stripe's session {session.id} does not say which application it is for: {error!r}") from None


def _report(session: dict[str, Any]) -> Report:
    intent = session.get("payment_intent")
    return Report(
        session_id=session["id"],
        application_id=UUID(session["metadata"]["application_id"]),
        attempt=int(session["metadata"]["attempt"]),
        status=session["status"],
        payment_status=session["payment_status"],
        amount=Money(amount_minor=session["amount_total"] or 0, currency=session["currency"] or "usd"),
        payment_intent=intent["id"] if isinstance(intent, dict) else intent,
    )
