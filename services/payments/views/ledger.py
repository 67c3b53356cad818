"""The books, as staff read them."""

from uuid import UUID

from asyncpg import Record

from services.payments.views.fees import View


class Line(View):
    """One account's part of an entry: one of the two amounts is zero."""

    account: str
    debit_minor: int
    credit_minor: int


class Entry(View):
    """One fact in the books; its lines sum to zero. `at` is an RFC 3339 time."""

    at: str
    entry_id: UUID
    application_id: UUID
    kind: str
    currency: str
    lines: tuple[Line, ...]


class Entries(View):
    """A page of the books, oldest entry first."""

    items: tuple[Entry, ...]
    next: str | None


def entry(row: Record) -> Entry:
    """One row of the books."""
    return Entry(**{**dict(row), "at": row["at"].isoformat()})
