"""What is not handled yet, and since when."""

from chassis.kafka.lag import MOST_NAMED, Lag

APPLICATIONS, PEOPLE = ("payments", "intake.applications", 2), ("payments", "intake.people", 0)


def test_records_that_stand_for_half_a_minute_are_named() -> None:
    lag = Lag()
    lag.look(100, {APPLICATIONS: (5, 9), PEOPLE: (7, 7)})
    assert lag.reason(130) == ""
    lag.look(140, {APPLICATIONS: (5, 11), PEOPLE: (7, 7)})
    assert lag.reason(145) == "records are not handled: 6 on intake.applications/2 from offset 5 on, for 45 s"


def test_whatever_moves_does_not_stand() -> None:
    lag = Lag()
    for second in range(0, 300, 20):
        lag.look(second, {APPLICATIONS: (second, 10_000)})
        assert lag.reason(second + 20) == ""


def test_what_was_handled_or_went_to_another_process_is_forgotten() -> None:
    lag = Lag()
    lag.look(0, {APPLICATIONS: (5, 9), PEOPLE: (0, 1)})
    lag.look(60, {APPLICATIONS: (9, 9)})
    assert lag.reason(60) == ""
    lag.look(61, {PEOPLE: (0, 1)})
    assert lag.reason(91) == ""


def test_the_oldest_are_named_and_the_others_counted() -> None:
    lag = Lag()
    places = [("ops", "payments.fees", n) for n in range(MOST_NAMED + 2)]
    for n, _ in enumerate(places):
        lag.look(-n, dict.fromkeys(places[: n + 1], (1, 2)))
    told = "; ".join(f"1 on payments.fees/{n} from offset 1 on, for {60 + n} s" for n in (4, 3, 2))
    assert lag.reason(60) == f"records are not handled: {told}; and 2 more partitions"
