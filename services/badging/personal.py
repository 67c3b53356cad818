"""What this service has about people, table by table, and what an erasure does with it (`chassis.personal`)."""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, kept, nobodys

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "badges": kept(
        "An issued badge stays valid for whom it was shown to. It has a salted hash of the address, no name; one that"
        " was not signed yet is abandoned when its person is erased."
    ),
    "decisions": kept("Which decisions led to a badge: ids and levels, claims that lead nowhere."),
    "status_lists": nobodys("One bit for each badge."),
    "credentials": nobodys("What the catalog says."),
}
