"""Lists by cursor: a page of items, and the opaque place where the next one begins."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from chassis.refusals import FieldError, invalid


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
    if not isinstance(values, list) or len(values) != length or not all(isinstance(value, str) for value in values):
        raise invalid([FieldError(field="after", message="is not a cursor of this list; take it from `next`")])
    return values
