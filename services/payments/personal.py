"""This service's data about people, table by table, and what an erasure does with it (`chassis.personal`). Amounts, ids
and times are accounting facts, which must be kept."""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, emptied, kept, nobodys

FORGET_PAGES = """
    UPDATE checkouts SET url = NULL FROM fees f WHERE f.application_id = checkouts.application_id AND f.person_id = $1
"""
FORGET_RECEIPTS = """
    UPDATE payments SET receipt_url = NULL FROM fees f
    WHERE f.application_id = payments.application_id AND f.person_id = $1
"""

FORGET_REASONS = """
    UPDATE staff_acts SET reason = '' FROM fees f WHERE f.application_id = staff_acts.fee_id AND f.person_id = $1
"""

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "fees": kept("An accounting fact: the amount due, its application, and how it was settled."),
    "checkouts": emptied(
        "An accounting fact. The link to Stripe's page, which shows the e-mail address, is removed.", FORGET_PAGES
    ),
    "payments": emptied(
        "An accounting fact. The link to Stripe's receipt, which shows a name, is removed.", FORGET_RECEIPTS
    ),
    "staff_acts": emptied(
        "That staff waived a fee or gave a payment back is an accounting fact; the reason goes.", FORGET_REASONS
    ),
    "ledger": kept("The books: amounts and application ids."),
    "stripe_events": kept("Stripe's events about payments: ids and amounts."),
    "credentials": nobodys("The names of the catalog."),
}
