"""HTTP in, HTML: where a person comes back to from Stripe's page. It says what happened and what is next; fulfilment
never depends on it."""

import base64
import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import jinja2
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from chassis.http import edge
from chassis.http.sessions import find_principal
from chassis.telemetry import correlation
from contracts.claims import Money
from contracts.refusals import NotThere, WrongState
from services.payments import outside, store
from services.payments.clients import Rejected, Unreachable
from services.payments.domain import receipts
from services.payments.domain.fees import Fee, State
from services.payments.outside import Desk, NoPage

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).parent / "templates"
WHOLE_UNITS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"}
)
"""Currencies without a smaller unit (https://docs.stripe.com/currencies#zero-decimal)."""


def router(desk: Desk, intake_url: str) -> APIRouter:
    """The pages."""
    routes = APIRouter(include_in_schema=False)
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
    )
    style = (FOLDER / "page.css").read_text()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri"
        " 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }

    def page(status: int, what: str, **more: Any) -> HTMLResponse:
        known = {"style": style, "intake_url": intake_url, "what": what, "correlation_id": correlation.get()}
        return HTMLResponse(templates.get_template("return.html").render(known | more), status, headers)

    @routes.get("/payments/{application_id}/return")
    async def come_back(request: Request, application_id: UUID) -> Response:
        """How the fee stands, for its owner."""
        me = await find_principal(request)
        if me is None:
            return page(401, "not_signed_in")
        async with edge(request).reading() as tx:
            shown = await store.fees.find(tx, application_id)
        if shown is None or shown.fee.person_id != me.person_id:
            return page(404, "unknown")
        return page(
            200,
            what_happened(shown.fee, from_checkout=request.query_params.get("from") == "checkout"),
            application_id=application_id,
            amount=in_words(shown.fee.amount),
            credential=shown.credential,
            receipt_url=shown.receipt_url,
        )

    @routes.post("/payments/{application_id}/checkout")
    async def pay_now(request: Request, application_id: UUID) -> Response:
        """From the button to Stripe's page; back to our own where there is nothing to pay."""
        me = await find_principal(request)
        if me is None:
            return page(401, "not_signed_in")
        try:
            checkout = await outside.open_checkout(edge(request), desk, application_id, me.person_id)
        except WrongState:
            return RedirectResponse(f"/payments/{application_id}/return", 303)
        except NotThere:
            return page(404, "unknown")
        except (Unreachable, Rejected, NoPage) as error:
            log.warning("no page to pay on", application_id=str(application_id), error=str(error))
            return page(503, "away", application_id=application_id)
        return RedirectResponse(checkout.url or f"/payments/{application_id}/return", 303)

    return routes


def what_happened(fee: Fee, *, from_checkout: bool) -> str:
    """Which text of the template fits: a fee's state, and what the person just did."""
    going_back = any(payment.state is receipts.State.RETURNING for payment in fee.payments)
    match fee.state:
        case State.DUE:
            return "confirming" if from_checkout else "due"
        case State.CANCELLED if going_back:
            return "going_back"
        case State.PAID if going_back:
            return "paid_twice"
        case state:
            return str(state)


def in_words(amount: Money) -> str:
    """`60.00 USD`."""
    if amount.currency in WHOLE_UNITS:
        return f"{amount.amount_minor} {amount.currency.upper()}"
    return f"{amount.amount_minor // 100}.{amount.amount_minor % 100:02} {amount.currency.upper()}"
