"""All events, by their subject or by the service that says them. Importing this package fills the registry
`contracts.event.EVENTS`."""

from contracts.events import (
    applications,
    badging,
    catalog,
    cohorts,
    deadlines,
    intake,
    letters,
    links,
    notify,
    ops,
    payments,
    people,
    research_consents,
    review,
)

__all__ = [
    "applications",
    "badging",
    "catalog",
    "cohorts",
    "deadlines",
    "intake",
    "letters",
    "links",
    "notify",
    "ops",
    "payments",
    "people",
    "research_consents",
    "review",
]
