"""All events, by the service that says them. Importing this package fills `contracts.event.EVENTS`."""

from contracts.events import badging, cohorts, intake, notify, ops, payments, review

__all__ = ["badging", "cohorts", "intake", "notify", "ops", "payments", "review"]
