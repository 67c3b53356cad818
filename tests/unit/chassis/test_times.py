"""Times in filters and cursors."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.faults import words
from chassis.http import decode_count, decode_name, decode_place, encode_place
from chassis.times import Moment, read_time
from contracts.refusals import Invalid
from tests.cursors import NO_PLACES

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ID = UUID("0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T12:00:00Z", NOON),
        ("2026-03-02T13:00:00.000000+01:00", NOON),
        ("2026-03-02 12:00:00+00:00", NOON),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_times_with_a_zone_are_read_in_utc(text: str, moment: datetime) -> None:
    for found in (read_time(text), TypeAdapter(Moment).validate_python(text)):
        assert (found, found.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-03-02T00:00:00", "has no zone"),
        ("2026-03-02T00:00", "has no zone"),
        ("20260302T000000", "has no zone"),
        (
            "2026-03-02T12:00:00 01:00",
            "is not a time; write it like 2026-03-02T15:04:05Z (a + in an address is written %2B)",
        ),
        ("0001-01-01T00:00:00+14:00", "lies outside of the years 1 to 9999"),
        ("9999-12-31T23:59:59-00:01", "lies outside of the years 1 to 9999"),
        ("0000-01-01T00:00:00Z", "is not a time"),
        ("10000-01-01T00:00:00Z", "is not a time"),
        ("2026-02-30T00:00:00Z", "is not a time"),
        ("1767225600", "is not a time"),
        ("5", "is not a time"),
        ("noon", "is not a time"),
        ("", "is not a time"),
        ("\x00", "is not a time"),
    ],
)
def test_other_times_are_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Moment).validate_python(text)
    assert str(words(refused.value.errors()[0])).startswith(why)
    with pytest.raises(ValueError):
        read_time(text)


def test_in_a_filter_a_date_is_its_midnight() -> None:
    moments: TypeAdapter[Any] = TypeAdapter(Moment)
    assert moments.validate_python("2026-03-02") == datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(ValidationError, match="is not a day of the calendar"):
        moments.validate_python("2026-02-29")
    with pytest.raises(ValidationError, match="is not a time"):
        moments.validate_python(5)
    with pytest.raises(ValueError, match="has no zone"):
        read_time("2026-03-02")


def test_the_place_of_a_cursor_comes_back() -> None:
    for moment in (
        NOON,
        NOON + timedelta(microseconds=1),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2286, 11, 20, tzinfo=UTC),
    ):
        assert decode_place(encode_place(moment, ID), None) == (moment, ID)
    assert encode_place("2026-03-02T13:00:00+01:00", str(ID)) == encode_place(NOON, ID)
    assert decode_place(None, "the beginning") == "the beginning"


@pytest.mark.parametrize("text", NO_PLACES)
def test_a_place_that_no_list_has_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_place(text, None)
    assert (refused.value.status, [fault.field for fault in refused.value.faults]) == (422, ["after"])


def test_counts_and_names_are_cursors_too() -> None:
    assert (decode_count(None), decode_count("0"), decode_count("50")) == (0, 0, 50)
    assert (decode_name(None), decode_name("a-1_b")) == ("", "a-1_b")
    for text in ("", "-1", "²", "1" * 10, "1\n", "x"):
        with pytest.raises(Invalid):
            decode_count(text)
    for text in ("", "A", "1a", "a b", "a\n", "a\x00", "a" * 81, "é"):
        with pytest.raises(Invalid):
            decode_name(text)
