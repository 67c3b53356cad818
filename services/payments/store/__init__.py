"""All SQL of the service: `fees` (with payments and the books), `checkouts`, `stripe_events`."""

from services.payments.store import checkouts, fees, stripe_events

__all__ = ["checkouts", "fees", "stripe_events"]
