"""The pages: a fee to its payer, and to the program's staff."""

from fastapi import APIRouter

from services.payments.outside import Desk
from services.payments.pages import fees, staff
from web.rendering import Pages

FLASHES = fees.FLASHES | staff.FLASHES


def pages(desk: Desk, rendered: Pages) -> APIRouter:
    """All of them."""
    routes = APIRouter(include_in_schema=False)
    fees.pages(routes, desk, rendered)
    staff.pages(routes, rendered)
    return routes
