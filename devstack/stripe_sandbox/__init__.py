"""A stand-in for Stripe, for development and tests: the part of its API that we call, its hosted page and its
webhooks."""
