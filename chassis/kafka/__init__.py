"""Kafka in both directions: from a record to its outcome, and from an outbox row to its topic."""
