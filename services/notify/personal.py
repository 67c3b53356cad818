"""What this service holds about people, table by table, and what an erasure does with it (`chassis.personal`). The
content of a mail is never kept."""

from collections.abc import Mapping

from chassis.personal import CHASSIS, Table, emptied, kept, nobodys

EMPTY_MAILS = "UPDATE mails SET facts = '{}' WHERE person_id = $1 AND state <> 'due'"

TABLES: Mapping[str, Table] = {
    **CHASSIS,
    "mails": emptied(
        "It stays that a mail was sent, when, and of which kind; its content is removed. Due mails are dropped."
        " One last mail is sent, which holds the address for less than a minute.",
        EMPTY_MAILS,
    ),
    "notices": kept("Messages to everybody with a role, kept for a day. They hold only ids."),
    "delivery_keys": kept("Ids of applications and people, which are locked."),
    "credentials": nobodys("The catalog."),
}
