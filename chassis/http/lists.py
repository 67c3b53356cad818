"""Lists by cursor: a page of items, and the opaque place where the next one begins."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson

from chassis.refusals import FieldError, Refusal, invalid
from chassis.times import read_time

T = TypeVar("T")


def page(items: Sequence[Any], limit: int, cursor: Callable[[Any], str]) -> dict[str, Any]:
    """A page of a list: give `limit` + 1 items to let it know whether there are more; `cursor` makes the cursor of the last one shown."""
    shown = list(items[:limit])
    return {"items": shown, "next": cursor(shown[-1]) if len(items) > limit else None}


def encode_cursor(*values: object) -> str:
    """An opaque cursor of the values that the list is sorted by."""
    return base64.urlsafe_b64encode(orjson.dumps([str(value) for value in values])).decode().rstrip("=")


def decode_cursor(text: str, length: int) -> list[str]:
    """The values of a cursor; Refusal 422 for one that we did not make."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(isinstance(value, str) and "\x00" not in value for value in values):
        raise no_cursor()
    return values


def decode_place(after: str | None, beginning: T) -> tuple[datetime, UUID] | T:
    """The place in a list sorted by a time and an id, from a cursor of both; `beginning` without one. Refusal 422 for one that we did not make."""
    if after is None:
        return beginning
    moment, last = decode_cursor(after, 2)
    try:
        return read_time(moment), UUID(last)
    except ValueError:
        raise no_cursor() from None


def no_cursor() -> Refusal:
    """422 for a cursor that is none of this list's."""
    return invalid([FieldError(field="after", message="is not a cursor of this list; take it from `next`")])
