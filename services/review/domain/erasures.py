"""When the texts about a person who was erased are surely gone."""

from datetime import datetime, timedelta

QUIET = timedelta(days=1)
"""A request that was under way at the erasure may have put a text after it. After so long without one there is none."""


def empty_since(before: datetime | None, found: int, now: datetime) -> datetime | None:
    """Since when nothing about the person was found, after a look that found so many texts and deleted them."""
    return None if found else before or now


def finished(since: datetime | None, now: datetime) -> bool:
    """Whether nothing has been found for long enough."""
    return since is not None and now - since >= QUIET
