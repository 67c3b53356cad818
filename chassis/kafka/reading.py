"""Reading a record by its contract, before anything is done with it."""

from uuid import UUID, uuid5

from chassis.kafka.outcome import MOST_SAID, Broken, Heard, Record, Unknown, short
from contracts.envelope import BrokenContract, UnknownType, decode

NO_ID = UUID("4ad3f3a2-64a2-5c0e-9f0b-6b7c9c1c8a57")
"""The namespace of the ids of broken records."""


def read(record: Record, service: str) -> Heard | Broken | Unknown | None:
    """What a record means for `service`. None for a known type that it does not hear; `ops` hears everything."""
    if record.fault:
        return Broken(record, record.fault)
    try:
        received = decode(record.topic, record.key, record.value, record.headers)
    except UnknownType as error:
        return Unknown(record, short(error.event_type))
    except BrokenContract as error:
        return Broken(record, str(error)[:MOST_SAID])
    except (
        Exception
    ) as error:  # any error that a hostile body causes in a parser is the record's fault, not the batch's
        return Broken(record, f"unreadable: {type(error).__name__}")
    if service not in received.event.HEARD_BY and service != "ops":
        return None
    return Heard(record, received)


def identity(one: Heard | Broken) -> UUID:
    """The message's id. The id of a broken record cannot be trusted, so one is made from its place on the topic."""
    if isinstance(one, Heard):
        return one.received.id
    return uuid5(NO_ID, f"{one.record.topic}/{one.record.partition}/{one.record.offset}")
