"""HTTP in: what an application's fee is, the page to pay it on, Stripe's webhooks, the books."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.http import (
    AfterPlace,
    Answer,
    BadGateway,
    BadRequest,
    Body,
    answer_once,
    decode_place,
    edge,
    encode_place,
    refused,
)
from chassis.http import page as page_of
from chassis.http.sessions import SignedIn, Staff
from chassis.times import Moment
from contracts.claims import Money
from contracts.refusals import NotNow, NotThere, Text
from services.payments import outside, store, usecases
from services.payments.clients import BadSignature, NotOurs, Rejected, Unreachable
from services.payments.domain import fees
from services.payments.domain.checkouts import Checkout
from services.payments.outside import Desk, NoPage

SHOWN_STATE = {fees.State.MISPAID: "due"}
"""The public state where it is not the inner one; `alert` says more."""


class CheckoutBody(Body):
    """Nothing has to be said. Promotion codes are not taken yet, so one is refused as unknown."""


class _NotAnsweredBefore(Exception):
    """The request's idempotency key has no answer yet."""


def bad_signature() -> BadRequest:
    """A webhook that Stripe did not sign."""
    return BadRequest(
        Text("The signature is not Stripe's, or is older than five minutes: check STRIPE_WEBHOOK_SECRET."),
        type="bad_signature",
        title=Text("Not signed"),
    )


def stripe_away() -> NotNow:
    """No answer of Stripe's that says anything."""
    return NotNow(
        Text("Nothing was charged. Try again in a few seconds."),
        type="stripe_away",
        title=Text("The payment service does not answer"),
        retry_after_seconds=5,
    )


def stripe_refused() -> BadGateway:
    """Stripe understood and said no."""
    return BadGateway(
        Text("Nothing was charged. Tell the program's staff the correlation id."),
        type="stripe_refused",
        title=Text("The payment service refused"),
    )


def router(desk: Desk) -> APIRouter:
    """The JSON API and the webhook."""
    routes = APIRouter(tags=["payments"])

    @routes.get("/api/payments/{application_id}")
    async def read_payment(request: Request, application_id: UUID, me: SignedIn) -> dict[str, Any]:
        """The fee of one's own application (staff: of any)."""
        async with edge(request).reading() as tx:
            shown = await store.fees.find(tx, application_id)
        if shown is None:
            raise NotThere(fees.NOT_THEIRS)
        fee = shown.fee if me.roles & {"staff", "admin"} else fees.owned(shown.fee, me.person_id)
        found: dict[str, Any] = {
            "application_id": application_id,
            "state": SHOWN_STATE.get(fee.state, str(fee.state)),
            "amount": _money(fee.amount),
            "refunded": _money(fee.refunded),
        }
        return (
            found
            | ({"receipt_url": shown.receipt_url} if shown.receipt_url else {})
            | ({"alert": fee.alert} if fee.alert else {})
        )

    @routes.post("/api/payments/{application_id}/checkout", status_code=201, responses=refused(409, 502))
    async def check_out(
        request: Request, application_id: UUID, me: SignedIn, body: CheckoutBody | None = None
    ) -> Response:
        """Stripe's page to pay on; a second call while one is open gives the same."""
        # Stripe is asked between two transactions: the first looks for an earlier answer, the second keeps this one.
        try:
            return await answer_once(request, me.person_id, _not_before)
        except _NotAnsweredBefore:
            checkout = await _page_at_stripe(edge(request), desk, application_id, me.person_id)

        async def answer(_: Tx) -> Answer:
            return Answer(201, {"url": checkout.url})

        return await answer_once(request, me.person_id, answer)

    @routes.post("/webhooks/stripe", include_in_schema=False)
    async def hear_stripe(request: Request) -> Response:
        """Stored and answered; a job works on it."""
        try:
            notice = desk.stripe.read_webhook(await request.body(), request.headers.get("Stripe-Signature"))
        except BadSignature:
            raise bad_signature() from None
        except NotOurs as reason:
            return JSONResponse({"received": True, "ignored": str(reason)})
        await edge(request).write(lambda tx: usecases.hear(tx, notice.event_id, notice.type, notice.report))
        return JSONResponse({"received": True})

    @routes.get("/api/ledger")
    async def read_ledger(
        request: Request,
        me: Staff,
        start: Annotated[Moment | None, Query(alias="from")] = None,
        end: Annotated[Moment | None, Query(alias="to")] = None,
        after: AfterPlace = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """The books, oldest entry first. `from` is included, `to` is not; a date is its midnight, UTC."""
        async with edge(request).reading() as tx:
            rows = await store.fees.ledger(tx, start, end, decode_place(after, None), limit + 1)
        entries = [{**dict(row), "at": row["at"].isoformat()} for row in rows]
        return page_of(entries, limit, lambda entry: encode_place(entry["at"], entry["entry_id"]))

    return routes


async def _not_before(_: Tx) -> Answer:
    raise _NotAnsweredBefore


async def _page_at_stripe(database: Database, desk: Desk, application_id: UUID, person_id: UUID) -> Checkout:
    """The page to pay on. Raises what the rules refuse, and what Stripe's failures are answered with."""
    try:
        return await outside.open_checkout(database, desk, application_id, person_id)
    except (Unreachable, NoPage) as error:
        raise stripe_away() from error
    except Rejected as error:
        raise stripe_refused() from error


def _money(amount: Money) -> dict[str, Any]:
    return amount.model_dump()
