"""The projection of `intake.people`: the data about people that this service needs. `intake` owns the original
table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from chassis import erasing
from chassis.database.transaction import Tx
from chassis.kafka.outcome import NotYet
from chassis.personal import CHASSIS, Table
from contracts.events.people import PersonDescribed, PersonErased

ALL = frozenset({"name", "email", "institution"})

UPSERT = """
    INSERT INTO people (person_id, version, kind, name, email, institution, roles, language, time_zone,
        sessions_valid_from)
    SELECT person_id, version, kind, name, email, institution, string_to_array(roles, ','), language, time_zone,
        sessions_valid_from
    FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::timestamptz[])
        AS n (person_id, version, kind, name, email, institution, roles, language, time_zone, sessions_valid_from)
    ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE SET version = excluded.version, kind = excluded.kind, name = excluded.name,
        email = excluded.email,
        institution = excluded.institution, roles = excluded.roles, language = excluded.language,
            time_zone = excluded.time_zone,
        sessions_valid_from = excluded.sessions_valid_from
    WHERE people.version < excluded.version AND NOT people.erased
"""
FIND = "SELECT * FROM people WHERE person_id = $1"


@dataclass(frozen=True, slots=True)
class Person:
    """A person in the projection. Fields that the service does not keep are empty; an erased person has only the id."""

    person_id: UUID
    version: int
    erased: bool
    kind: str
    name: str
    email: str
    institution: str
    roles: tuple[str, ...]
    language: str
    time_zone: str


async def project(
    tx: Tx,
    event: PersonDescribed | PersonErased,
    keep: frozenset[str] = ALL,
    tables: Mapping[str, Table] = CHASSIS,
) -> None:
    """Take a person's state if it is newer than ours. An erased person stays erased, and is taken out of `tables`, the
    registry of this service. Columns not in `keep` stay empty.

    Releases records that wait for `person/<id>`.
    """
    match event:
        case PersonDescribed():
            await project_all(tx, [event], keep)
        case PersonErased():
            await erasing.forget(tx, tables, event.person_id)


async def project_all(tx: Tx, events: Sequence[PersonDescribed], keep: frozenset[str] = ALL) -> None:
    """`project` for many people in one statement, for `Handlers.many`."""
    newest = {event.person_id: event for event in sorted(events, key=lambda event: event.version)}
    found = list(newest.values())
    await tx.execute(
        UPSERT,
        list(newest),
        [event.version for event in found],
        [event.kind for event in found],
        [event.name if "name" in keep else "" for event in found],
        [event.email if "email" in keep else "" for event in found],
        [event.institution if "institution" in keep else "" for event in found],
        [",".join(event.roles) for event in found],
        [event.language for event in found],
        [event.time_zone for event in found],
        [event.sessions_valid_from for event in found],
    )
    for person_id in newest:
        _changed(tx, person_id)


def _changed(tx: Tx, person_id: UUID) -> None:
    tx.arrived(f"person/{person_id}")
    tx.changed_people.add(person_id)


async def find(tx: Tx, person_id: UUID) -> Person | None:
    """The person as known here, or None."""
    row = await tx.fetchrow(FIND, person_id)
    return None if row is None else _person(row)


async def require(tx: Tx, person_id: UUID, version: int = 1) -> Person:
    """The person in at least this version; raises NotYet until then. An erased person is returned in any version."""
    person = await find(tx, person_id)
    if person is None or (person.version < version and not person.erased):
        raise NotYet(f"person/{person_id}")
    return person


def _person(row: asyncpg.Record) -> Person:
    return Person(
        row["person_id"],
        row["version"],
        row["erased"],
        row["kind"],
        row["name"],
        row["email"],
        row["institution"],
        tuple(row["roles"]),
        row["language"],
        row["time_zone"],
    )
