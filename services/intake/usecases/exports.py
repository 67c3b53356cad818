"""The export of a person's data: asked for, collected, made by a job, available for some days."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from contracts.events.links import ExportReady
from contracts.media import extension
from services.intake.domain.exports import KEPT, File, Made, Section, numbered
from services.intake.personal import TABLES
from services.intake.store import exports as store
from services.intake.usecases.people import find

MAKE = "make-exports"
"""The job that makes exports."""


class NotWanted(Exception):
    """The export was asked for again, or its person was erased, while it was made."""


async def ask(tx: Tx, export_id: UUID, person_id: UUID) -> ObjectClaim | None:
    """Ask for the person's data. An unfinished export stays. Returns the file of the earlier one, which no row names
    any more."""
    await find(tx, person_id)
    before = await store.find(tx, person_id)
    if not await store.ask(tx, export_id, person_id):
        return None
    tx.wake(MAKE)
    return None if before is None else before.file


async def collect(tx: Tx, person_id: UUID) -> Sequence[Section]:
    """Everything that an export takes by the registry (`personal.py`), in its order."""
    name = numbered(extension)
    sections = []
    for table, entry in TABLES.items():
        rows = await store.rows(tx, entry, person_id)
        if rows:
            sections.append(Section(table, tuple(_filed(table, row, name) for row in rows)))
    return sections


async def take(tx: Tx) -> Made | None:
    """The next export to be made."""
    return await store.take(tx)


async def finish(tx: Tx, made: Made, file: ObjectClaim, files: int) -> None:
    """Mark an export as ready for some days, and tell its person. Raises NotWanted."""
    person_version = await store.person_version(tx, made.person_id)
    expires_at = tx.now + KEPT
    ready = ExportReady(person_id=made.person_id, person_version=person_version, expires_at=expires_at)
    await store.finish(tx, made, file, files, expires_at, ready, NotWanted(str(made.export_id)))


def _filed(table: str, row: dict[str, Any], name: Any) -> dict[str, object]:
    """A row with a file instead of each claim."""
    filed: dict[str, object] = {}
    for column, value in row.items():
        claim = _claim(value)
        wanted = row.get("filename") if column == "content" else None
        words = [row.get("credential"), row.get("requirement"), None if column == "content" else column]
        filed[column] = value if claim is None else name(claim, wanted or " ".join(str(one) for one in words if one))
    return filed


def _claim(value: object) -> ObjectClaim | None:
    if not isinstance(value, dict) or set(value) != set(ObjectClaim.model_fields):
        return None
    try:
        return ObjectClaim.model_validate(value)
    except ValidationError:
        return None


def files_of(sections: Sequence[Section]) -> list[File]:
    """The files of an export, in their order."""
    return [value for section in sections for row in section.rows for value in row.values() if isinstance(value, File)]
