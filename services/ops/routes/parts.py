"""Parameters and parts of the console's lists."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query

from chassis.http import decode_count, listed

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200)]
AllOrSome = Annotated[int | None, Query(ge=1, le=1000, description="how many at most; all, if it is left out")]


def part(items: Sequence[T], limit: int | None, after: str | None) -> dict[str, Any]:
    """A short list, whole or a page of it. Its cursor is a count."""
    start = decode_count(after)
    if limit is None:
        return {"items": list(items[start:]), "next": None}
    return listed(items[start : start + limit + 1], limit, lambda _: str(start + limit))
