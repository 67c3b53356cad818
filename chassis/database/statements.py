"""What a transaction has to know about a statement, and how a write says its events in the same statement."""

import re
from dataclasses import dataclass
from functools import lru_cache

AS_READ = "version_as_read"
"""The column with which a statement for `Tx.load` shows the version of the row that its subqueries and joins saw."""

_OUTBOX = """
    INSERT INTO outbox (topic, key, headers, payload, compacted, at)
    SELECT * FROM unnest(${}::text[], ${}::text[], ${}::bytea[], ${}::bytea[], ${}::boolean[], ${}::timestamptz[])
"""
INSERT_OUTBOX = _OUTBOX.format(*range(1, 7))

_LOCKING = re.compile(r"\bFOR\s+(NO\s+KEY\s+)?UPDATE\b", re.IGNORECASE)
_UNTIL_COMMIT = re.compile(r"\bFOR\s+(KEY\s+)?SHARE\b|\bpg_(try_)?advisory_xact_lock", re.IGNORECASE)
_WRITING = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
_MORE_THAN_A_ROW = re.compile(r"\bSELECT\b.*\bSELECT\b|\bJOIN\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a statement does."""

    writes: bool
    locks: bool
    """The rows that it returns are locked."""
    lasts: bool
    """Its effect lasts until the end of the transaction, so it needs one."""
    reads_more: bool
    """It reads other rows than the one that it may lock. After a wait for the lock, it shows those other rows as they
    were before the wait."""
    carries: bool
    """It can be part of a larger statement."""


@lru_cache(maxsize=4096)
def kind_of(sql: str) -> Kind:
    """What `sql` does, judged by its keywords. An unknown statement counts as a write."""
    first = sql.split(None, 1)[0].upper() if sql.strip() else ""
    writes = first != "SELECT" and (first != "WITH" or _WRITING.search(_LOCKING.sub("", sql)) is not None)
    locks = _LOCKING.search(sql) is not None or (writes and "RETURNING" in sql.upper())
    lasts = writes or locks or _UNTIL_COMMIT.search(sql) is not None
    return Kind(writes, locks, lasts, _MORE_THAN_A_ROW.search(sql) is not None, first != "WITH")


@lru_cache(maxsize=1024)
def saying(sql: str, parameters: int) -> str:
    """`sql` with outbox rows that are inserted by the same statement if it wrote something. They depend on its result,
    so they get their numbers after it has locked its row."""
    outbox = _OUTBOX.format(*range(parameters + 1, parameters + 7))
    return f"WITH it AS ({sql}), said AS ({outbox} WHERE EXISTS (SELECT FROM it)) SELECT * FROM it"
