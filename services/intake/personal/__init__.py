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
        "The id stays, so that facts with it still have one owner; all else goes.",
        erasures.EMPTY_PEOPLE,
        exports.PERSON,
    ),
    "links": deleted("Links that were mailed.", "DELETE FROM links WHERE person_id = $1", exports.LINKS),
    "sessions": deleted("Where they are signed in.", "DELETE FROM sessions WHERE person_id = $1", exports.SESSIONS),
    "exports": deleted(
        "Their data as a file, for some days.",
        "DELETE FROM exports WHERE person_id = $1",
        "It would hold itself.",
    ),
    "sign_in_counts": kept(
        "Keyed hashes of addresses and clients, until the limit's window has passed; the erasure takes the address's.",
        "Hashes for some minutes, from which nobody can tell who it was.",
    ),
    "reopenings": emptied(
        "That requirements were opened again stays as a fact; the reason goes.",
        erasures.EMPTY_REOPENINGS,
        exports.REOPENINGS,
    ),
    "moves": kept("Who of the staff moved applications, as an id, and why.", "An act of the program's staff."),
    "moved": emptied(
        "That an application was moved stays as a fact; ratings, path and keys of what was handed in go.",
        erasures.EMPTY_MOVED,
        exports.MOVED,
    ),
    # Materials and decisions come before applications, because they are found through them.
    "materials": deleted("What was handed in.", erasures.FORGET_MATERIALS, written.MATERIALS),
    "eligibility": deleted("What was answered about who may apply.", erasures.FORGET_ELIGIBILITY, written.ELIGIBILITY),
    "research_consents": deleted(
        "The events that were said of it stay, as facts with ids.",
        erasures.FORGET_RESEARCH_CONSENTS,
        written.RESEARCH_CONSENTS,
    ),
    "assessments": deleted("Each self-assessment.", erasures.FORGET_ASSESSMENTS, written.ASSESSMENTS),
    "study_plan": deleted("What they meant to do, in their own words.", erasures.FORGET_STUDY_PLAN, written.STUDY_PLAN),
    "drafts": deleted("Texts that were not handed in.", erasures.FORGET_DRAFTS, written.DRAFTS),
    "letter_requests": emptied(
        "That a letter was asked for stays as a fact. Who was asked goes, whether they are erased or who asked them.",
        erasures.FORGET_REFEREE,
        written.LETTERS,
    ),
    "letter_links": kept(
        "Hashes of links that were mailed, until long after they ran out.", "Hashes that open nothing."
    ),
    "decisions": emptied(
        "The outcome stays as a fact; the levels and the texts go.", erasures.EMPTY_DECISIONS, exports.DECISIONS
    ),
    "extensions": emptied(
        "That there was more time stays as a fact; the reason goes.", erasures.EMPTY_EXTENSIONS, exports.EXTENSIONS
    ),
    "terms": kept("By when an application was due: days and ids.", exports.TERMS),
    "periods": nobodys("Enrollment periods."),
    "term_rules": nobodys("The policy by which deadlines are reckoned."),
    "applications": emptied(
        "Facts stay: credential, attempt, state, fee, the agreement that was accepted, times. Words and ratings go.",
        erasures.EMPTY_APPLICATIONS,
        exports.APPLICATIONS,
    ),
    "audit": kept("Who of the staff did what, as ids; it is never changed.", exports.AUDIT),
    "cohort_places": emptied(
        "That a place was taken and ended stays; what staff wrote to the person goes.",
        erasures.EMPTY_COHORT_PLACES,
        exports.COHORT_PLACES,
    ),
    "cohorts": emptied(
        "A facilitator with an account is taken off the cohort.", erasures.EMPTY_COHORTS, exports.COHORTS
    ),
    "cohort_sessions": nobodys("When cohorts meet."),
    "credentials": nobodys("The catalog."),
    "credential_changes": kept(
        "Who of the staff changed the state of a credential, as an id, and why.",
        "An act of the program's staff, about a credential.",
    ),
}
