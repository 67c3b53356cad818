"""What this service holds about people, table by table: what an erasure does with it, and what a person's export takes
(`chassis.personal`). A new table or column with a person's data must be added here.

Objects (files and texts) need no entry: an erasure deletes all under the person's id. An export takes those that the
rows of its sections name.
"""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, deleted, emptied, kept, nobodys
from services.intake.personal import erasures, exports, written

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "people": emptied(
        "The id stays, so that facts with it still have one owner; everything else is removed.",
        erasures.EMPTY_PEOPLE,
        exports.PERSON,
    ),
    "links": deleted("Links that were mailed.", "DELETE FROM links WHERE person_id = $1", exports.LINKS),
    "sessions": deleted(
        "The sessions in which they are signed in.", "DELETE FROM sessions WHERE person_id = $1", exports.SESSIONS
    ),
    "exports": deleted(
        "Their data as a file, for some days.",
        "DELETE FROM exports WHERE person_id = $1",
        "An export cannot hold itself.",
    ),
    "sign_in_counts": kept(
        "Keyed hashes of addresses and clients, kept for the limit's window. The person's address is removed at once.",
        "Hashes that are kept for minutes and name nobody.",
    ),
    "reopenings": emptied(
        "It stays that requirements were opened again; the reason is removed.",
        erasures.EMPTY_REOPENINGS,
        exports.REOPENINGS,
    ),
    "moves": kept(
        "The staff member who moved applications, as an id, and the reason.", "An act of the program's staff."
    ),
    "moved": emptied(
        "It stays that an application was moved; ratings, path and keys of materials are removed.",
        erasures.EMPTY_MOVED,
        exports.MOVED,
    ),
    # Materials and decisions come before applications, because they are found through them.
    "materials": deleted("What the person handed in.", erasures.FORGET_MATERIALS, written.MATERIALS),
    "eligibility": deleted(
        "The answer to the question of who may apply.", erasures.FORGET_ELIGIBILITY, written.ELIGIBILITY
    ),
    "research_consents": deleted(
        "Consents to research. Their events stay, as facts with ids.",
        erasures.FORGET_RESEARCH_CONSENTS,
        written.RESEARCH_CONSENTS,
    ),
    "assessments": deleted("Each self-assessment.", erasures.FORGET_ASSESSMENTS, written.ASSESSMENTS),
    "study_plan": deleted("Their study plan, in their own words.", erasures.FORGET_STUDY_PLAN, written.STUDY_PLAN),
    "drafts": deleted("Texts that were not handed in.", erasures.FORGET_DRAFTS, written.DRAFTS),
    "letter_requests": emptied(
        "It stays that a letter was asked for. The referee is removed when the referee or the applicant is erased.",
        erasures.FORGET_REFEREE,
        written.LETTERS,
    ),
    "letter_links": kept("Hashes of mailed links, kept until long after they expired.", "Hashes, which open nothing."),
    "decisions": emptied(
        "The outcome stays as a fact; the levels and the texts are removed.",
        erasures.EMPTY_DECISIONS,
        exports.DECISIONS,
    ),
    "extensions": emptied(
        "It stays that there was more time; the reason is removed.", erasures.EMPTY_EXTENSIONS, exports.EXTENSIONS
    ),
    "terms": kept("The deadlines of applications: days and ids.", exports.TERMS),
    "periods": nobodys("Enrollment periods."),
    "term_rules": nobodys("The policy's rules of deadlines."),
    "applications": emptied(
        "Facts stay: credential, attempt, state, fee, the accepted agreement, times. Texts and ratings are removed.",
        erasures.EMPTY_APPLICATIONS,
        exports.APPLICATIONS,
    ),
    "audit": kept("The acts of staff, with ids; a line is never changed.", exports.AUDIT),
    "cohort_places": emptied(
        "It stays that a place was taken and ended; what staff wrote to the person is removed.",
        erasures.EMPTY_COHORT_PLACES,
        exports.COHORT_PLACES,
    ),
    "cohorts": emptied(
        "A facilitator with an account is removed from the cohort.", erasures.EMPTY_COHORTS, exports.COHORTS
    ),
    "cohort_sessions": nobodys("The times at which cohorts meet."),
    "credentials": nobodys("The catalog."),
    "credential_changes": kept(
        "The staff member who changed the state of a credential, as an id, and the reason.",
        "An act of the program's staff, about a credential.",
    ),
}
