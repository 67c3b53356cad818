"""SQL of the audit trail. The table takes new rows only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.intake.domain.audit import Entry, TrailFilter
from services.intake.store.staff import Conditions

ADD = """
    INSERT INTO audit (audit_id, at, actor, act, application_id, person_id, before, after, about)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_LIST = """
    SELECT t.audit_id, t.at, t.actor, t.act, t.application_id, t.person_id, t.before, t.after, t.about,
        w.name AS actor_name, w.email AS actor_email, p.name, p.email
    FROM audit t
    LEFT JOIN people w ON w.person_id = t.actor AND NOT w.erased
    LEFT JOIN people p ON p.person_id = t.person_id AND NOT p.erased
"""
OLDER = "(t.at, t.audit_id) < ({}, {})"
IN_ORDER = "ORDER BY t.at DESC, t.audit_id DESC LIMIT {}"


@dataclass(frozen=True, slots=True)
class TrailPerson:
    """A person of the trail. `name` and `email` are empty after an erasure."""

    person_id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of the trail. `act` is a value of `domain.audit.Act`, or of an act that a later version knows."""

    audit_id: UUID
    at: datetime
    actor: TrailPerson
    act: str
    application_id: UUID | None
    person: TrailPerson | None
    before: Sequence[str] | None
    after: Sequence[str] | None
    about: str | None


async def add(tx: Tx, entry: Entry) -> None:
    """Add a line in the transaction of the act."""
    await tx.note(
        ADD,
        entry.audit_id,
        tx.now,
        entry.actor,
        entry.act.value,
        entry.application_id,
        entry.person_id,
        None if entry.before is None else list(entry.before),
        None if entry.after is None else list(entry.after),
        entry.about,
    )


def statement(wanted: TrailFilter, after: tuple[datetime, UUID] | None, limit: int) -> tuple[str, Sequence[object]]:
    """The statement for a page of the trail, with its parameters."""
    conditions = Conditions()
    for text, value in (
        ("t.actor = {}", wanted.actor),
        ("t.person_id = {}", wanted.person_id),
        ("t.act = {}", wanted.act),
        ("t.at >= {}", wanted.since),
        ("t.at < {}", wanted.before),
    ):
        if value is not None:
            conditions.add(text, value)
    if after is not None:
        conditions.add(OLDER, *after)
    last = conditions.numbered(IN_ORDER, limit)
    return f"{_LIST} {conditions.where()}{last}", conditions.parameters


async def page(tx: Tx, wanted: TrailFilter, after: tuple[datetime, UUID] | None, limit: int) -> list[Recorded]:
    """A page of the wanted lines, the newest first, from a place on."""
    sql, parameters = statement(wanted, after, limit)
    return [_recorded(row) for row in await tx.fetch(sql, *parameters)]


def _recorded(row: asyncpg.Record) -> Recorded:
    return Recorded(
        audit_id=row["audit_id"],
        at=row["at"],
        actor=TrailPerson(row["actor"], row["actor_name"] or "", row["actor_email"] or ""),
        act=row["act"],
        application_id=row["application_id"],
        person=None
        if row["person_id"] is None
        else TrailPerson(row["person_id"], row["name"] or "", row["email"] or ""),
        before=row["before"],
        after=row["after"],
        about=row["about"],
    )
