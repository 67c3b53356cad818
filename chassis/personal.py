"""A service's data about people, table by table: what an erasure does with each table, and what a person's export takes
from it.

Each service has a registry, `services/<service>/personal.py`, with every table of its database. A test reads the real
schema and fails if a table is missing there (`tests/component/test_personal.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.refusals import Text


class Fate(StrEnum):
    """What an erasure does with the rows about a person."""

    DELETED = "deleted"
    EMPTIED = "emptied"
    """The row stays as a fact with ids. Names, addresses and the person's own words are removed."""
    KEPT = "kept"
    NOBODYS = "nobody's"
    """Nothing in the table is about a person."""


@dataclass(frozen=True, slots=True)
class Export:
    """The part of a person's export that comes from a table: a section with a title, and in it a part for each row.

    `sql` is a SELECT; $1 is the person's id. A column with an `ObjectClaim` becomes a file. Its name is that of the
    row's column `filename`, if there is one. `columns`: the names of the columns for the person.
    """

    title: Text
    sql: str
    columns: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Table:
    """What happens to a table's rows about a person, and why.

    `erase`: one statement without a result; $1 is the person's id. It is repeated for a day after the erasure
    (`chassis.erasing`), so that it also removes rows of a request that was under way.

    `export`: the part for the person's export, or why there is none.
    """

    fate: Fate
    why: str
    erase: str = ""
    export: Export | str = ""


def deleted(why: str, erase: str, export: Export | str = "") -> Table:
    """A table whose rows about the person are deleted."""
    return Table(Fate.DELETED, why, erase, export)


def emptied(why: str, erase: str, export: Export | str = "") -> Table:
    """A table whose rows stay without their personal data."""
    return Table(Fate.EMPTIED, why, erase, export)


def kept(why: str, export: Export | str = "") -> Table:
    """A table whose rows stay as they are: facts with ids, which tell about an erased person only that there was
    somebody."""
    return Table(Fate.KEPT, why, export=export)


def nobodys(why: str) -> Table:
    """A table whose rows are not about people."""
    return Table(Fate.NOBODYS, why)


# A row that the relay is sending at this moment is left to it, because it stands before the tombstone.
FORGET_OUTBOX = """
    DELETE FROM outbox WHERE id IN (
        SELECT id FROM outbox WHERE topic = 'intake.people' AND key = $1::uuid::text AND payload IS NOT NULL
        FOR UPDATE SKIP LOCKED
    )
"""
FORGET_HELD = """
    UPDATE held SET payload = NULL, error = '' WHERE topic = 'intake.people' AND key = $1::uuid::text
"""
FORGET_ANSWERS = "DELETE FROM idempotency_keys WHERE who = $1::uuid::text"
ERASE_PROJECTION = """
    INSERT INTO people (person_id, version, erased) VALUES ($1::uuid, 0, true)
    ON CONFLICT (person_id) DO UPDATE SET erased = true, name = '', email = '', institution = '', roles = '{}',
        language = 'en', time_zone = 'UTC'
"""

CHASSIS: Mapping[str, Table] = MappingProxyType(
    {
        "people": emptied(
            "The id stays, marked as erased, so that nothing older revives the person.", ERASE_PROJECTION
        ),
        "held": emptied(
            "A waiting or dead record of the person keeps its place, and its bytes are removed.", FORGET_HELD
        ),
        "outbox": deleted(
            "Personal events that were not sent yet are removed. All other rows have ids only.", FORGET_OUTBOX
        ),
        "idempotency_keys": deleted("Stored answers to the person's own requests.", FORGET_ANSWERS),
        "inbox": nobodys("Ids of messages."),
        "positions": nobodys("The positions of the consumer on each topic."),
        "unknown_records": nobodys("The places of records of a type that this build does not know."),
        "brakes": nobodys("Whether a consumer stopped itself."),
        "erased_people": kept("The ids of erased people, and when their objects were last searched."),
        "pulse": nobodys("The time of this service's last pulse."),
        "migrations": nobodys("Which migrations were applied."),
    }
)
"""The tables that every service's database has."""


async def erase(tx: Tx, tables: Mapping[str, Table], person_id: UUID) -> None:
    """Take the person out of these tables, in their order. A second call changes nothing."""
    for table in tables.values():
        if table.erase:
            await tx.execute(table.erase, person_id)
