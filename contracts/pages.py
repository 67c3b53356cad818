"""The paths of pages on the program's one origin, as far as mails, redirects and pages of other services link to them.

The gateway decides which service shows a page. A path here never changes. `tests/containers/test_gateway.py` compares
each with the gateway and the real routes.
"""

from urllib.parse import quote, urlencode
from uuid import UUID

HOME = "/"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
ACCOUNT = "/account"
ACCOUNT_EXPORT = "/account/export"
ACCOUNT_ERASURE = "/account/erasure"
ERASED = "/account/erased"
APPLICATIONS = "/applications"
BADGES = "/badges"
ISSUER = "/.well-known/did.json"
REVIEW = "/review"
REVIEW_CASES = "/review/cases"
DECISIONS = "/decisions"
CONSOLE = "/ops"
DEAD_LETTERS = "/ops/dead-letters"
JOURNEYS = "/ops/journeys"
REVIEW_PROFILE = "/review/profile"
LANGUAGE = "/language"
STAFF = "/staff"
STAFF_PERIODS = "/staff/periods"
STAFF_PEOPLE = "/staff/people"
STAFF_AUDIT = "/staff/audit"
STAFF_COHORTS = "/staff/cohorts"
NEW_COHORT = "/staff/cohorts/new"
STAFF_PROGRAM = "/staff/program"
STAFF_CSV = "/api/staff/applications.csv"


def credential(slug: str) -> str:
    """A credential of the catalog (intake)."""
    return f"/credentials/{quote(slug, safe='')}"


def begin(slug: str) -> str:
    """Begins an application for a credential, or leads to the live one (intake)."""
    return f"/credentials/{quote(slug, safe='')}/begin"


def application(application_id: UUID) -> str:
    """The applicant's application (intake)."""
    return f"/applications/{application_id}"


def basic_information(application_id: UUID) -> str:
    """The basic information about an applicant (intake)."""
    return f"/applications/{application_id}/basic-information"


def agreement(application_id: UUID) -> str:
    """The agreement of an application, to read and to accept (intake)."""
    return f"/applications/{application_id}/agreement"


def eligibility(application_id: UUID) -> str:
    """The question of who may apply, and the answer (intake)."""
    return f"/applications/{application_id}/eligibility"


def research_consent(application_id: UUID) -> str:
    """The consent to research, to give and to take back (intake)."""
    return f"/applications/{application_id}/research-consent"


def study_plan(application_id: UUID) -> str:
    """The study plan (intake)."""
    return f"/applications/{application_id}/study-plan"


def decision(application_id: UUID) -> str:
    """The panel's decision, for its applicant (intake)."""
    return f"/applications/{application_id}/decision"


def path_choice(application_id: UUID) -> str:
    """The choice of a path (intake)."""
    return f"/applications/{application_id}/path"


def self_assessment(application_id: UUID) -> str:
    """The self-assessment, with gaps and resources (intake)."""
    return f"/applications/{application_id}/self-assessment"


def material(application_id: UUID, requirement: str) -> str:
    """The material for one requirement (intake)."""
    return f"/applications/{application_id}/materials/{quote(requirement, safe='')}"


def submission(application_id: UUID) -> str:
    """The whole application, to check and to submit (intake)."""
    return f"/applications/{application_id}/submission"


def deadline(application_id: UUID) -> str:
    """The deadline of an application, and the request to be carried over (intake)."""
    return f"/applications/{application_id}/deadline"


def withdrawal(application_id: UUID) -> str:
    """The page on which an application is withdrawn (intake)."""
    return f"/applications/{application_id}/withdrawal"


def letters(application_id: UUID) -> str:
    """The applicant's requests for letters (intake)."""
    return f"/applications/{application_id}/letters"


def letter_replacement(application_id: UUID, request_id: UUID) -> str:
    """Replaces a referee by another one, or withdraws a request (intake)."""
    return f"/applications/{application_id}/letters/{request_id}/replacement"


def letter(token: str) -> str:
    """The page on which a referee writes a letter (intake)."""
    return f"/letters/{quote(token, safe='')}"


def letter_decline(token: str) -> str:
    """Declines to write a letter (intake)."""
    return f"/letters/{quote(token, safe='')}/decline"


def cohort(application_id: UUID) -> str:
    """The cohort of an application: to join one, to see it, to leave it (intake)."""
    return f"/applications/{application_id}/cohort"


def cohort_calendar(application_id: UUID) -> str:
    """The sessions of an application's cohort as a calendar file (intake)."""
    return f"/api/applications/{application_id}/cohort.ics"


def staff_cohort(cohort_id: UUID) -> str:
    """A cohort with its members, for the program's staff (intake)."""
    return f"/staff/cohorts/{cohort_id}"


def staff_cohort_details(cohort_id: UUID) -> str:
    """The details of a cohort, to be changed (intake)."""
    return f"/staff/cohorts/{cohort_id}/details"


def staff_cohort_opening(cohort_id: UUID) -> str:
    """Opens a cohort to applicants (intake)."""
    return f"/staff/cohorts/{cohort_id}/opening"


def staff_cohort_cancellation(cohort_id: UUID) -> str:
    """Cancels a cohort (intake)."""
    return f"/staff/cohorts/{cohort_id}/cancellation"


