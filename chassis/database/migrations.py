"""Plain SQL migrations, forward only. Files are called `NNNN_name.sql`. Each runs in one transaction, and one process
runs them at a time. A file that changed after it was applied is refused."""

import hashlib
from pathlib import Path

import asyncpg

CHASSIS_FOLDER = Path(__file__).parent / "migrations"

LOCK = "SELECT pg_advisory_lock(7205759403792793600)"
UNLOCK = "SELECT pg_advisory_unlock(7205759403792793600)"
CREATE_TABLE = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
    )
"""
APPLIED = "SELECT name, sha256 FROM migrations"
RECORD = "INSERT INTO migrations (name, sha256) VALUES ($1, $2)"


class ChangedMigration(Exception):
    """A migration file changed after it was applied."""


async def migrate(dsn: str, *folders: Path) -> list[str]:
    """Apply what is new in `folders`, in the order of the folders and then of the names; returns the names applied.

    Raises ChangedMigration. After an SQL error, the files before the faulty one stay applied. Nothing is undone: write
    another migration.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(LOCK)
        await connection.execute("SET lock_timeout = '10s'")
        await connection.execute(CREATE_TABLE)
        applied = {row["name"]: row["sha256"] for row in await connection.fetch(APPLIED)}
        fresh = []
        for folder in folders:
            for file in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql")):
                name = f"{folder.parent.name}/{file.name}"
                text = file.read_bytes()
                digest = hashlib.sha256(text).hexdigest()
                if name in applied:
                    if applied[name] != digest:
                        raise ChangedMigration(
                            f"{name} was applied with another content; restore it and put the change in a new file"
                        )
                    continue
                async with connection.transaction():
                    await connection.execute(text.decode())
                    await connection.execute(RECORD, name, digest)
                fresh.append(name)
        await connection.execute(UNLOCK)
        return fresh
    finally:
        await connection.close()
