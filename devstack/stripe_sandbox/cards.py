"""Stripe's test cards (https://docs.stripe.com/testing): the number decides what happens."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    code: str
    message: str
    decline_code: str | None = None


@dataclass(frozen=True)
class Card:
    brand: str
    last4: str
    decline: Decline | None = None


_GENERIC = Decline("card_declined", "Your card was declined.", "generic_decline")
_LIVE = Decline(
    "card_declined",
    "Your card was declined. Your request was in test mode, but used a non test card.",
    "test_mode_live_card",
)

_CARDS = {
    "4242424242424242": Card("visa", "4242"),
    "5555555555554444": Card("mastercard", "4444"),
    "378282246310005": Card("amex", "0005"),
    "4000000000000002": Card("visa", "0002", _GENERIC),
    "4000000000009995": Card(
        "visa", "9995", Decline("card_declined", "Your card has insufficient funds.", "insufficient_funds")
    ),
    "4000000000000069": Card("visa", "0069", Decline("expired_card", "Your card has expired.", "expired_card")),
    "4000000000000127": Card(
        "visa", "0127", Decline("incorrect_cvc", "Your card's security code is incorrect.", "incorrect_cvc")
    ),
    "4000000000000119": Card(
        "visa",
        "0119",
        Decline(
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
            "processing_error",
        ),
    ),
}


def card_of(number: str) -> Card | None:
    """The test card of that number; None if it is not a card number. Any other card is declined, as in Stripe's test
    mode."""
    digits = re.sub(r"[ -]", "", number)
    if not re.fullmatch(r"\d{12,19}", digits) or not _luhn(digits):
        return None
    return _CARDS.get(digits) or Card("unknown", digits[-4:], _LIVE)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
