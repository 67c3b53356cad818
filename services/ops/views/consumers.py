"""The view of how far consumers are."""

from pydantic import BaseModel

from services.ops.domain.lag import Lag


class LagShown(BaseModel):
    """One consumer on one partition. `committed` is null if it never committed. `lag_seconds` is the age of the oldest
    record that it has not handled; null if it was not found in time."""

    consumer: str
    topic: str
    partition: int
    committed: int | None
    end: int
    lag_records: int
    lag_seconds: float | None


class Resumed(BaseModel):
    """The request to the consumer."""

    consumer: str
    asked: str


def lag_shown(lag: Lag) -> LagShown:
    """One consumer on one partition."""
    return LagShown(
        consumer=lag.consumer,
        topic=lag.topic,
        partition=lag.partition,
        committed=lag.committed,
        end=lag.end,
        lag_records=lag.lag_records,
        lag_seconds=lag.lag_seconds if lag.lag_seconds is None else round(lag.lag_seconds, 3),
    )
