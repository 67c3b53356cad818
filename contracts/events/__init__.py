"""All events, by the service that says them. Importing this package fills `contracts.event.EVENTS`."""

from contracts.events import badging, intake, notify, ops, payments, review

__all__ = ["badging", "intake", "notify", "ops", "payments", "review"]
