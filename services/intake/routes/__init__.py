"""HTTP in: the JSON API, by what it is about."""

from fastapi import APIRouter

from services.intake.dependencies import Dependencies
from services.intake.routes import (
    applications,
    assessment,
    catalog,
    links,
    materials,
    people,
    program,
    reopenings,
    sessions,
    staff,
    submission,
)


def router(deps: Dependencies) -> APIRouter:
    """The whole JSON API."""
    whole = APIRouter()
    for part in (
        catalog.router(deps),
        links.router(deps),
        sessions.router(deps),
        people.router(),
        staff.router(deps),
        program.router(deps),
        reopenings.router(deps),
        applications.router(deps),
        assessment.router(deps),
        submission.router(deps),
        materials.router(deps),
    ):
        # Included, they would be missing in /openapi.json.
        whole.routes.extend(part.routes)
    return whole
