"""All SQL of the service: `fees` (with payments), `payments` (as far as Stripe is asked about them), `ledger` (the
books), `checkouts`, `renewals`, `staff_acts`, `stripe_events`, `catalog`."""

from services.payments.store import catalog, checkouts, fees, ledger, payments, renewals, staff_acts, stripe_events

__all__ = ["catalog", "checkouts", "fees", "ledger", "payments", "renewals", "staff_acts", "stripe_events"]
