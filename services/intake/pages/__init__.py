"""HTTP in, for browsers: the catalog, sign-in, one's account and applications."""

from fastapi import APIRouter

from services.intake.dependencies import Dependencies
from services.intake.pages import account, applications, audit, catalog, materials, people, sign_in, site, staff
from web.rendering import Pages

FLASHES = account.FLASHES | people.FLASHES | sign_in.FLASHES | materials.FLASHES


def pages(deps: Dependencies, shown: Pages) -> APIRouter:
    """All pages of intake, rendered by `shown`."""
    router = APIRouter(include_in_schema=False)
    for part in (catalog, sign_in, account, applications, materials, staff, people, audit, site):
        part.pages(router, deps, shown)
    return router
