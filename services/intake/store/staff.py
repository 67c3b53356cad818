"""SQL of the staff's list of all applications.

Each combination of filters has a statement of its own, so that each uses an index.
`tests/component/intake/test_staff_plans.py` asks PostgreSQL for the plan of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.intake.domain.people import Person
from services.intake.domain.staff import MOST_PEOPLE, SHORT_WORD, ListFilter, Order, Search, Sort, too_many_people
from services.intake.domain.states import State
from services.intake.store.people import COLUMNS, person_from

_SELECT = """
    SELECT a.application_id, a.person_id, a.credential, a.credential_version, a.attempt, a.state, a.on_hold,
        a.started_at, a.changed_at, p.name, p.email, p.erased
"""
LIST = f"{_SELECT} FROM applications a JOIN people p USING (person_id)"
# First the people, then the applications of each. OFFSET 0 keeps PostgreSQL, which cannot know how many people have a
# name, from reading all applications instead.
LIST_OF_PEOPLE = f"""
    {_SELECT} FROM unnest({{}}::uuid[]) AS wanted
    CROSS JOIN LATERAL (SELECT b.* FROM applications b WHERE b.person_id = wanted OFFSET 0) a
    JOIN people p USING (person_id)
"""
# Each part stops at its own limit. With an OR between them, all matching people would be collected first.
PEOPLE_FOUND = "SELECT p.person_id FROM people p WHERE NOT p.erased AND {} LIMIT {}"
NUMBERED = "a.application_id = {}"
# A range instead of LIKE: its plan is the same for every search.
OF_ADDRESS = 'p.email_key COLLATE "C" >= {} AND p.email_key COLLATE "C" < {}'
OF_NAME = "to_tsvector('simple', p.name) @@ to_tsquery('simple', {})"
NOBODY = "false"
TIMES = {Sort.BEGUN: "a.started_at", Sort.CHANGED: "a.changed_at"}
NUMBER = "a.application_id"
PEOPLE = """
    SELECT {} FROM people p
    WHERE NOT p.erased AND ({}) ORDER BY p.email_key COLLATE "C", p.person_id LIMIT {}
"""
WITH_ROLES = "p.roles <> '{}'"


@dataclass(frozen=True, slots=True)
class Row:
    """An application in the staff's list. `name` and `email` are empty after an erasure."""

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
    """The conditions after WHERE, and their parameters."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.parameters: list[object] = []

    def add(self, text: str, *values: object) -> None:
        """Add a condition; each `{}` in it is a value."""
        self.texts.append(self.numbered(text, *values))

    def numbered(self, text: str, *values: object) -> str:
        """The condition with the numbers of its parameters."""
        first = len(self.parameters) + 1
        self.parameters += values
        return text.format(*(f"${number}" for number in range(first, first + len(values))))

    def compare(self, columns: Sequence[str], sign: str, values: Sequence[object]) -> None:
        """The condition that a row stands before or after a place in the order of these columns."""
        numbers = ", ".join(["{}"] * len(values))
        self.add(f"({', '.join(columns)}) {sign} ({numbers})", *values)

    def parts_of(self, search: Search) -> list[str]:
        """The conditions that an address begins so, and that a name has these words, each from its beginning."""
        found = [self.numbered(OF_ADDRESS, search.prefix, search.past_prefix)] if search.prefix else []
        if search.words:
            found.append(self.numbered(OF_NAME, " & ".join(_lexeme(word) for word in search.words)))
        return found

    def of_people(self, search: Search) -> str:
        """The condition that one of the two matches."""
        return " OR ".join(self.parts_of(search)) or NOBODY

    def where(self) -> str:
        """The text after FROM; empty without conditions."""
        return f"WHERE {' AND '.join(self.texts)} " if self.texts else ""


def _lexeme(word: str) -> str:
    whole = word.isascii() and len(word) < SHORT_WORD
    return f"'{word}'" if whole else f"'{word}':*"


def found_statement(search: Search) -> tuple[str, Sequence[object]]:
    """The statement for the ids of people who match a search: one more than the most, if there are more."""
    conditions = Conditions()
    parts = conditions.parts_of(search) or [NOBODY]
    last = conditions.numbered("{}", MOST_PEOPLE + 1)
    found = " UNION ALL ".join(f"({PEOPLE_FOUND.format(part, last)})" for part in parts)
    return f"SELECT person_id FROM ({found}) found", conditions.parameters


def statement(
    wanted: ListFilter, after: tuple[datetime, UUID] | None, limit: int, people: Sequence[UUID] | None = None
) -> tuple[str, Sequence[object]]:
    """The statement for a page of the list after a place, with its parameters; only of these people."""
    conditions = Conditions()
    rows = LIST if people is None else conditions.numbered(LIST_OF_PEOPLE, list(people))
    if wanted.search is not None and wanted.search.application_id is not None:
        conditions.add(NUMBERED, wanted.search.application_id)
    filters = {"a.credential": wanted.credential, "a.state": wanted.state and wanted.state.value}
    same = {column: value for column, value in filters.items() if value is not None}
    columns, values = [*same, TIMES[wanted.sort], NUMBER], list(same.values())
    # The filters are part of the sorting, and are compared as ranges. With `=`, PostgreSQL may use the index of all
    # applications instead of that of a common state, and read past all others: it does not know that old applications
    # are in other states than new ones. There is one bound of each kind, because PostgreSQL finds its place in an index
    # by one of them. Bounds are of the time by which the list is sorted: with the other time, no index has both.
    ascending = wanted.order is Order.ASCENDING
    lowest, highest = (after, None) if ascending else (None, after)
    if lowest is not None and (wanted.since is None or lowest[0] >= wanted.since):
        conditions.compare(columns, ">", [*values, *lowest])
    elif wanted.since is not None:
        conditions.compare(columns[:-1], ">=", [*values, wanted.since])
    elif same:
        conditions.compare([*same], ">=", values)
    if highest is not None and (wanted.before is None or highest[0] < wanted.before):
        conditions.compare(columns, "<", [*values, *highest])
    elif wanted.before is not None:
        conditions.compare(columns[:-1], "<", [*values, wanted.before])
    elif same:
        conditions.compare([*same], "<=", values)
    order = ", ".join(columns if ascending else [f"{column} DESC" for column in columns])
    last = conditions.numbered("{}", limit)
    return f"{rows} {conditions.where()}ORDER BY {order} LIMIT {last}", conditions.parameters


def people_statement(search: Search | None, limit: int) -> tuple[str, Sequence[object]]:
    """The statement for people who match a search. Without a search, for all people who have a role."""
    conditions = Conditions()
    found = WITH_ROLES if search is None else conditions.of_people(search)
    last = conditions.numbered("{}", limit)
    return PEOPLE.format(COLUMNS, found, last), conditions.parameters


async def page(tx: Tx, wanted: ListFilter, after: tuple[datetime, UUID] | None, limit: int) -> list[Row]:
    """A page of matching applications, after a place: the time and the id of the last one seen.

    Raises Invalid if more people match the search than it takes.
    """
    people = None
    if wanted.search is not None and wanted.search.application_id is None:
        sql, parameters = found_statement(wanted.search)
        people = sorted({row["person_id"] for row in await tx.fetch(sql, *parameters)})
        if len(people) > MOST_PEOPLE:
            raise too_many_people()
    sql, parameters = statement(wanted, after, limit, people)
    return [_row(row) for row in await tx.fetch(sql, *parameters)]


async def people(tx: Tx, search: Search | None, limit: int) -> list[Person]:
    """People up to a number, by their addresses, without erased ones."""
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
