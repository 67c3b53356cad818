"""Lag, computed from offsets and ages."""

from dataclasses import replace

from contracts.topics import CONSUMERS, TOPICS
from services.ops.domain import lag
from services.ops.domain.lag import Lag, Offsets

PLACE = ("payments.fees", 0)
OFFSETS = Offsets(
    beginnings={PLACE: 10},
    ends={PLACE: 100},
    committed={"intake": {PLACE: 60}, "notify": {PLACE: 100}, "ops": {PLACE: 4}},
)


def test_payments_fees_as_everybody_stands() -> None:
    ages = {("payments.fees", 0, 60): 1.5, ("payments.fees", 0, 10): 90.0}
    assert lag.lags(OFFSETS, ages) == [
        Lag("intake", "payments.fees", 0, 60, 100, 40, 1.5),
        Lag("notify", "payments.fees", 0, 100, 100, 0, 0.0),
        Lag("ops", "payments.fees", 0, 4, 100, 90, 90.0),  # what retention took is no lag
    ]


def test_who_never_committed_has_everything_before_it() -> None:
    assert lag.lags(replace(OFFSETS, committed={}), {})[0] == Lag("intake", "payments.fees", 0, None, 100, 90, None)


def test_marks_of_transactions_are_nobody_s_work() -> None:
    assert lag.lags(OFFSETS, {("payments.fees", 0, 60): None})[0] == Lag("intake", "payments.fees", 0, 60, 100, 0, 0.0)


def test_an_empty_topic_is_no_lag() -> None:
    empty = Offsets(beginnings={PLACE: 10}, ends={PLACE: 10}, committed={})
    assert {(one.lag_records, one.lag_seconds) for one in lag.lags(empty, {})} == {(0, 0.0)}
    assert lag.unread(empty) == set()


def test_only_unread_spots_have_to_be_looked_at() -> None:
    assert lag.unread(OFFSETS) == {("payments.fees", 0, 60), ("payments.fees", 0, 10)}


def test_a_commit_beyond_the_end_is_no_negative_lag() -> None:
    recreated = Offsets(beginnings={PLACE: 0}, ends={PLACE: 5}, committed={"intake": {PLACE: 60}})
    assert lag.lags(recreated, {})[0] == Lag("intake", "payments.fees", 0, 60, 5, 0, 0.0)


def test_who_hears_what() -> None:
    assert lag.groups_of("payments") == {
        "intake.applications": "payments",
        "intake.catalog": "payments",
        "intake.people": "payments",
        "ops.redrives": "payments.control",
    }
    assert lag.groups_of("ops") == dict.fromkeys(TOPICS, "ops")
    assert set(lag.all_groups()) == {*CONSUMERS, *(f"{name}.control" for name in CONSUMERS if name != "ops")}