def staff_new_session(cohort_id: UUID) -> str:
    """Adds a session to a cohort (intake)."""
    return f"/staff/cohorts/{cohort_id}/sessions/new"


def staff_session(cohort_id: UUID, session_id: UUID) -> str:
    """A session of a cohort, to be changed or cancelled (intake)."""
    return f"/staff/cohorts/{cohort_id}/sessions/{session_id}"


def staff_session_cancellation(cohort_id: UUID, session_id: UUID) -> str:
    """Cancels a session of a cohort (intake)."""
    return f"/staff/cohorts/{cohort_id}/sessions/{session_id}/cancellation"


def staff_place(cohort_id: UUID, application_id: UUID) -> str:
    """Somebody's place in a cohort, to be moved or removed (intake)."""
    return f"/staff/cohorts/{cohort_id}/places/{application_id}"


def staff_application(application_id: UUID) -> str:
    """Somebody's application, for the program's staff to read (intake)."""
    return f"/staff/applications/{application_id}"


def staff_deadline(application_id: UUID) -> str:
    """More time for somebody's application (intake)."""
    return f"/staff/applications/{application_id}/deadline"


def staff_period(period_id: UUID) -> str:
    """An enrollment period, for staff (intake)."""
    return f"/staff/periods/{period_id}"


def staff_version(slug: str, version: str | int) -> str:
    """A version of a credential, for the program's staff (intake)."""
    return f"/staff/program/{quote(slug, safe='')}/{version}"


def staff_reopening(application_id: UUID) -> str:
    """Requirements of a submitted application are reopened here (intake)."""
    return f"/staff/applications/{application_id}/reopening"


def staff_version_moves(slug: str, version: str | int) -> str:
    """A preview of a move of applications from other versions to this one, and the move (intake)."""
    return f"/staff/program/{quote(slug, safe='')}/{version}/moves"


def staff_move(move_id: UUID) -> str:
    """A move of applications from one version to another: its progress, and its undoing (intake)."""
    return f"/staff/moves/{move_id}"


def staff_person(person_id: UUID) -> str:
    """A person and their roles, for administrators (intake)."""
    return f"/staff/people/{person_id}"


def fee(application_id: UUID) -> str:
    """The fee of an application (payments)."""
    return f"/payments/{application_id}"


def staff_fee(fee_id: UUID) -> str:
    """A fee, for the program's staff: an application's by its id, or a renewal's (payments)."""
    return f"/payments/{fee_id}/staff"


def checkout(application_id: UUID) -> str:
    """A POST here redirects to the page on which a fee is paid (payments)."""
    return f"/payments/{application_id}/checkout"


def paid(application_id: UUID) -> str:
    """The page to which the payer of a fee comes back (payments)."""
    return f"/payments/{application_id}/return?from=checkout"


def case(case_id: UUID) -> str:
    """A case, for its panel (review)."""
    return f"/review/cases/{case_id}"


def declaration(case_id: UUID) -> str:
    """Where a member of a panel says whether there is a conflict of interest (review)."""
    return f"/review/cases/{case_id}/declaration"


def decline(case_id: UUID) -> str:
    """Gives a case up; the form is on the page of the declaration (review)."""
    return f"/review/cases/{case_id}/decline"


def scores(case_id: UUID) -> str:
    """Saves a reviewer's scores; the form is on the page of the case (review)."""
    return f"/review/cases/{case_id}/scores"


def scores_check(case_id: UUID) -> str:
    """A reviewer's scores, to check and to submit (review)."""
    return f"/review/cases/{case_id}/check"


def case_decision(case_id: UUID) -> str:
    """Where the chair of a case decides (review)."""
    return f"/review/cases/{case_id}/decision"


def badge(badge_id: UUID) -> str:
    """A badge, for everybody (badging)."""
    return f"/badges/{badge_id}"


def achievement(slug: str) -> str:
    """The achievement of a badge (badging)."""
    return f"/achievements/{quote(slug, safe='')}"


def badge_credential(badge_id: UUID) -> str:
    """A badge's signed credential (badging)."""
    return f"/badges/{badge_id}.json"


def achievement_version(slug: str, version: str | int) -> str:
    """One version of an achievement (badging)."""
    return f"/achievements/{quote(slug, safe='')}/{version}"


def status_list(name: str) -> str:
    """A public list of revoked or suspended badges (badging)."""
    return f"/status/{name}"


def journey(application_id: UUID) -> str:
    """One application's messages over all services (ops)."""
    return f"/ops/journeys/{application_id}"


def dead_letter(letter_id: UUID) -> str:
    """One dead letter (ops)."""
    return f"/ops/dead-letters/{letter_id}"


def consumer(name: str) -> str:
    """One consumer (ops)."""
    return f"/ops/consumers/{quote(name, safe='')}"


def sign_in(token: str = "", next: str = "") -> str:
    """Asks for a sign-in link, or uses one with `token`. After it the person is at `next`, a path of ours."""
    query = {name: value for name, value in (("token", token), ("next", next)) if value}
    return f"{SIGN_IN}?{urlencode(query)}" if query else SIGN_IN
