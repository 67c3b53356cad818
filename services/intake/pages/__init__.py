"""HTTP in, for browsers: the catalog, sign-in, one's account and applications."""

from fastapi import APIRouter

from services.intake.dependencies import Dependencies
from services.intake.pages import account, applications, catalog, materials, sign_in, site
from web.rendering import Pages

FLASHES = account.FLASHES | sign_in.FLASHES | materials.FLASHES


def pages(deps: Dependencies, shown: Pages) -> APIRouter:
    """All pages of intake, rendered by `shown`."""
    router = APIRouter(include_in_schema=False)
    for build in (catalog.pages, sign_in.pages, account.pages, applications.pages, materials.pages, site.pages):
        build(router, deps, shown)
    return router
