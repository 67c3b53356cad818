"""One SQLite file that a program of the devstack keeps what it knows in."""

import os
import sqlite3
from pathlib import Path

from devstack.files import damaged


def open_whole(file: Path, schema: str, loss: str) -> sqlite3.Connection:
    """The database in the file, in WAL mode. One that is not there is made beside its place, so that nobody finds half of it.

    Raises StateDamaged for a file that is not whole. `loss` completes "remove it: ...".
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(file.name + ".new")
        for left in (draft, *(path.with_name(path.name + end) for path in (draft, file) for end in ("-wal", "-shm"))):
            left.unlink(missing_ok=True)  # the log of a file that is gone would be taken for that of the new one
        _opened(draft, schema).close()
        os.replace(draft, file)
    try:
        if file.stat().st_size == 0:
            raise sqlite3.DatabaseError("it is empty")
        database = _opened(file, schema)
        if (found := database.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(str(found))
        return database
    except sqlite3.DatabaseError as error:
        raise damaged(file, f"cannot be used ({error})", f"Restore it from a copy, or remove it: {loss}") from None


def _opened(file: Path, schema: str) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.executescript(schema)
    return database
