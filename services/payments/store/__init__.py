"""All SQL of the service: `fees` (with payments and the books), `checkouts`, `stripe_events`, `catalog`."""

from services.payments.store import catalog, checkouts, fees, stripe_events

__all__ = ["catalog", "checkouts", "fees", "stripe_events"]
