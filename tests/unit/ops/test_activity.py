"""What went over the topics, and how long it waited."""

from datetime import UTC, datetime

from services.ops.domain.activity import Outbox, Said, outboxes, spans, topics_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_oldest_five_minutes_stand_first() -> None:
    assert spans([("a", 0, 3), ("a", 11, 1), ("b", 5, 2), ("a", 12, 4)]) == {
        "a": [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3],
        "b": [0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0],
    }


def test_copies_of_dead_letters_tell_nothing_of_an_outbox() -> None:
    assert topics_of("intake") == [
        "intake.applications",
        "intake.people",
        "intake.catalog",
        "intake.cohorts",
        "intake.links",
    ]
    assert topics_of("ops") == ["ops.redrives"]


def test_an_outbox_by_what_left_it() -> None:
    said = [
        Said("intake.applications", NOON, 61.0),
        Said("intake.people", NOON, -2.0),  # the clock of the service is ahead of the one that publishes
        Said("payments.fees", NOON, None),
        Said("review.cases", NOON, -2.0),
        Said("badging.badges", NOON, 59.9),
    ]
    found = outboxes(said, ["intake", "payments", "review", "badging", "notify"])
    assert found == [
        Outbox("intake", NOON, 61.0),
        Outbox("payments", NOON, None),
        Outbox("review", NOON, 0.0),
        Outbox("badging", NOON, 59.9),
        Outbox("notify", None, None),
    ]
    assert [one.ages for one in found] == [True, False, False, False, False]
