"""The names of the system: its six services, in the order in which ports are given, and the demo's people."""

SERVICES = ("intake", "payments", "review", "badging", "notify", "ops")

ADMIN = "admin@example.org"
ROLES = {
    "staff@example.org": ["staff"],
    "chair@example.org": ["chair"],
    **{f"reviewer-{n}@example.org": ["reviewer"] for n in range(1, 5)},
    "operator@example.org": ["operator"],
}
"""Everybody else of the demo, by e-mail, with their roles."""

PEOPLE = (ADMIN, *ROLES)
