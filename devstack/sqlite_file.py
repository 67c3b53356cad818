"""The SQLite file in which a program of the devstack keeps its data."""

import os
import sqlite3
from pathlib import Path

from devstack.files import damaged

_BEGINNING = b"SQLite format 3\0"


def open_whole(file: Path, schema: str, loss: str) -> sqlite3.Connection:
    """The database in the file, in WAL mode. A missing one is made under another name first, so that nobody finds half
    of it.

    Raises StateDamaged if the file is damaged. `loss` completes "remove it: ...".
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(file.name + ".new")
        for left in (draft, *(path.with_name(path.name + end) for path in (draft, file) for end in ("-wal", "-shm"))):
            left.unlink(missing_ok=True)  # the log of a removed file would be taken for the new one's
        _opened(draft, schema).close()
        os.replace(draft, file)
    try:
        with file.open("rb") as raw:
            if raw.read(len(_BEGINNING)) != _BEGINNING:  # SQLite would treat a file of a few bytes as new
                raise sqlite3.DatabaseError("file is not a database")
        return _opened(file, schema)
    except (sqlite3.DatabaseError, OSError) as error:
        raise damaged(file, f"cannot be used ({error})", f"Restore it from a copy, or remove it: {loss}") from None


def _opened(file: Path, schema: str) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)
    try:
        if (found := database.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(str(found))
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(schema)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
