"""The console's data about people, table by table, and what an erasure does with it (`chassis.personal`)."""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, emptied, kept, nobodys

EMPTY_LETTERS = "UPDATE letters SET error = '' WHERE topic = 'intake.people' AND key = $1::uuid::text"

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "journal": kept("Facts with ids. Of intake.people only the place of a record, its type and its id."),
    "letters": emptied("The place of a dead letter. The error of a person's record is removed.", EMPTY_LETTERS),
    "requests": kept("The requests of operators and their reasons, with the operators' ids."),
    "request_keys": kept("Kafka keys (ids), to be locked."),
    "lag_samples": nobodys("How far consumers are."),
}
