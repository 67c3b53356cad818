"""The JSON API, by subject."""

from chassis.http import Router
from services.intake.dependencies import Dependencies
from services.intake.routes import (
    applications,
    assessment,
    catalog,
    cohorts,
    drafts,
    eligibility,
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
    research_consent,
    sessions,
    staff,
    staff_cohorts,
    study_plan,
    submission,
    terms,
)


def router(deps: Dependencies) -> Router:
    """The whole JSON API."""
    whole = Router()
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
        eligibility.router(deps),
        assessment.router(deps),
        study_plan.router(deps),
        research_consent.router(deps),
        submission.router(deps),
        terms.router(deps),
        periods.router(deps),
        materials.router(deps),
        letters.router(deps),
        referees.router(deps),
        drafts.router(deps),
    ):
        # With `include_router` they would be missing in /openapi.json.
        whole.routes.extend(part.routes)
    return whole
