"""Pages: the catalog, sign-in, the account, and applications from their beginning to their submission."""

from chassis.http import Router
from services.intake.dependencies import Dependencies
from services.intake.pages import (
    account,
    applications,
    assessment,
    audit,
    catalog,
    cohorts,
    decision,
    drafts,
    eligibility,
    erasure,
    exports,
    letters,
    materials,
    moves,
    people,
    periods,
    pictures,
    program,
    referees,
    reopenings,
    research_consent,
    sign_in,
    site,
    staff,
    staff_cohorts,
    staff_sessions,
    study_plan,
    submission,
    tasks,
    terms,
)
from web.rendering import Pages

FLASHES = (
    account.FLASHES
    | sign_in.FLASHES
    | tasks.FLASHES
    | assessment.FLASHES
    | materials.FLASHES
    | letters.FLASHES
    | drafts.FLASHES
    | submission.FLASHES
    | exports.FLASHES
    | people.FLASHES
    | eligibility.FLASHES
    | study_plan.FLASHES
    | research_consent.FLASHES
    | cohorts.FLASHES
    | staff_cohorts.FLASHES
    | staff_sessions.FLASHES
    | periods.FLASHES
    | terms.FLASHES
    | program.FLASHES
    | moves.FLASHES
    | reopenings.FLASHES
)


def pages(deps: Dependencies, shown: Pages) -> Router:
    """All pages of intake. `shown` renders them."""
    router = Router(include_in_schema=False)
    for part in (
        catalog,
        sign_in,
        account,
        erasure,
        applications,
        tasks,
        assessment,
        materials,
        drafts,
        pictures,
        submission,
    ):
        part.pages(router, deps, shown)
    for part in (eligibility, study_plan, research_consent, decision):
        part.pages(router, deps, shown)
    for part in (cohorts, staff_cohorts, staff_sessions):
        part.pages(router, deps, shown)
    exports.pages(router, deps)
    for part in (letters, referees, staff, reopenings, people, periods, terms, program, moves, audit, site):
        part.pages(router, deps, shown)
    return router
