"""Which event asks for which mail."""

from urllib.parse import parse_qs, urlsplit

import pytest

from contracts import pages
from contracts.event import EVENTS, Event
from contracts.topics import INTAKE_CATALOG, INTAKE_PEOPLE
from services.notify.domain import cohort_occasions, links, occasions
from services.notify.domain.occasions import Notice, Occasion
from tests.unit.notify import events
from tests.unit.notify.events import APPLICATION, CASE, NOON, PERSON, REVIEWER, SLUG

PATH = f"/applications/{APPLICATION}"
USD_60 = {"amount_minor": 6000, "currency": "usd"}


def occasion(event: Event) -> Occasion | None:
    return occasions.occasion(event, NOON)


def test_every_event_that_notify_hears_mails_somebody_or_is_known_not_to() -> None:
    projected = {INTAKE_PEOPLE.name, INTAKE_CATALOG.name}
    heard = {
        name
        for name, kind in EVENTS.items()
        if "notify" in kind.HEARD_BY and kind.TOPIC.name not in projected and not name.startswith("ops.")
    }
    heard.add("intake.person.erased.v1")  # projected, and mailed of
    assert {event.TYPE for event in (*events.MAILED, *events.NOTICES, *events.COHORTS, *events.SILENT)} == heard


@pytest.mark.parametrize("event", events.SILENT, ids=lambda event: event.TYPE)
def test_these_mail_nobody(event: Event) -> None:
    assert (occasion(event), occasions.notice(event), cohort_occasions.occasions(event)) == (None, None, ())


@pytest.mark.parametrize("event", [*events.MAILED, *events.NOTICES], ids=lambda event: event.TYPE)
def test_what_is_for_a_role_is_for_nobody_else(event: Event) -> None:
    assert (occasion(event) is None) != (occasions.notice(event) is None)


def test_a_case_that_cannot_be_staffed_is_told_to_staff_without_the_application() -> None:
    facts = {
        "path": f"/review/cases/{CASE}",
        "submission_number": "S-2026-0001",
        "lacking": {"chair": 1, "reviewer": 2},
    }
    found = occasions.notice(events.UNSTAFFED)
    assert found == Notice("staff", "case_unstaffed", APPLICATION, (SLUG, 1), facts)
    assert found.role in occasions.NOTICED_ROLES
    assert str(APPLICATION) not in str(facts)


def test_sign_in() -> None:
    assert occasion(events.link()) == Occasion(
        "sign_in",
        PERSON,
        person_version=3,
        facts={"expires_at": NOON.isoformat()},
        sealed="c2VhbGVk",
        expires_at=NOON,
    )


def test_a_link_of_a_purpose_from_the_future_has_a_template_that_nobody_has() -> None:
    found = occasion(events.link(purpose="sign_in_2"))
    assert found is not None
    assert found.template == "link.sign_in_2"


def test_a_mail_to_a_referee_that_came_back() -> None:
    facts = {"path": f"{PATH}/letters", "requirement": "Letter"}
    assert occasion(events.UNDELIVERED) == Occasion("letter_undelivered", PERSON, 1, APPLICATION, (SLUG, 1), facts)


def test_fee_due() -> None:
    assert occasion(events.FEE_DUE) == Occasion(
        "fee_due", PERSON, 2, APPLICATION, (SLUG, 1), {"path": f"/payments/{APPLICATION}", "fee": USD_60}
    )


def test_payment_received() -> None:
    facts = {"path": PATH, "amount": USD_60, "receipt_url": "https://pay.example/r"}
    assert occasion(events.PAID) == Occasion("payment_received", PERSON, 1, APPLICATION, None, facts)


def test_refunded() -> None:
    facts = {
        "path": PATH,
        "amount": {"amount_minor": 2500, "currency": "usd"},
        "remaining": {"amount_minor": 3500, "currency": "usd"},
        "renewal": False,
    }
    assert occasion(events.REFUNDED) == Occasion("refunded", PERSON, 1, APPLICATION, None, facts)


def test_application_received() -> None:
    facts = {"path": PATH, "submitted_at": NOON.isoformat(), "expected": 0}
    assert occasion(events.SUBMITTED) == Occasion("application_received", PERSON, 2, APPLICATION, (SLUG, 1), facts)


def test_reopened_without_what_and_why() -> None:
    facts = {"path": PATH, "until": events.NOON.isoformat()}
    assert occasion(events.REOPENED) == Occasion("reopened", PERSON, 1, APPLICATION, (SLUG, 1), facts)


def test_moved_to_another_version_and_back() -> None:
    for event, undone in ((events.MOVED, False), (events.MOVED_BACK, True)):
        facts = {"path": PATH, "version": 1, "undone": undone}
        assert occasion(event) == Occasion("moved", PERSON, 1, APPLICATION, (SLUG, 1), facts)


def test_withdrawn() -> None:
    assert occasion(events.WITHDRAWN) == Occasion("withdrawn", PERSON, 1, APPLICATION, (SLUG, 1), {"path": PATH})


def test_a_reviewer_learns_the_submission_number_and_nothing_of_the_applicant() -> None:
    found = occasion(events.ASSIGNED)
    facts = {
        "path": f"/review/cases/{CASE}",
        "submission_number": "S-2026-0001",
        "role": "reviewer",
        "due_at": NOON.isoformat(),
    }
    assert found == Occasion("reviewer_assigned", REVIEWER, 1, APPLICATION, None, facts)
    assert str(APPLICATION) not in str(facts)


@pytest.mark.parametrize("outcome", ["awarded", "not_yet"])
def test_a_decision_is_told_without_its_content(outcome: str) -> None:
    assert occasion(events.decided(outcome)) == Occasion(
        f"decision_{outcome}", PERSON, 1, APPLICATION, (SLUG, 1), {"path": pages.decision(APPLICATION)}
    )


def test_badge_issued() -> None:
    facts = {"link": "https://badges.example/badges/5", "badge_id": str(events.BADGE), "year": 2026, "month": 12}
    assert occasion(events.ISSUED) == Occasion("badge_issued", PERSON, 1, APPLICATION, (SLUG, 1), facts)


def test_linkedin() -> None:
    link = links.linkedin("Equity & Inclusion", "Org", "https://b.example/badges/5", "5", 2026, 12)
    assert urlsplit(link)._replace(query="").geturl() == "https://www.linkedin.com/profile/add"
    assert parse_qs(urlsplit(link).query) == {
        "startTask": ["CERTIFICATION_NAME"],
        "name": ["Equity & Inclusion"],
        "organizationName": ["Org"],
        "issueYear": ["2026"],
        "issueMonth": ["12"],
        "certUrl": ["https://b.example/badges/5"],
        "certId": ["5"],
    }
    assert "organizationName" not in links.linkedin("n", "", "u", "5", 2026, 12)


def test_who_asked_for_their_data_is_told_where_it_is_until_when() -> None:
    facts = {"path": "/account", "expires_at": events.NOON.isoformat()}
    found = occasion(events.EXPORT_READY)
    assert found == Occasion("export_ready", PERSON, 3, facts=facts, expires_at=events.NOON)
