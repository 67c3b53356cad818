"""Kafka in and out: from a record to its outcome, and from an outbox row to its topic."""
