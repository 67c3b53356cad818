"""HTTP in: the JSON API, by what it is about."""

from fastapi import APIRouter

from services.intake.dependencies import Dependencies
from services.intake.routes import (
    applications,
    assessment,
    catalog,
    cohorts,
    drafts,
    letters,
    links,
    materials,
    me,
    moves,
    people,
    periods,
    program,
    referees,
    reopenings,
    sessions,
    staff,
    staff_cohorts,
    submission,
    terms,
)


def router(deps: Dependencies) -> APIRouter:
    """The whole JSON API."""
    whole = APIRouter()
    for part in (
        catalog.router(deps),
        links.router(deps),
        sessions.router(deps),
        people.router(),
        me.router(deps),
        staff.router(deps),
        staff_cohorts.router(deps),
        cohorts.router(deps),
        program.router(deps),
        reopenings.router(deps),
        moves.router(deps),
        applications.router(deps),
        assessment.router(deps),
        submission.router(deps),
        terms.router(deps),
        periods.router(deps),
        materials.router(deps),
        letters.router(deps),
        referees.router(deps),
        drafts.router(deps),
    ):
        # Included, they would be missing in /openapi.json.
        whole.routes.extend(part.routes)
    return whole
