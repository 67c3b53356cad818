"""How often somebody may ask for a link: what is counted, and when there is room again."""

from datetime import timedelta

import pytest

from services.intake.domain.limits import Rate, client, wait_seconds
from services.intake.limiting import SignInLimits
from tests.unit.intake.builders import NOW


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_whom_an_address_of_the_network_belongs_to(host: str, counted: str) -> None:
    assert client(host) == counted


def test_the_wait_is_the_longest_in_whole_seconds_and_at_least_one() -> None:
    assert wait_seconds([NOW + timedelta(seconds=0.001)], NOW) == 1
    assert wait_seconds([NOW + timedelta(seconds=0)], NOW) == 1
    assert wait_seconds([NOW + timedelta(seconds=59.2), NOW + timedelta(seconds=3)], NOW) == 60
    assert wait_seconds([NOW + timedelta(seconds=60)], NOW) == 60
    assert wait_seconds([], NOW) == 1, "there is room again by now"


def test_rates_are_words_and_who_is_counted_is_a_keyed_hash() -> None:
    limits = SignInLimits("5 per 15 minutes", "1000/minute", b"secret")
    by_client, by_address = limits.of("ada@example.org", "203.0.113.7")
    assert (by_client.rate, by_address.rate) == (Rate(1000, timedelta(minutes=1)), Rate(5, timedelta(minutes=15)))
    assert limits.of("ada@example.org", "203.0.113.7") == (by_client, by_address)
    assert len({by_client.who, by_address.who, limits.of("203.0.113.7", "ada@example.org")[0].who}) == 3
    other = SignInLimits("5 per 15 minutes", "1000/minute", b"another secret")
    assert {one.who for one in other.of("ada@example.org", "203.0.113.7")} & {by_client.who, by_address.who} == set()


@pytest.mark.parametrize(
    "words",
    [
        "",
        "often",
        "5",
        "0 per minute",
        "-1 per minute",
        "5 per 9999 years",
        "5 per 99999999999 years",
        "99999999999 per day",
    ],
)
def test_what_is_no_rate_stops_the_start(words: str) -> None:
    with pytest.raises(SystemExit, match=r"SIGN_IN_PER_ADDRESS: .* write it like '5 per 15 minutes'"):
        SignInLimits(words, "1/minute", b"secret")
    with pytest.raises(SystemExit, match="SIGN_IN_PER_CLIENT"):
        SignInLimits("1/minute", words, b"secret")
