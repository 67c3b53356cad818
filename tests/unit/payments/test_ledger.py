"""The ledger's rules."""

from uuid import UUID

import pytest

from contracts.claims import Money
from services.payments.domain import ledger
from services.payments.domain.ledger import Entry, Kind, Line, Unbalanced

APPLICATION = UUID(int=1)
SIXTY = Money(amount_minor=6000)


@pytest.mark.parametrize(
    ("kind", "debited", "credited"),
    [
        (Kind.FEE_DUE, "receivable", "fee_income"),
        (Kind.PAYMENT, "stripe_balance", "receivable"),
        (Kind.STRIPE_FEE, "stripe_fees", "stripe_balance"),
        (Kind.REFUND, "receivable", "stripe_balance"),
        (Kind.CREDIT_NOTE, "fee_income", "receivable"),
        (Kind.WAIVER, "fee_income", "receivable"),
    ],
)
def test_what_each_kind_moves(kind: Kind, debited: str, credited: str) -> None:
    (entry,) = ledger.entries(kind, APPLICATION, "pi_1", SIXTY)
    assert entry.lines == (Line(debited, 6000, 0), Line(credited, 0, 6000))


def test_every_kind_is_tried_above() -> None:
    assert set(ledger.DEBITED_AND_CREDITED) == set(Kind)


def test_a_fact_said_again_is_the_same_entry_and_another_fact_another() -> None:
    same = {ledger.entries(Kind.PAYMENT, APPLICATION, "pi_1", SIXTY)[0].entry_id for _ in range(2)}
    others = {
        ledger.entries(kind, application, reference, SIXTY)[0].entry_id
        for kind, application, reference in [
            (Kind.REFUND, APPLICATION, "pi_1"),
            (Kind.PAYMENT, UUID(int=2), "pi_1"),
            (Kind.PAYMENT, APPLICATION, "pi_2"),
        ]
    }
    assert (len(same), len(others), same & others) == (1, 3, set())


def test_nothing_moved_is_no_entry() -> None:
    assert ledger.entries(Kind.STRIPE_FEE, APPLICATION, "pi_1", Money(amount_minor=0)) == ()


@pytest.mark.parametrize("lines", [(), (Line("a", 1, 0), Line("b", 0, 2)), (Line("a", 0, 0), Line("b", 0, 0))])
def test_an_entry_that_does_not_balance_cannot_be_made(lines: tuple[Line, ...]) -> None:
    with pytest.raises(Unbalanced):
        Entry(UUID(int=3), APPLICATION, Kind.PAYMENT, "usd", lines)
