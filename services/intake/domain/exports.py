"""A person's data, taken out: how far that is, and names of files that no system takes amiss."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.claims import ObjectClaim

MOST_ATTEMPTS = 3
KEPT = timedelta(days=7)
"""How long an export that was made is there; a default."""
LONGEST_NAME_BYTES = 90


class State(StrEnum):
    """How far an export is."""

    ASKED = "asked"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Made:
    """A person's export: `done` of `files` are in it so far; `file` is there while it is ready."""

    export_id: UUID
    person_id: UUID
    state: State
    attempts: int
    done: int
    files: int | None
    asked_at: datetime
    made_at: datetime | None
    expires_at: datetime | None
    file: ObjectClaim | None

    @property
    def under_way(self) -> bool:
        """Whether it is still to come."""
        return self.state in (State.ASKED, State.MAKING)


@dataclass(frozen=True, slots=True)
class File:
    """A file of an export: the object that it is, and its path inside."""

    claim: ObjectClaim
    path: str


@dataclass(frozen=True, slots=True)
class Section:
    """What one table has about a person. In `rows`, a `File` stands in the place of each claim."""

    table: str
    rows: tuple[dict[str, object], ...]


def numbered(extension_of: Callable[[str], str]) -> Callable[[ObjectClaim, str], File]:
    """Gives each claim a file with a path of its own: `files/007 My essay.txt`. The number makes two of one name
    different, and keeps every name from being one that a system has for itself."""
    number = 0

    def name(claim: ObjectClaim, wanted: str) -> File:
        nonlocal number
        number += 1
        ending = extension_of(claim.media_type)
        stem = safe_name(wanted.removesuffix(ending) if ending else wanted)
        return File(claim, f"files/{number:03} {stem}{ending}")

    return name


def safe_name(wanted: str) -> str:
    """The name without anything that a file's name must not have on some system: only letters and digits of any
    script, spaces, hyphens, dots and underscores, of bounded length, no dot or space at either end."""
    plain = unicodedata.normalize("NFC", wanted)
    kept = "".join(letter if letter.isalnum() or letter in " -._" else "_" for letter in plain)
    short = kept.encode()[:LONGEST_NAME_BYTES].decode("utf-8", "ignore")
    return " ".join(short.split()).strip(" .") or "file"
