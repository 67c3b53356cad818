"""A Stripe to develop and test against: Stripe's API for what we call, its hosted page and its webhooks, on one
machine."""
