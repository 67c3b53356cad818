"""When the texts about an erased person are surely gone."""

from datetime import timedelta

from services.review.domain import erasures
from tests.unit.review.builders import NOW

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def test_it_is_reckoned_from_the_first_look_that_found_nothing() -> None:
    assert erasures.empty_since(None, 0, NOW) == NOW
    assert erasures.empty_since(NOW - DAY, 0, NOW) == NOW - DAY
    assert erasures.empty_since(NOW - DAY, 1, NOW) is None


def test_it_is_finished_after_a_day_without_any() -> None:
    assert not erasures.finished(None, NOW)
    assert not erasures.finished(NOW - DAY + SECOND, NOW)
    assert erasures.finished(NOW - DAY, NOW)
