"""Pages: badges and achievements for everybody, and a person's own badges."""

from fastapi import APIRouter

from services.badging.domain.issuer import Issuer
from services.badging.pages import achievements, badges, my_badges
from web.rendering import Pages


def pages(who: Issuer, rendered: Pages) -> APIRouter:
    """The pages of the issuer `who`."""
    routes = APIRouter()
    my_badges.add(routes, rendered)
    badges.add(routes, who, rendered)
    achievements.add(routes, who, rendered)
    return routes
