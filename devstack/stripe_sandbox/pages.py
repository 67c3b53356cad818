"""Pages for people: the hosted payment page, the receipt, and a page that says what this is. They have no script and
load nothing from other hosts."""

import re
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from devstack.stripe_sandbox import checkout
from devstack.stripe_sandbox.cards import Card, card_of
from devstack.stripe_sandbox.refusals import Json
from devstack.stripe_sandbox.sandbox import Sandbox

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri"
    " 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
FIELDS = ("email", "card", "expiry", "cvc", "name")


class Pages:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"money": money, "moment": moment}

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/c/pay/{id}", self.session, methods=["GET"]),
            Route("/c/pay/{id}", self.pay, methods=["POST"]),
            Route("/receipts/{id}", self.receipt, methods=["GET"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]

    async def home(self, _: Request) -> Response:
        sessions = self._sandbox.store.find("checkout.session", {}, 20)
        return self._page(
            "home.html",
            200,
            sessions=sessions,
            now=self._sandbox.clock.now(),
            offset=self._sandbox.clock.offset_seconds,
        )

    async def session(self, request: Request) -> Response:
        checkout.expire_overdue(self._sandbox)
        found = self._find(request, "checkout.session")
        if found is None:
            return self._page("gone.html", 404, title="There is no such payment page", session=None)
        if found["status"] == "complete":
            return self._page(
                "gone.html", 200, title="This is paid", session=found, onward=checkout.return_address(found)
            )
        if found["status"] == "expired":
            return self._page(
                "gone.html", 410, title="This payment page has expired", session=found, onward=found["cancel_url"]
            )
        return self._form(found, dict.fromkeys(FIELDS, "") | {"expiry": "12 / 34", "cvc": "123"}, {}, 200)

    async def pay(self, request: Request) -> Response:
        checkout.expire_overdue(self._sandbox)
        found = self._find(request, "checkout.session")
        if found is None or found["status"] != "open":
            return await self.session(request)
        async with request.form(max_files=0, max_fields=20) as form:
            values = _values(form)
        errors, card = self._check(values)
        if errors or card is None:
            return self._form(found, values, errors, 422)
        with self._sandbox.transaction() as tx:
            paid, decline = checkout.pay(tx, found["id"], card, values["name"] or None, values["email"] or None)
        if decline is not None:
            return self._form(found, values, {"card": f"{decline.message} Nothing was paid. Try another card."}, 402)
        return RedirectResponse(checkout.return_address(paid), 303, HEADERS)

    async def receipt(self, request: Request) -> Response:
        found = self._find(request, "charge")
        if found is None or not found["paid"]:
            return self._page("gone.html", 404, title="There is no such receipt", session=None)
        return self._page("receipt.html", 200, charge=found)

    def _find(self, request: Request, kind: str) -> Json | None:
        found = self._sandbox.store.get(request.path_params["id"])
        return found if found is not None and found["object"] == kind else None

    def _check(self, values: dict[str, str]) -> tuple[dict[str, str], Card | None]:
        errors: dict[str, str] = {}
        if values["email"] and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", values["email"]):
            errors["email"] = "That is not an e-mail address. Write it like name@example.org, or leave it empty."
        card = card_of(values["card"])
        if card is None:
            errors["card"] = "That is not a card number. Use one of the test cards below, such as 4242 4242 4242 4242."
        expiry = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?(\d\d)\s*", values["expiry"])
        today = datetime.fromtimestamp(self._sandbox.clock.now(), UTC)
        if expiry is None:
            errors["expiry"] = "Write month and year with a slash, such as 12 / 34."
        elif (2000 + int(expiry[2]), int(expiry[1])) < (today.year, today.month):
            errors["expiry"] = "That month is over. Write a later one, such as 12 / 34."
        if not re.fullmatch(r"\s*\d{3,4}\s*", values["cvc"]):
            errors["cvc"] = "Write the three or four digits of the security code, such as 123."
        return errors, card

    def _form(self, session: Json, values: dict[str, str], errors: dict[str, str], status: int) -> Response:
        return self._page("pay.html", status, session=session, values=values, errors=errors)

    def _page(self, template: str, status: int, **context: object) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(context), status, HEADERS)


def money(minor: int, currency: str) -> str:
    """6000, usd -> $60.00 USD."""
    sign = {"usd": "$", "eur": "€", "gbp": "£"}.get(currency, "")
    return f"{sign}{minor // 100:,}.{minor % 100:02} {currency.upper()}"


def moment(unix: int) -> Markup:
    """23 November 2026, 14:05 UTC; machines can read it too."""
    when = datetime.fromtimestamp(unix, UTC)
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(), when.strftime("%-d %B %Y, %H:%M UTC"))


def _values(form: FormData) -> dict[str, str]:
    """The typed values. A field that was not sent counts as the page had filled it in."""
    given = {"expiry": "12 / 34", "cvc": "123"} | {
        name: value for name, value in form.items() if isinstance(value, str)
    }
    return {name: given.get(name, "").strip()[:500] for name in FIELDS}
