"""What this service holds about people, table by table, and what an erasure does with it (`chassis.personal`). The
content of a mail is never kept."""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, emptied, kept, nobodys

EMPTY_MAILS = "UPDATE mails SET facts = '{}' WHERE person_id = $1 AND state <> 'due'"

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "mails": emptied(
        "That a mail was sent, when and of which kind, stays; what it told goes. One that is due is dropped, but"
        " for a last one, which knows the address for less than a minute.",
        EMPTY_MAILS,
    ),
    "notices": kept("What everybody with a role is told, for a day: ids."),
    "delivery_keys": kept("Ids of applications and people, to be locked."),
    "credentials": nobodys("What the catalog says."),
}
