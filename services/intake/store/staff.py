"""SQL about all applications, as the program's staff looks for them.

A statement is put together of what is asked for, so that each has an index of its own;
`tests/component/intake/test_staff_plans.py` asks PostgreSQL for the plan of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.intake.domain.people import Person
from services.intake.domain.staff import Order, Search, Sort, Wanted
from services.intake.domain.states import State
from services.intake.store.people import COLUMNS, person_from

_SELECT = """
    SELECT a.application_id, a.person_id, a.credential, a.credential_version, a.attempt, a.state, a.on_hold,
        a.started_at, a.changed_at, p.name, p.email, p.erased
"""
LIST = f"{_SELECT} FROM applications a JOIN people p USING (person_id)"
# First the people, then the applications of each: OFFSET 0 keeps PostgreSQL, which cannot know how many people have a
# name, from reading all applications instead.
LIST_OF_PEOPLE = f"""
    {_SELECT} FROM people p
    CROSS JOIN LATERAL (SELECT b.* FROM applications b WHERE b.person_id = p.person_id OFFSET 0) a
"""
OF_STATE = "a.state = {}"
OF_CREDENTIAL = "a.credential = {}"
BEGUN_FROM = "a.started_at >= {}"
BEGUN_BEFORE = "a.started_at < {}"
# Nothing changes before it is begun. Without this, a list by changes would look at all that changed before.
CHANGED_FROM = "a.changed_at >= {}"
NUMBERED = "a.application_id = {}"
# A range in place of LIKE: its plan is the same whatever is looked for.
OF_ADDRESS = 'p.email_key COLLATE "C" >= {} AND p.email_key COLLATE "C" < {}'
OF_NAME = "to_tsvector('simple', p.name) @@ to_tsquery('simple', {})"
OF_PEOPLE = "NOT p.erased AND ({})"
NOBODY = "false"
IN_ORDER = {
    (Sort.BEGUN, Order.ASCENDING): ("(a.started_at, a.application_id) > ({}, {})", "a.started_at, a.application_id"),
    (Sort.BEGUN, Order.DESCENDING): (
        "(a.started_at, a.application_id) < ({}, {})",
        "a.started_at DESC, a.application_id DESC",
    ),
    (Sort.CHANGED, Order.ASCENDING): ("(a.changed_at, a.application_id) > ({}, {})", "a.changed_at, a.application_id"),
    (Sort.CHANGED, Order.DESCENDING): (
        "(a.changed_at, a.application_id) < ({}, {})",
        "a.changed_at DESC, a.application_id DESC",
    ),
}
"""For each order: what comes after a place, and how it is sorted."""
PEOPLE = """
    SELECT {} FROM people p
    WHERE NOT p.erased AND ({}) ORDER BY p.email_key COLLATE "C", p.person_id LIMIT {}
"""
WITH_ROLES = "p.roles <> '{}'"


@dataclass(frozen=True, slots=True)
class Row:
    """An application in the staff's list. `name` and `email` are empty where the applicant was erased."""

    application_id: UUID
    person_id: UUID
    credential: str
    credential_version: int
    attempt: int
    state: State
    on_hold: bool
    started_at: datetime
    changed_at: datetime
    name: str
    email: str

    def time_of(self, sort: Sort) -> datetime:
        """The time by which a list is sorted."""
        return self.started_at if sort is Sort.BEGUN else self.changed_at


class Conditions:
    """What stands behind WHERE, and its parameters."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.parameters: list[object] = []

    def add(self, text: str, *values: object) -> None:
        """One more condition; each `{}` of it is a value."""
        self.texts.append(self.numbered(text, *values))

    def numbered(self, text: str, *values: object) -> str:
        """The condition with the numbers of its parameters."""
        first = len(self.parameters) + 1
        self.parameters += values
        return text.format(*(f"${number}" for number in range(first, first + len(values))))

    def of_people(self, search: Search) -> str:
        """That an address begins so, or that a name has these words, each from its beginning."""
        found = [self.numbered(OF_ADDRESS, search.prefix, search.past_prefix)] if search.prefix else []
        if search.words:
            found.append(self.numbered(OF_NAME, " & ".join(f"'{word}':*" for word in search.words)))
        return " OR ".join(found) or NOBODY

    def where(self) -> str:
        """Behind FROM; nothing without conditions."""
        return f"WHERE {' AND '.join(self.texts)} " if self.texts else ""


def statement(wanted: Wanted, after: tuple[datetime, UUID] | None, limit: int) -> tuple[str, Sequence[object]]:
    """The statement for a page of the list behind a place, with its parameters."""
    conditions = Conditions()
    if wanted.state is not None:
        conditions.add(OF_STATE, wanted.state.value)
    if wanted.credential is not None:
        conditions.add(OF_CREDENTIAL, wanted.credential)
    if wanted.begun_from is not None:
        conditions.add(BEGUN_FROM, wanted.begun_from)
        if wanted.sort is Sort.CHANGED:
            conditions.add(CHANGED_FROM, wanted.begun_from)
    if wanted.begun_before is not None:
        conditions.add(BEGUN_BEFORE, wanted.begun_before)
    rows = LIST
    if wanted.search is not None and wanted.search.application_id is not None:
        conditions.add(NUMBERED, wanted.search.application_id)
    elif wanted.search is not None:
        rows = LIST_OF_PEOPLE
        conditions.texts.append(OF_PEOPLE.format(conditions.of_people(wanted.search)))
    comes_after, order = IN_ORDER[wanted.sort, wanted.order]
    if after is not None:
        conditions.add(comes_after, *after)
    last = conditions.numbered("{}", limit)
    return f"{rows} {conditions.where()}ORDER BY {order} LIMIT {last}", conditions.parameters


def people_statement(search: Search | None, limit: int) -> tuple[str, Sequence[object]]:
    """The statement for people who are looked for; without a search, for all who have a role."""
    conditions = Conditions()
    found = WITH_ROLES if search is None else conditions.of_people(search)
    last = conditions.numbered("{}", limit)
    return PEOPLE.format(COLUMNS, found, last), conditions.parameters


async def page(tx: Tx, wanted: Wanted, after: tuple[datetime, UUID] | None, limit: int) -> list[Row]:
    """So many of the wanted applications at most, behind a place: the time and the number of the last one seen."""
    sql, parameters = statement(wanted, after, limit)
    return [_row(row) for row in await tx.fetch(sql, *parameters)]


async def people(tx: Tx, search: Search | None, limit: int) -> list[Person]:
    """So many people at most, by their addresses; nobody who was erased."""
    sql, parameters = people_statement(search, limit)
    return [person_from(row) for row in await tx.fetch(sql, *parameters)]


def _row(row: asyncpg.Record) -> Row:
    return Row(
        application_id=row["application_id"],
        person_id=row["person_id"],
        credential=row["credential"],
        credential_version=row["credential_version"],
        attempt=row["attempt"],
        state=State(row["state"]),
        on_hold=row["on_hold"] is not None,
        started_at=row["started_at"],
        changed_at=row["changed_at"],
        name="" if row["erased"] else row["name"],
        email="" if row["erased"] else row["email"],
    )
