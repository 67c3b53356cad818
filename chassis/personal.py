"""What a service does with a person's data, table by table: what an erasure does with each, and what the person's
export takes of it.

Each service has one registry, `services/<service>/personal.py`, which names every table of its database. A test reads
the real schema and fails for a table that is missing there (`tests/component/test_personal.py`).
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
    """The row stays as a fact with ids; what says who it was, or what they wrote, is taken out."""
    KEPT = "kept"
    NOBODYS = "nobody's"
    """Nothing in the table is about a person."""


@dataclass(frozen=True, slots=True)
class Export:
    """What a person's export takes of a table: a section with a title, and a part of it for each row.

    `sql` is a SELECT; $1 is the person's id. A column that holds an `ObjectClaim` becomes a file, which has the name
    of the row's column `filename`, if there is one. `columns`: what each of its columns is called for the person.
    """

    title: Text
    sql: str
    columns: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Table:
    """What becomes of a table's rows about a person, and why.

    `erase`: one statement without a result; $1 is the person's id. It is run again for a day after the erasure
    (`chassis.erasing`), so that it also takes what a request wrote that was under way.

    `export`: what the person's export takes, or why it takes nothing.
    """

    fate: Fate
    why: str
    erase: str = ""
    export: Export | str = ""


def deleted(why: str, erase: str, export: Export | str = "") -> Table:
    """Rows that go."""
    return Table(Fate.DELETED, why, erase, export)


def emptied(why: str, erase: str, export: Export | str = "") -> Table:
    """Rows that stay without what is personal in them."""
    return Table(Fate.EMPTIED, why, erase, export)


def kept(why: str, export: Export | str = "") -> Table:
    """Rows that stay as they are: facts with ids, which say nothing of an erased person but that there was somebody."""
    return Table(Fate.KEPT, why, export=export)


def nobodys(why: str) -> Table:
    """Rows that are about nobody."""
    return Table(Fate.NOBODYS, why)


# A row that the relay is sending at this moment is left to it: it was said before the tombstone.
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
        "held": emptied("A record of the person that waits or is dead keeps its place, not its bytes.", FORGET_HELD),
        "outbox": deleted(
            "What was still to be said of who the person is. All else in it has ids only.", FORGET_OUTBOX
        ),
        "idempotency_keys": deleted("Answers to the person's own requests, kept for their repetition.", FORGET_ANSWERS),
        "inbox": nobodys("Ids of messages."),
        "positions": nobodys("How far the consumer is on each topic."),
        "unknown_records": nobodys("Where records lie of a type that this build does not know."),
        "brakes": nobodys("Whether a consumer stopped itself."),
        "erased_people": kept("Ids of who was erased, and when their objects were last looked for."),
        "pulse": nobodys("When this service last said that its outbox moves."),
        "migrations": nobodys("Which migrations were applied."),
    }
)
"""The tables that every service's database has."""


async def erase(tx: Tx, tables: Mapping[str, Table], person_id: UUID) -> None:
    """Take the person out of these tables, in their order. Done again, it changes nothing."""
    for table in tables.values():
        if table.erase:
            await tx.execute(table.erase, person_id)
