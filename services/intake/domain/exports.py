"""The export of a person's data: its state, and file names that every system accepts."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.claims import ObjectClaim

MOST_ATTEMPTS = 3
KEPT = timedelta(days=7)
"""How long a finished export is kept; a default."""
LONGEST_NAME_BYTES = 90


class State(StrEnum):
    """The state of an export."""

    ASKED = "asked"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Made:
    """A person's export. `done` of `files` are in it so far; `file` exists while it is ready."""

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
        """Whether it is not finished yet."""
        return self.state in (State.ASKED, State.MAKING)


@dataclass(frozen=True, slots=True)
class File:
    """A file of an export: its object, and its path inside of the ZIP."""

    claim: ObjectClaim
    path: str


@dataclass(frozen=True, slots=True)
class Section:
    """One table's data about a person. `rows` have a `File` instead of each claim."""

    table: str
    rows: tuple[dict[str, object], ...]


def numbered(extension_of: Callable[[str], str]) -> Callable[[ObjectClaim, str], File]:
    """Gives each claim a file with its own path: `files/007 My essay.txt`. The number keeps two files of one name
    apart, and it avoids names that a system reserves."""
    number = 0

    def name(claim: ObjectClaim, wanted: str) -> File:
        nonlocal number
        number += 1
        ending = extension_of(claim.media_type)
        stem = safe_name(wanted.removesuffix(ending) if ending else wanted)
        return File(claim, f"files/{number:03} {stem}{ending}")

    return name


def safe_name(wanted: str) -> str:
    """The name without characters that some system does not allow in file names: only letters and digits of any script,
    spaces, hyphens, dots and underscores, of bounded length, without a dot or space at either end."""
    plain = unicodedata.normalize("NFC", wanted)
    kept = "".join(letter if letter.isalnum() or letter in " -._" else "_" for letter in plain)
    short = kept.encode()[:LONGEST_NAME_BYTES].decode("utf-8", "ignore")
    return " ".join(short.split()).strip(" .") or "file"
