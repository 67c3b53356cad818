"""The pages: a fee to its payer, and to the program's staff."""

from chassis.http import Router
from services.payments.outside import Desk
from services.payments.pages import fees, staff
from web.rendering import Pages

FLASHES = fees.FLASHES | staff.FLASHES


def pages(desk: Desk, rendered: Pages) -> Router:
    """All of them."""
    routes = Router(include_in_schema=False)
    fees.pages(routes, desk, rendered)
    staff.pages(routes, rendered)
    return routes
