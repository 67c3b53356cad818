"""Pages: badges and achievements for everybody, and a person's own badges."""

from chassis.http import Router
from services.badging.domain.issuer import Issuer
from services.badging.pages import achievements, badges, my_badges
from web.rendering import Pages


def pages(who: Issuer, rendered: Pages) -> Router:
    """The pages of the issuer `who`."""
    routes = Router()
    my_badges.add(routes, rendered)
    badges.add(routes, who, rendered)
    achievements.add(routes, who, rendered)
    return routes
