"""HTTP in, for browsers: the catalog, sign-in, one's account, applications from their beginning to their submission."""

from fastapi import APIRouter

from services.intake.dependencies import Dependencies
from services.intake.pages import account, applications, assessment, catalog, sign_in, site, submission, tasks
from web.rendering import Pages

FLASHES = account.FLASHES | sign_in.FLASHES | tasks.FLASHES | assessment.FLASHES | submission.FLASHES


def pages(deps: Dependencies, shown: Pages) -> APIRouter:
    """All pages of intake, rendered by `shown`."""
    router = APIRouter(include_in_schema=False)
    whole_application = (applications.pages, tasks.pages, assessment.pages, submission.pages)
    for build in (catalog.pages, sign_in.pages, account.pages, *whole_application, site.pages):
        build(router, deps, shown)
    return router
