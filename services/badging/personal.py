"""This service's data about people, table by table, and what an erasure does with it (`chassis.personal`)."""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, kept, nobodys

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "badges": kept(
        "An issued badge stays valid for people who were shown it. It has a salted hash of the address and no name."
        " One that is not signed yet is abandoned when its person is erased."
    ),
    "decisions": kept("The decisions and what they led to: ids, levels, and claims of objects that are gone."),
    "status_lists": nobodys("One bit for each badge."),
    "credentials": nobodys("The definitions of the catalog."),
}
