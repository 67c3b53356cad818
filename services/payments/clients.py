"""Stripe (API version 2026-10-28.endive): Checkout Sessions, charges, refunds, and the signature of its webhooks."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import aiohttp
import orjson

from contracts.claims import Money
from services.payments.domain.checkouts import Report
from services.payments.lean_stripe import stripe

if TYPE_CHECKING:
    from stripe.params import PaymentIntentRetrieveParams, RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

HEARD = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
"""The event types for the webhook endpoint. Others are acknowledged and dropped."""
TOLERANCE_SECONDS = 300


class Unreachable(Exception):
    """There was no answer, or none about the request itself. The same call with the same key may be repeated."""


class KeySpent(Exception):
    """The idempotency key can never succeed, because it keeps an error or other parameters. The next attempt needs
    another key."""


class Rejected(Exception):
    """Stripe refused the call. `code` is Stripe's (https://docs.stripe.com/error-codes)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadSignature(Exception):
    """The webhook is not signed by Stripe with our secret, or was signed too long ago."""


class NotOurs(Exception):
    """A signed event that is not for us: of another type, or about a session of another product on the same account."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A page to open: what is paid for, the amount, and where the person goes afterwards. `fee_id`: the fee that it is
    for."""

    fee_id: UUID
    attempt: int
    amount: Money
    credential: str
    email: str
    return_url: str
    idempotency_key: str
    of_application: UUID
    renewal: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A page as Stripe has it. `url` is None once it is not open any more."""

    url: str | None
    expires_at: datetime
    report: Report


@dataclass(frozen=True, slots=True)
class Charge:
    """Stripe's fee for a payment (None: not known yet), whether the payment went back whole, and the address of its
    receipt."""

    fee: Money | None
    refunded: bool
    receipt_url: str | None


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund at Stripe; `status`: pending, requires_action, succeeded, failed, canceled."""

    refund_id: str
    status: str


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """The part of a webhook's event that we use. It has no personal data."""

    event_id: str
    type: str
    report: Report


