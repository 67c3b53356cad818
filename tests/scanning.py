"""Searches for words in everything that a service keeps: each row of each table, each object."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"


async def rows_with(pool: Any, words: Iterable[str]) -> list[tuple[str, str]]:
    """Table and word, for each word that stands anywhere in a table: in texts, JSON, arrays, and bytes."""
    found = []
    wanted = sorted({word for word in words if word})
    for table in [row["relname"] for row in await pool.fetch(TABLES)]:
        for row in await pool.fetch(f'SELECT * FROM "{table}"'):
            whole = "\0".join(_text(value) for value in row.values()).casefold()
            found += [(table, word) for word in wanted if word.casefold() in whole]
    return sorted(set(found))


def objects_with(folder: Path, words: Iterable[str]) -> list[tuple[str, str]]:
    """Service and word, for each word in the name or the content of an object."""
    found = []
    wanted = sorted({word for word in words if word})
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            whole = (str(file.relative_to(folder)) + "\0" + file.read_bytes().decode("utf-8", "replace")).casefold()
            found += [(file.relative_to(folder).parts[0], word) for word in wanted if word.casefold() in whole]
    return sorted(set(found))


def _text(value: Any) -> str:
    """A value as text, in which words stand as they were written. Bytes are read as text, and their escapes too."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, dict):
        return "\0".join(_text(part) for item in value.items() for part in item)
    if isinstance(value, (list, tuple)):
        return "\0".join(_text(part) for part in value)
    return str(value)
