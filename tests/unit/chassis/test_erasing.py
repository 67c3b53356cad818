"""When all data of an erased person is surely deleted, and how often it is searched for."""

from datetime import UTC, datetime, timedelta

from chassis import erasing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def test_it_is_reckoned_from_the_first_look_that_found_nothing() -> None:
    assert erasing.empty_since(None, 0, NOW) == NOW
    assert erasing.empty_since(NOW - DAY, 0, NOW) == NOW - DAY
    assert erasing.empty_since(NOW - DAY, 1, NOW) is None


def test_it_is_finished_after_a_day_without_any() -> None:
    assert not erasing.finished(None, NOW)
    assert not erasing.finished(NOW - DAY + SECOND, NOW)
    assert erasing.finished(NOW - DAY, NOW)


def test_the_first_looks_come_soon_and_later_ones_once_an_hour() -> None:
    assert [erasing.wait(looks).total_seconds() for looks in (1, 2, 3, 4, 5)] == [5, 10, 20, 40, 80]
    assert {erasing.wait(looks) for looks in (11, 100, 10_000)} == {timedelta(hours=1)}