class Stripe:
    """One client for one account. Make it inside the running loop; `close` it there.

    Answers are read as plain JSON: the library's typed objects cost milliseconds a call and 2 MB of modules.
    """

    def __init__(self, api_key: str, webhook_secret: str, base: str, timeout_seconds: float, retries: int) -> None:
        self._webhook_secret = webhook_secret
        # The stripe library takes any value here; aiohttp warns about a bare number.
        timeout: Any = aiohttp.ClientTimeout(total=timeout_seconds)
        self._http = stripe.AIOHTTPClient(timeout=timeout)
        self._client = stripe.StripeClient(
            api_key, base_addresses={"api": base.rstrip("/")}, max_network_retries=retries, http_client=self._http
        )

    async def open_page(self, offer: Offer) -> Opened:
        """Open a Checkout page, or get the one that was opened under the same key. Raises Unreachable, KeySpent,
        Rejected."""
        metadata = {"application_id": str(offer.of_application), "attempt": str(offer.attempt)}
        if offer.renewal:
            metadata["fee_id"] = str(offer.fee_id)
        name = "Renewal fee" if offer.renewal else "Application fee"
        params: SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": str(offer.of_application),
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": f"{name}, {offer.credential}"},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": offer.amount.currency,
                        "unit_amount": offer.amount.amount_minor,
                        "product_data": {"name": name, "description": offer.credential},
                    },
                }
            ],
            "success_url": f"{offer.return_url}?from=checkout",
            "cancel_url": offer.return_url,
        }
        if offer.email:
            params["customer_email"] = offer.email
        return _opened(
            await self._ask("post", "/v1/checkout/sessions", {**params, "idempotency_key": offer.idempotency_key})
        )

    async def page(self, session_id: str) -> Opened:
        """The present state of a Checkout page. Raises Unreachable, Rejected."""
        return _opened(await self._ask("get", f"/v1/checkout/sessions/{session_id}", {}))

    async def charge(self, payment_intent: str) -> Charge:
        """The charge that paid a payment intent. Raises Unreachable, Rejected."""
        params: PaymentIntentRetrieveParams = {"expand": ["latest_charge.balance_transaction"]}
        charge = (await self._ask("get", f"/v1/payment_intents/{payment_intent}", {**params})).get("latest_charge")
        if not isinstance(charge, dict):
            return Charge(None, False, None)
        taken = charge.get("balance_transaction")
        fee = Money(amount_minor=taken["fee"], currency=taken["currency"]) if isinstance(taken, dict) else None
        return Charge(fee, charge["refunded"], charge.get("receipt_url"))

    async def give_back(self, payment_intent: str, amount: Money, application_id: UUID, idempotency_key: str) -> Refund:
        """Refund a payment whole. Raises Unreachable, KeySpent, Rejected (code `charge_already_refunded` if it went
        back before)."""
        params: RefundCreateParams = {
            "payment_intent": payment_intent,
            "amount": amount.amount_minor,
            "metadata": {"application_id": str(application_id)},
        }
        refund = await self._ask("post", "/v1/refunds", {**params, "idempotency_key": idempotency_key})
        return Refund(refund["id"], refund.get("status") or "pending")

    async def refund(self, refund_id: str) -> Refund:
        """The present state of a refund. Raises Unreachable, Rejected."""
        refund = await self._ask("get", f"/v1/refunds/{refund_id}", {})
        return Refund(refund["id"], refund.get("status") or "pending")

    def read_webhook(self, body: bytes, signature: str | None) -> StripeEvent:
        """Read a webhook. Stripe must have signed exactly these bytes within five minutes of the machine's time. Raises
        BadSignature, NotOurs.

        Stripe signs with real time, so the devstack's shifted clock is not used here.
        """
        if signature is not None and not signature.isascii():  # the library's comparison fails on such text
            raise BadSignature("the header has characters beyond ASCII")
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._webhook_secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise BadSignature(str(error)) from None
        try:
            event = orjson.loads(body)
            if event["type"] not in HEARD:
                raise NotOurs(f"the type {event['type']}")
            return StripeEvent(event["id"], event["type"], _report(event["data"]["object"]))
        except (KeyError, TypeError, ValueError) as error:
            raise NotOurs(f"not a session of ours: {error!r}") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def _ask(self, method: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._client.raw_request_async(method, path, **params)
        except stripe.IdempotencyError as error:
            raise KeySpent(str(error)) from error
        except (
            stripe.RateLimitError,
            stripe.APIConnectionError,
            stripe.AuthenticationError,
            stripe.PermissionError,
        ) as error:
            raise Unreachable(str(error)) from error
        except (stripe.InvalidRequestError, stripe.CardError) as error:
            raise Rejected(error.code or "", str(error)) from error
        except stripe.StripeError as error:
            # Stripe keeps an internal error for the key too, and says so when it repeats it.
            if (error.headers or {}).get("Idempotent-Replayed", "").lower() == "true":
                raise KeySpent(str(error)) from error
            raise Unreachable(str(error)) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The library makes its own errors only of failures before an answer's body.
            raise Unreachable(repr(error)) from error
        data: dict[str, Any] = answer.data
        return data


def _opened(session: dict[str, Any]) -> Opened:
    try:
        return Opened(session["url"], datetime.fromtimestamp(session["expires_at"], UTC), _report(session))
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected(
            "session_not_ours",
            f"Stripe's session {session.get('id')} does not say which application it is for: {error!r}",
        ) from None


def _report(session: dict[str, Any]) -> Report:
    intent = session.get("payment_intent")
    return Report(
        session_id=session["id"],
        application_id=UUID(session["metadata"].get("fee_id") or session["metadata"]["application_id"]),
        attempt=int(session["metadata"]["attempt"]),
        status=session["status"],
        payment_status=session["payment_status"],
        amount=Money(amount_minor=session["amount_total"] or 0, currency=session["currency"] or "usd"),
        payment_intent=intent["id"] if isinstance(intent, dict) else intent,
    )
