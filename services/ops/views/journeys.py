"""The view of a journey: one application's records over all services."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.ops.domain.journal import LETTERS_PREFIX, Entry


class EntryShown(BaseModel):
    """One record: its place, when it was said, and its cause. Fields that it does not have are null."""

    topic: str
    partition: int
    offset: int
    time: datetime
    type: str | None
    id: UUID | None
    correlation_id: UUID | None
    causation_id: UUID | None
    key: str | None


class Step(BaseModel):
    """A record with its number in the journey, counted from 1. `after`: the number of its cause; None if that is not in
    this journey. `letter`: whether it is the copy of a dead letter."""

    number: int
    after: int | None
    letter: bool
    record: EntryShown


def entry_shown(entry: Entry) -> EntryShown:
    """A record."""
    return EntryShown(
        topic=entry.topic,
        partition=entry.partition,
        offset=entry.offset,
        time=entry.time,
        type=entry.type,
        id=entry.id,
        correlation_id=entry.correlation_id,
        causation_id=entry.causation_id,
        key=entry.key,
    )


def steps(entries: Sequence[Entry]) -> list[Step]:
    """A journey's records, each with the number of its cause. A dead letter comes after the record that it copies."""
    places: dict[UUID, int] = {}
    for number, entry in enumerate(entries, 1):
        if entry.id is not None and not entry.topic.startswith(LETTERS_PREFIX):
            places.setdefault(entry.id, number)
    found = []
    for number, entry in enumerate(entries, 1):
        letter = entry.topic.startswith(LETTERS_PREFIX)
        cause = entry.id if letter else entry.causation_id
        after = None if cause is None else places.get(cause)
        found.append(
            Step(number=number, after=None if after == number else after, letter=letter, record=entry_shown(entry))
        )
    return found
