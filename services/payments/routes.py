"""HTTP in: what an application's fee is, the page to pay it on, Stripe's webhooks, the books."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from chassis.http import (
    AfterPlace,
    Answer,
    Body,
    Refusal,
    conflict,
    decode_place,
    edge,
    encode_place,
    not_found,
    once,
    refused,
)
from chassis.http import page as page_of
from chassis.http.sessions import SignedIn, Staff
from chassis.times import Moment
from services.payments import outside, store, usecases
from services.payments.clients import BadSignature, NotOurs, Rejected, Unreachable
from services.payments.domain import fees
from services.payments.outside import Desk, NoPage
from services.payments.usecases import NotTheirs
from services.payments.views.checkouts import Checkout
from services.payments.views.fees import Payment, payment
from services.payments.views.ledger import Entries, entry


class CheckoutBody(Body):
    """Nothing has to be said. Promotion codes are not taken yet, so one is refused as unknown."""


class _NotAnsweredBefore(Exception):
    """The request's idempotency key has no answer yet."""


def _translate(status: int, type: str, title: str, detail: str) -> Callable[[Any], Refusal]:
    return lambda _: Refusal(status, type, title, detail, headers={"Retry-After": "5"} if status == 503 else None)


AWAY = _translate(
    503, "stripe_away", "The payment service does not answer", "Nothing was charged. Try again in a few seconds."
)
REFUSALS: dict[type[Exception], Callable[[Any], Refusal]] = {
    fees.WrongState: lambda error: conflict("wrong_state", str(error)),
    NotTheirs: lambda _: not_found(
        "There is no fee of that application, or it is not yours. A new one is here"
        " moments after it became due: ask again."
    ),
    BadSignature: _translate(
        400,
        "bad_signature",
        "Not signed",
        "The signature is not Stripe's, or is older than five minutes: check STRIPE_WEBHOOK_SECRET.",
    ),
    Unreachable: AWAY,
    NoPage: AWAY,
    Rejected: _translate(
        502,
        "stripe_refused",
        "The payment service refused",
        "Nothing was charged. Tell the program's staff the correlation id.",
    ),
}


def router(desk: Desk) -> APIRouter:
    """The JSON API and the webhook."""
    routes = APIRouter(tags=["payments"])

    @routes.get("/api/payments/{application_id}", response_model_exclude_none=True)
    async def read_payment(request: Request, application_id: UUID, me: SignedIn) -> Payment:
        """The fee of one's own application (staff: of any)."""
        async with edge(request).reading() as tx:
            shown = await store.fees.find(tx, application_id)
        if shown is None or (shown.fee.person_id != me.person_id and not me.roles & {"staff", "admin"}):
            raise NotTheirs
        return payment(shown)

    @routes.post(
        "/api/payments/{application_id}/checkout", status_code=201, response_model=Checkout, responses=refused(409, 502)
    )
    async def check_out(
        request: Request, application_id: UUID, me: SignedIn, body: CheckoutBody | None = None
    ) -> Response:
        """Stripe's page to pay on; a second call while one is open gives the same."""
        if "Idempotency-Key" not in request.headers:
            checkout = await outside.open_checkout(edge(request), desk, application_id, me.person_id)
            return JSONResponse({"url": checkout.url}, 201)
        # Stripe is asked between two transactions: the first looks for an earlier answer, the second keeps this one.
        try:
            async with edge(request).transaction() as tx:
                return await once(tx, request, me.person_id, _not_before)
        except _NotAnsweredBefore:
            checkout = await outside.open_checkout(edge(request), desk, application_id, me.person_id)

        async def answer() -> Answer:
            return Answer(201, {"url": checkout.url})

        async with edge(request).transaction() as tx:
            return await once(tx, request, me.person_id, answer)

    @routes.post("/webhooks/stripe", include_in_schema=False)
    async def hear_stripe(request: Request) -> Response:
        """Stored and answered; a job works on it."""
        try:
            notice = desk.stripe.read_webhook(await request.body(), request.headers.get("Stripe-Signature"))
        except NotOurs as reason:
            return JSONResponse({"received": True, "ignored": str(reason)})
        async with edge(request).single() as tx:
            if await store.stripe_events.add(tx, notice.event_id, notice.type, notice.report):
                tx.wake(usecases.EVENTS)
        return JSONResponse({"received": True})

    @routes.get("/api/ledger")
    async def read_ledger(
        request: Request,
        me: Staff,
        start: Annotated[Moment | None, Query(alias="from")] = None,
        end: Annotated[Moment | None, Query(alias="to")] = None,
        after: AfterPlace = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Entries:
        """The books, oldest entry first. `from` is included, `to` is not; a date is its midnight, UTC."""
        async with edge(request).reading() as tx:
            rows = await store.fees.ledger(tx, start, end, decode_place(after, None), limit + 1)
        entries = [entry(row) for row in rows]
        return Entries.model_validate(page_of(entries, limit, lambda last: encode_place(last.at, last.entry_id)))

    return routes


async def _not_before() -> Answer:
    raise _NotAnsweredBefore
