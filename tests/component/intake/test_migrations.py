"""Data that older versions left in the database is migrated."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import orjson

from chassis.database.migrations import migrate
from tests.conftest import NewDatabase

MIGRATIONS = Path(__file__).parents[3] / "services" / "intake" / "migrations"
PERSON = "INSERT INTO people (person_id, version, email) VALUES ($1, 1, 'ada@example.org')"
CREDENTIAL = "INSERT INTO credentials VALUES ('weaving', 1, 1, 'open', '{}')"
APPLICATION = """
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, decision, timeline, started_at)
    VALUES ($1, $2, 'weaving', 1, 1, $3, 1, '{}', '[]', $4, $5, $6)
"""
STARTED, DECIDED = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)


def decision(outcome: str) -> dict[str, object]:
    return {
        "decision_id": str(uuid4()),
        "outcome": outcome,
        "items": [{"item": "warp", "level": "shown", "demonstrated": True, "carried_forward": False}],
        "letter": {"name": f"review/{outcome}"},
        "feedback": {"name": "review/feedback"},
    }


async def test_decisions_get_a_table_of_their_own(new_database: NewDatabase, tmp_path: Path) -> None:
    before = tmp_path / "intake" / "migrations"
    before.mkdir(parents=True)
    for file in MIGRATIONS.glob("*.sql"):
        if file.name < "0010":
            shutil.copy(file, before)
    dsn = await new_database("chassis")
    await migrate(dsn, before)
    awarded, not_yet = decision("awarded"), decision("not_yet")
    dated = [{"at": STARTED.isoformat(), "what": "started"}, {"at": DECIDED.isoformat(), "what": "awarded"}]
    applications: list[tuple[UUID, str, dict[str, object] | None, list[dict[str, str]]]] = [
        (uuid4(), "awarded", awarded, dated),
        (uuid4(), "not_yet", not_yet, []),
        (uuid4(), "open", None, []),
    ]
    connection = await asyncpg.connect(dsn)
    try:
        person_id = uuid4()
        await connection.execute(PERSON, person_id)
        await connection.execute(CREDENTIAL)
        for application_id, state, decided, timeline in applications:
            kept = None if decided is None else orjson.dumps(decided).decode()
            lines = orjson.dumps(timeline).decode()
            await connection.execute(APPLICATION, application_id, person_id, state, kept, lines, STARTED)
        await migrate(dsn, MIGRATIONS)
        rows = await connection.fetch(
            """
            SELECT a.application_id, d.application_id AS of, d.decision_id::text, d.outcome, d.items, d.letter,
                d.feedback, d.decided_at
            FROM applications a LEFT JOIN decisions d USING (decision_id) ORDER BY a.state
            """
        )
    finally:
        await connection.close()
    assert [(row["application_id"], row["of"], row["decided_at"]) for row in rows] == [
        (applications[0][0], applications[0][0], DECIDED),
        (applications[1][0], applications[1][0], STARTED),
        (applications[2][0], None, None),
    ]
    fields = ("items", "letter", "feedback")
    assert [
        {name: row[name] for name in ("decision_id", "outcome")} | {name: orjson.loads(row[name]) for name in fields}
        for row in rows[:2]
    ] == [awarded, not_yet]
