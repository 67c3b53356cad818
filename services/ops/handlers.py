"""Incoming records: every record of every topic as it came, in bulk. No content of a record can make this fail."""

from collections.abc import Sequence

import structlog

from chassis import people
from chassis.database.transaction import Tx
from chassis.kafka.consumer import Handlers
from chassis.kafka.outcome import Record
from contracts.envelope import BrokenContract, UnknownType, decode
from contracts.event import Event
from contracts.events.people import PersonDescribed, PersonErased
from contracts.topics import INTAKE_PEOPLE, TOPICS
from services.ops.domain import journal, letters
from services.ops.personal import TABLES
from services.ops.usecases.journal import keep

log = structlog.get_logger(__name__)

KEPT_OF_A_PERSON: frozenset[str] = frozenset()
"""The only data that is kept of people, to know who is an operator."""


def handlers() -> Handlers:
    """The handlers: one for all records."""
    return Handlers({}, raw=on_records, raw_topics=sorted(TOPICS), patience_ms=250)


async def on_records(tx: Tx, records: Sequence[Record]) -> None:
    """Put records into the journal, dead letters into their list, and people into the projection that says who is an
    operator."""
    entries = [
        journal.read(one.topic, one.partition, one.offset, one.timestamp, one.key, one.value, one.headers)
        for one in records
    ]
    copies = (one for one in records if one.topic.startswith(journal.LETTERS_PREFIX))
    said = [heard for one in copies if (heard := letters.hear(one.topic, one.key_text, one.headers)) is not None]
    await keep(tx, entries, said)
    told = [event for one in records if one.topic == INTAKE_PEOPLE.name and (event := _person(one)) is not None]
    if described := [event for event in told if isinstance(event, PersonDescribed)]:
        await people.project_all(tx, described, KEPT_OF_A_PERSON)
    for event in told:  # after all the others, because an erased person stays erased
        if isinstance(event, PersonErased):
            await people.project(tx, event, KEPT_OF_A_PERSON, TABLES)


def _person(record: Record) -> Event | None:
    try:
        return decode(record.topic, record.key, record.value, record.headers).event
    except (BrokenContract, UnknownType) as error:
        log.warning(
            "a record of people cannot be read; it is in the journal",
            error=str(error),
            partition=record.partition,
            offset=record.offset,
        )
        return None
