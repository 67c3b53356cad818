"""A fee to the program's staff: how it stands, what was done about it, to waive it or to give its payment back."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Router, edge
from chassis.http.sessions import Principal, Staff
from contracts import pages as addresses
from contracts.refusals import NotThere, Refused, Text
from services.payments import store, usecases
from services.payments.bodies import RefundBody, WaiverBody
from services.payments.domain import fees
from services.payments.domain.staff_acts import Act, Kind
from services.payments.views.staff import staff_fee
from web import forms
from web.flash import done
from web.rendering import Pages

TEMPLATE = "payments/staff-fee.html"
FLASHES = {
    "fee-waived": Text("The fee is waived."),
    "fee-given-back": Text("The payment goes back. Stripe is asked for it now."),
}
STATES: dict[str, tuple[str, Text]] = {
    "due": ("wait", Text("Due")),
    "paid": ("go", Text("Paid")),
    "waived": ("go", Text("Waived")),
    "cancelled": ("idle", Text("Cancelled")),
    "refunding": ("info", Text("Goes back")),
    "refunded": ("idle", Text("Given back")),
}
"""How the state of a fee is told: tone and words."""
ALERTS = {
    "wrong_amount": Text("A payment arrived that is not the amount of the fee. Look at it in Stripe's dashboard."),
    "refund_failed": Text("Stripe could not give a payment back. Look at it in Stripe's dashboard."),
}


def pages(routes: Router, rendered: Pages) -> None:
    """/payments/{id}/staff, its /waiver and /refund. The id is that of the fee: an application's, or a renewal's."""

    @routes.get("/payments/{fee_id:uuid}/staff")
    async def fee(request: Request, fee_id: UUID, _: Staff) -> Response:
        """The fee, and what can be done."""
        return await rendered.show(request, TEMPLATE, form=forms.Form(), **await facts(request, fee_id))

    @routes.post("/payments/{fee_id:uuid}/staff/waiver")
    async def waive(request: Request, fee_id: UUID, me: Staff) -> Response:
        """Waive it."""
        return await answer(request, fee_id, me, WaiverBody, Kind.WAIVER, usecases.waive, "fee-waived")

    @routes.post("/payments/{fee_id:uuid}/staff/refund")
    async def give_back(request: Request, fee_id: UUID, me: Staff) -> Response:
        """Give its payment back."""
        return await answer(request, fee_id, me, RefundBody, Kind.REFUND, usecases.give_back, "fee-given-back")

    async def answer(
        request: Request,
        fee_id: UUID,
        me: Principal,
        body: type[WaiverBody] | type[RefundBody],
        kind: Kind,
        carry_out: Callable[[Tx, UUID, Act], Awaitable[object]],
        said: str,
    ) -> Response:
        """Carry out what a form asks for, or show the page again with what is wrong."""
        typed = await forms.typed(request)
        try:
            act = Act(uuid4(), kind, me.person_id, edge(request).clock(), forms.fill(body, typed).reason)
            await edge(request).write(lambda tx: carry_out(tx, fee_id, act))
        except Refused as refused:
            return await rendered.show_again(request, TEMPLATE, typed, refused, **await facts(request, fee_id))
        return done(addresses.staff_fee(fee_id), said)

    async def facts(request: Request, fee_id: UUID) -> dict[str, Any]:
        """The fee, and the other fees of its application. Raises NotThere."""
        async with edge(request).reading() as tx:
            found = await store.staff_acts.of_application(tx, fee_id)
        if not found:
            raise NotThere(fees.UNKNOWN)
        all_of_them = [staff_fee(one) for one in found]
        return {
            "fee": next(one for one in all_of_them if one.fee_id == fee_id),
            "others": [one for one in all_of_them if one.fee_id != fee_id],
            "states": STATES,
            "alerts": ALERTS,
        }
