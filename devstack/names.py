"""The six services, in the order of their ports, and the demo's people."""

SERVICES = ("intake", "payments", "review", "badging", "notify", "ops")

ADMIN = "admin@example.org"
ROLES = {
    "staff@example.org": ["staff"],
    "chair@example.org": ["chair"],
    **{f"reviewer-{n}@example.org": ["reviewer"] for n in range(1, 5)},
    "operator@example.org": ["operator"],
}
"""The other people of the demo, by e-mail address, with their roles."""

PEOPLE = (ADMIN, *ROLES)
