"""The sandbox's arithmetic: fees, form encoding, test cards, disturbances, retries."""

from random import Random

import pytest

from devstack.stripe_sandbox.cards import card_of
from devstack.stripe_sandbox.courier import retry_in
from devstack.stripe_sandbox.form import bracketed, pairs, tree
from devstack.stripe_sandbox.money import fee_of
from devstack.stripe_sandbox.refusals import Refusal
from devstack.stripe_sandbox.sandbox import Disturbances


@pytest.mark.parametrize(
    ("amount", "fee"), [(6000, 204), (50, 31), (100, 33), (1000, 59), (12_345, 388), (17, 30), (18, 31)]
)
def test_the_fee_is_a_share_rounded_half_up_and_thirty(amount: int, fee: int) -> None:
    assert fee_of(amount) == fee


def test_brackets_become_values_lists_and_metadata() -> None:
    text = "a=1&b[c]=2&b[d][0][e]=3&b[d][1][e]=4&expand[]=x&expand[]=y&metadata[0]=z&p[metadata][7]=w&l[10]=k&l[9]=j"
    assert tree(pairs(text)) == {
        "a": "1",
        "b": {"c": "2", "d": [{"e": "3"}, {"e": "4"}]},
        "expand": ["x", "y"],
        "metadata": {"0": "z"},
        "p": {"metadata": {"7": "w"}},
        "l": ["j", "k"],
    }
    assert bracketed(("b", "d", 0, "e")) == "b[d][0][e]"


@pytest.mark.parametrize(
    "text", ["a[=1", "a]=1", "=1", "[a]=1", "a=1&a[b]=2", "a[b]=1&a=2", "a[b][c][d][e][f][g][h][i]=1"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        tree(pairs(text))


def test_a_card_is_known_by_its_number() -> None:
    known = {
        number: card_of(number)
        for number in ("4242 4242 4242 4242", "4242-4242-4242-4242", "4000000000000002", "4111111111111111")
    }
    assert {
        number: (card.last4, card.decline.decline_code if card.decline else None)
        for number, card in known.items()
        if card
    } == {
        "4242 4242 4242 4242": ("4242", None),
        "4242-4242-4242-4242": ("4242", None),
        "4000000000000002": ("0002", "generic_decline"),
        "4111111111111111": ("1111", "test_mode_live_card"),
    }
    assert [card_of(number) for number in ("", "4242", "4242424242424241", "4242x24242424242")] == [None] * 4


def test_disturbances_say_when_each_copy_is_sent() -> None:
    assert Disturbances().sendings(100.0, Random(1)) == [100.0]
    assert Disturbances(copies=3, delay_ms=1500).sendings(100.0, Random(1)) == [101.5] * 3
    assert Disturbances(copies=0).sendings(100.0, Random(1)) == []
    assert Disturbances(copies=5, drop=1).sendings(100.0, Random(1)) == []
    shuffled = Disturbances(copies=50, shuffle=True).sendings(100.0, Random(1))
    assert (len(set(shuffled)), min(shuffled) >= 100.0, max(shuffled) <= 100.5) == (50, True, True)


def test_retries_come_later_and_later_up_to_ten_seconds() -> None:
    assert [retry_in(attempts) for attempts in (0, 1, 2, 5, 6, 1_000_000)] == [0.25, 0.5, 1.0, 8.0, 10.0, 10.0]
