"""What this service holds about people, table by table, and what an erasure does with it (`chassis.personal`).

An applicant's texts, and the panel's texts about them, are objects under the applicant's id; they are deleted with it.
What a reviewer wrote about others belongs to those people: it stays, and its author is only an id.
"""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, deleted, emptied, kept, nobodys

# A panel member's kept answer may show what was written about the applicant.
FORGET_ANSWERS = """
    DELETE FROM idempotency_keys WHERE who = $1::uuid::text OR EXISTS (
        SELECT FROM cases c WHERE c.person_id = $1 AND position(c.case_id::text IN body::text) > 0
    )
"""
EMPTY_SEATS = """
    UPDATE seats SET notes = NULL, reason = NULL, conflict = '' FROM cases c
    WHERE c.case_id = seats.case_id AND c.person_id = $1
"""
EMPTY_DECISIONS = """
    UPDATE decisions SET reasons = NULL FROM cases c WHERE c.case_id = decisions.case_id AND c.person_id = $1
"""

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "idempotency_keys": deleted(
        "Stored answers to the person's requests, and to other people's requests about them.", FORGET_ANSWERS
    ),
    "cases": kept("It stays that a case was opened and how it ended. Its claims point to deleted objects."),
    "seats": emptied(
        "The judges and their levels stay; the notes about the applicant and the kinds of conflicts are removed.",
        EMPTY_SEATS,
    ),
    "decisions": emptied(
        "Outcome and levels stay as facts. The claims of letter and feedback point to deleted objects.", EMPTY_DECISIONS
    ),
    "reviewers": deleted("What a reviewer or chair said of themselves.", "DELETE FROM reviewers WHERE person_id = $1"),
    "reviewer_agreements": deleted(
        "Which agreement they signed, and when.", "DELETE FROM reviewer_agreements WHERE person_id = $1"
    ),
    "credentials": nobodys("The catalog."),
}
