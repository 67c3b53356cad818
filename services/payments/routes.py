"""The JSON API: an application's fee, the page to pay it on, Stripe's webhooks, the books."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.http import (
    AfterPlace,
    Answer,
    BadGateway,
    BadRequest,
    Body,
    Router,
    answer_once,
    decode_place,
    edge,
    encode_place,
    listed,
    refused,
)
from chassis.http.sessions import SignedIn, Staff
from chassis.times import Moment
from contracts.refusals import NotNow, NotThere, Text
from services.payments import outside, store, usecases
from services.payments.bodies import RefundBody, WaiverBody
from services.payments.clients import BadSignature, NotOurs, Rejected, Unreachable
from services.payments.domain import fees
from services.payments.domain.checkouts import Checkout
from services.payments.domain.staff_acts import Act, Kind
from services.payments.outside import Desk, NoPage
from services.payments.views.checkouts import PaymentPage
from services.payments.views.fees import Payment, payment
from services.payments.views.ledger import Entries, entry
from services.payments.views.staff import StaffFees, staff_fee


class CheckoutBody(Body):
    """An empty body. Promotion codes do not exist yet, so one is refused as unknown."""


class _NotAnsweredBefore(Exception):
    """There is no stored answer for the request's idempotency key yet."""


def bad_signature() -> BadRequest:
    """The refusal of a webhook that Stripe did not sign."""
    return BadRequest(
        Text("The signature is not Stripe's, or is older than five minutes: check STRIPE_WEBHOOK_SECRET."),
        type="bad_signature",
        title=Text("Not signed"),
    )


def stripe_away() -> NotNow:
    """The refusal while Stripe does not answer."""
    return NotNow(
        Text("Nothing was charged. Try again in a few seconds."),
        type="stripe_away",
        title=Text("The payment service does not answer"),
        retry_after_seconds=5,
    )


def stripe_refused() -> BadGateway:
    """The refusal after Stripe refused the call."""
    return BadGateway(
        Text("Nothing was charged. Tell the program's staff the correlation id."),
        type="stripe_refused",
        title=Text("The payment service refused"),
    )


def router(desk: Desk) -> Router:
    """The JSON API and the webhook."""
    routes = Router(tags=["payments"])

    @routes.get("/api/payments/{application_id}", response_model_exclude_none=True)
    async def read_payment(request: Request, application_id: UUID, me: SignedIn) -> Payment:
        """The fee of one's own application; for staff, of any."""
        async with edge(request).reading() as tx:
            shown = await store.fees.find(tx, application_id)
        if shown is None:
            raise NotThere(fees.NOT_THEIRS)
        if not me.roles & {"staff", "admin"}:
            fees.owned(shown.fee, me.person_id)
        return payment(shown)

    @routes.post(
        "/api/payments/{application_id}/checkout",
        status_code=201,
        response_model=PaymentPage,
        responses=refused(409, 502),
    )
    async def check_out(
        request: Request, application_id: UUID, me: SignedIn, body: CheckoutBody | None = None
    ) -> Response:
        """Stripe's page to pay on. While one is open, a second call gives the same one."""
        # Stripe is asked between two transactions: the first looks for a stored answer, the second stores this one.
        try:
            return await answer_once(request, me.person_id, _not_before)
        except _NotAnsweredBefore:
            checkout = await _page_at_stripe(edge(request), desk, application_id, me.person_id)

        async def answer(_: Tx) -> Answer:
            return Answer(201, PaymentPage(url=checkout.url))

        return await answer_once(request, me.person_id, answer)

    @routes.get("/api/payments/{application_id}/fees", response_model_exclude_none=True)
    async def read_fees(request: Request, application_id: UUID, _: Staff) -> StaffFees:
        """All fees of an application, with what staff did about each. The id may be that of any of them."""
        async with edge(request).reading() as tx:
            found = await store.staff_acts.of_application(tx, application_id)
        if not found:
            raise NotThere(fees.UNKNOWN)
        return StaffFees(items=[staff_fee(one) for one in found])

    @routes.post("/api/payments/{application_id}/waiver", response_model=Payment, responses=refused(404, 409))
    async def waive(request: Request, application_id: UUID, me: Staff, body: WaiverBody) -> Response:
        """The fee need not be paid: the application opens, or is carried over, as if it were paid."""
        act = Act(uuid4(), Kind.WAIVER, me.person_id, edge(request).clock(), body.reason)

        async def work(tx: Tx) -> Answer:
            await usecases.waive(tx, application_id, act)
            return Answer(200, await _shown(tx, application_id))

        return await answer_once(request, me.person_id, work)

    @routes.post("/api/payments/{application_id}/refunds", response_model=Payment, responses=refused(404, 409))
    async def give_back(request: Request, application_id: UUID, me: Staff, body: RefundBody) -> Response:
        """The payment goes back to its card, whole. If it is the application's own fee and nothing is decided yet, the
        application ends."""
        act = Act(uuid4(), Kind.REFUND, me.person_id, edge(request).clock(), body.reason)

        async def work(tx: Tx) -> Answer:
            await usecases.give_back(tx, application_id, act, body.amount_minor)
            return Answer(200, await _shown(tx, application_id))

        return await answer_once(request, me.person_id, work)

    @routes.post("/webhooks/stripe", include_in_schema=False)
    async def hear_stripe(request: Request) -> Response:
        """Store a webhook and answer. A job works on it."""
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
    ) -> Entries:
        """The books, oldest entry first. `from` is included, `to` is not. A date means its midnight in UTC."""
        async with edge(request).reading() as tx:
            rows = await store.ledger.ledger(tx, start, end, decode_place(after, None), limit + 1)
        entries = [entry(row) for row in rows]
        return Entries.model_validate(listed(entries, limit, lambda last: encode_place(last.at, last.entry_id)))

    return routes


async def _shown(tx: Tx, fee_id: UUID) -> dict[str, Any]:
    shown = await store.fees.find(tx, fee_id)
    assert shown is not None, "it was changed in this transaction"
    return payment(shown).model_dump(mode="json", exclude_none=True)


async def _not_before(_: Tx) -> Answer:
    raise _NotAnsweredBefore


async def _page_at_stripe(database: Database, desk: Desk, application_id: UUID, person_id: UUID) -> Checkout:
    """The page to pay on. Raises the refusals of the rules, and those for failures of Stripe."""
    try:
        return await outside.open_checkout(database, desk, application_id, person_id)
    except (Unreachable, NoPage) as error:
        raise stripe_away() from error
    except Rejected as error:
        raise stripe_refused() from error
