"""Which mails the events of a cohort ask for."""

from datetime import UTC, datetime
from uuid import UUID

from icalendar import Calendar

from contracts import pages
from services.notify.domain.cohort_occasions import occasions
from services.notify.rendering import Renderer
from tests.unit.notify import events
from tests.unit.notify.events import APPLICATION, PERSON, REVIEWER


def test_a_change_of_sessions_is_told_to_each_member_at_their_own_application() -> None:
    told = occasions(events.RESCHEDULED)
    assert [(one.template, one.person_id, one.facts["path"]) for one in told] == [
        ("cohort_rescheduled", PERSON, pages.cohort(APPLICATION)),
        ("cohort_rescheduled", REVIEWER, pages.cohort(UUID(int=10))),
    ]


def test_only_what_changed_is_told_and_all_sessions_are_attached() -> None:
    event = events.RESCHEDULED.model_copy(update={"changed": (UUID(int=9),)})
    facts = occasions(event)[0].facts
    sessions, calendar = facts["sessions"], facts["calendar"]
    assert isinstance(sessions, list)
    assert isinstance(calendar, dict)
    assert [one["session_id"] for one in sessions] == [str(UUID(int=9))]
    assert [one["session_id"] for one in calendar["sessions"]] == [str(UUID(int=8)), str(UUID(int=9))]


def test_a_cancelled_cohort_is_told_to_members_and_to_who_waits_once_each() -> None:
    told = occasions(events.COHORT_CANCELLED)
    assert [(one.person_id, one.facts["waited"], "calendar" in one.facts) for one in told] == [
        (PERSON, False, True),
        (REVIEWER, True, False),
    ]


def test_the_calendar_of_a_mail_does_not_say_where_it_meets() -> None:
    renderer = Renderer("The Program", "https://program.example")
    attached = renderer.attach(occasions(events.PLACED)[0].facts, datetime(2026, 12, 1, tzinfo=UTC))
    assert attached is not None
    found = Calendar.from_ical(attached).walk("VEVENT")
    assert [(str(one["UID"]), one["STATUS"], one["SEQUENCE"], "LOCATION" in one) for one in found] == [
        (f"{UUID(int=8)}@program.example", "CONFIRMED", 0, False),
        (f"{UUID(int=9)}@program.example", "CANCELLED", 1, False),
    ]
    assert str(found[0]["URL"]) == "https://program.example" + pages.cohort(APPLICATION)
    # 23:00 UTC in winter is 18:00 in New York, and the file has the zone's rules.
    assert found[0].start.isoformat() == "2026-12-07T18:00:00-05:00"
    assert b"BEGIN:DAYLIGHT" in attached


def test_who_waits_or_is_out_gets_no_calendar() -> None:
    renderer = Renderer("The Program", "https://program.example")
    for event in (events.WAITING, events.REMOVED):
        assert renderer.attach(occasions(event)[0].facts, events.NOON) is None
