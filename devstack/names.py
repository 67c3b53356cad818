"""The six services of the system, in the order in which ports are given."""

SERVICES = ("intake", "payments", "review", "badging", "notify", "ops")
