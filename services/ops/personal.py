"""What the console has about people, table by table, and what an erasure does with it (`chassis.personal`)."""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, emptied, kept, nobodys

EMPTY_LETTERS = "UPDATE letters SET error = '' WHERE topic = 'intake.people' AND key = $1::uuid::text"

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "journal": kept("Facts with ids. Of intake.people only where a record lies, its type and its id."),
    "letters": emptied("Where a dead letter lies; what the error of a person's record said goes.", EMPTY_LETTERS),
    "requests": kept("What operators asked for, and why: the operators' own record, with their ids."),
    "request_keys": kept("Kafka keys (ids), to be locked."),
    "lag_samples": nobodys("How far consumers are."),
}
