"""Double-entry bookkeeping: the effect of each fact on the accounts. Every entry's lines sum to zero, and its id
follows from the fact.

Accounts: `receivable` (what applicants owe; below zero: what we owe them), `fee_income`, `stripe_balance`,
`stripe_fees`. Amounts are in the smallest unit of the entry's currency.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from contracts.claims import Money


class Kind(StrEnum):
    """The kind of an entry. More kinds (dispute, invoice, transfer) will come with their features."""

    FEE_DUE = "fee_due"
    PAYMENT = "payment"
    STRIPE_FEE = "stripe_fee"
    REFUND = "refund"
    CREDIT_NOTE = "credit_note"
    WAIVER = "waiver"


class Account(StrEnum):
    """The accounts."""

    RECEIVABLE = "receivable"
    FEE_INCOME = "fee_income"
    STRIPE_BALANCE = "stripe_balance"
    STRIPE_FEES = "stripe_fees"


DEBITED_AND_CREDITED: dict[Kind, tuple[Account, Account]] = {
    Kind.FEE_DUE: (Account.RECEIVABLE, Account.FEE_INCOME),
    Kind.PAYMENT: (Account.STRIPE_BALANCE, Account.RECEIVABLE),
    Kind.STRIPE_FEE: (Account.STRIPE_FEES, Account.STRIPE_BALANCE),
    Kind.REFUND: (Account.RECEIVABLE, Account.STRIPE_BALANCE),
    Kind.CREDIT_NOTE: (Account.FEE_INCOME, Account.RECEIVABLE),
    Kind.WAIVER: (Account.FEE_INCOME, Account.RECEIVABLE),
}
"""The entries of each kind. A credit note takes back a fee that is not due any more: its application was withdrawn and
no payment was kept, or staff gives the payment back. A waiver takes back a fee that staff waived."""


class Unbalanced(Exception):
    """An entry's debits and credits differ, or are all zero."""


@dataclass(frozen=True, slots=True)
class Line:
    """One account's part of an entry: one of the two amounts is zero."""

    account: str
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact in the books. Raises Unbalanced if its lines do not sum to zero."""

    entry_id: UUID
    application_id: UUID
    kind: str
    currency: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        debits, credits = sum(line.debit_minor for line in self.lines), sum(line.credit_minor for line in self.lines)
        if debits != credits or debits <= 0:
            raise Unbalanced(f"{self.kind} of {self.application_id}: debits {debits}, credits {credits}")


def entries(kind: Kind, application_id: UUID, reference: str, amount: Money) -> tuple[Entry, ...]:
    """The entry of a fact; none if no money moves. `reference` distinguishes facts of one kind and application. A
    repeated fact gives the same entry."""
    if amount.amount_minor == 0:
        return ()
    debited, credited = DEBITED_AND_CREDITED[kind]
    lines = (Line(debited, amount.amount_minor, 0), Line(credited, 0, amount.amount_minor))
    return (Entry(uuid5(application_id, f"{kind}/{reference}"), application_id, kind, amount.currency, lines),)
