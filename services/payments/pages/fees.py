"""The fee of an application for its payer, and the page to come back to from Stripe.

A page shows only the state of the fee. A payment counts even if its payer never comes back.
"""

from uuid import UUID

import structlog
from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from chassis.http import Router, edge
from chassis.http.sessions import find_principal
from contracts import pages as addresses
from contracts.refusals import NotSignedIn, NotThere, Text, WrongState
from services.payments import outside, store
from services.payments.clients import Rejected, Unreachable
from services.payments.domain import fees
from services.payments.domain.fee_states import State
from services.payments.outside import Desk, NoPage
from services.payments.store.fees import Shown
from services.payments.views.fees import payers_fee
from web.flash import done
from web.rendering import Pages

log = structlog.get_logger(__name__)

NOT_PAID = "not_paid"
FLASHES = {NOT_PAID: Text("You came back without paying. Nothing was charged.")}

_SIGN_IN = Text("Sign in to see your payment.")


def pages(routes: Router, desk: Desk, rendered: Pages) -> None:
    """/payments/{id}, its /return and /checkout."""

    @routes.get("/payments/{application_id:uuid}")
    async def fee(request: Request, application_id: UUID) -> Response:
        """The state of the fee, and the button to pay it."""
        shown = await _mine(request, application_id)
        return await rendered.show(request, "payments/fee.html", fee=payers_fee(shown), trouble=None)

    @routes.get("/payments/{application_id:uuid}/return")
    async def come_back(request: Request, application_id: UUID) -> Response:
        """Back from Stripe's page: wait for the confirmation, or go on to the fee. A waiting page asks here by htmx."""
        shown = await _mine(request, application_id)
        due = shown.fee.state is State.DUE
        waits = due and request.query_params.get("from") == "checkout"
        if request.headers.get("hx-request") == "true":
            return Response(status_code=204, headers={} if waits else {"HX-Refresh": "true"})
        if waits:
            return await rendered.show(request, "payments/confirming.html", fee=payers_fee(shown))
        return done(addresses.fee(application_id), NOT_PAID if due else None)

    @routes.post("/payments/{application_id:uuid}/checkout")
    async def pay(request: Request, application_id: UUID) -> Response:
        """From the button to Stripe's page, or back to the fee if there is nothing to pay."""
        shown = await _mine(request, application_id)
        try:
            checkout = await outside.open_checkout(edge(request), desk, application_id, shown.fee.person_id)
        except WrongState:
            return RedirectResponse(addresses.fee(application_id), 303)
        except (Unreachable, Rejected, NoPage) as error:
            log.warning("no page to pay on", application_id=str(application_id), error=str(error))
            status, trouble = (502, "refused") if isinstance(error, Rejected) else (503, "away")
            return await rendered.show(
                request, "payments/fee.html", status=status, fee=payers_fee(shown), trouble=trouble
            )
        return RedirectResponse(checkout.url or addresses.fee(application_id), 303)


async def _mine(request: Request, application_id: UUID) -> Shown:
    """The fee, for its payer. Raises NotSignedIn, NotThere."""
    me = await find_principal(request)
    if me is None:
        raise NotSignedIn(_SIGN_IN)
    async with edge(request).reading() as tx:
        shown = await store.fees.find(tx, application_id)
    if shown is None:
        raise NotThere(fees.NOT_THEIRS)
    fees.owned(shown.fee, me.person_id)
    return shown
