"""Traffic on the topics, and waiting times."""

from datetime import UTC, datetime, timedelta

from services.ops.domain.activity import Outbox, Pulses, TopicActivity, outboxes, silences, spans, topics_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_oldest_five_minutes_stand_first() -> None:
    assert spans([("a", 0, 3), ("a", 11, 1), ("b", 5, 2), ("a", 12, 4), ("ops.pulses", 0, 24)]) == {
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
        TopicActivity("intake.applications", NOON, 61.0),
        TopicActivity("intake.people", NOON, -2.0),  # the clock of the service is ahead of the one that publishes
        TopicActivity("payments.fees", NOON, None),
        TopicActivity("review.cases", NOON, -2.0),
        TopicActivity("badging.badges", NOON, 59.9),
    ]
    found = outboxes(said, {"notify": 60.0, "badging": 59.9}, ["intake", "payments", "review", "badging", "notify"])
    assert found == [
        Outbox("intake", NOON, 61.0),
        Outbox("payments", NOON, None),
        Outbox("review", NOON, 0.0),
        Outbox("badging", NOON, 59.9, 59.9),
        Outbox("notify", None, None, 60.0),
    ]
    assert [one.ages for one in found] == [True, False, False, False, True]
    assert [one.holds for one in found] == [False, False, False, False, True]


def test_a_pulse_that_stays_away_counts_against_that_of_the_console() -> None:
    def ago(seconds: float) -> datetime:
        return NOON - timedelta(seconds=seconds)

    newest = {"ops": ago(300), "intake": ago(298), "payments": ago(310), "review": ago(1300)}
    # The journal is five minutes behind: that is no fault of the services whose pulses are as old.
    assert silences(Pulses(newest, begun=ago(2300)), NOON) == {
        "intake": 0.0,
        "payments": 10.0,
        "review": 1000.0,
        "badging": 2000.0,
        "notify": 2000.0,
        "ops": 300.0,
    }


def test_a_console_that_has_no_pulse_of_its_own_yet_judges_nobody() -> None:
    assert silences(Pulses({"intake": NOON}, begun=None), NOON) == {}
