"""Lists by cursor: a page of items, and the place where the next page begins. Clients pass the value of `next` on
unchanged."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from contracts.refusals import Fault, Invalid, Text

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"([0-9]{1,16})\.([0-9a-f]{32})", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,79}", re.ASCII)


def _cursor(pattern: re.Pattern[str]) -> Any:
    return Query(
        json_schema_extra={"pattern": f"^{pattern.pattern}$"}, description="`next` of the page before this one"
    )


AfterPlace = Annotated[str | None, _cursor(_PLACE)]
"""The parameter `after` of a list that is sorted by a time and an id."""
AfterName = Annotated[str | None, _cursor(_NAME)]
"""The parameter `after` of a list that is sorted by a key of the program."""
AfterCount = Annotated[str | None, _cursor(_COUNT)]
"""The parameter `after` of a short list, whose cursor is a count."""


def listed(items: Sequence[Any], limit: int, cursor: Callable[[Any], str]) -> dict[str, Any]:
    """A page of a list. Pass `limit` + 1 items, so that it knows whether there are more. `cursor` makes the cursor of
    the last item shown."""
    shown = list(items[:limit])
    return {"items": shown, "next": cursor(shown[-1]) if len(items) > limit else None}


def encode_place(moment: datetime | str, last: UUID | str) -> str:
    """The cursor of an item: its time in microseconds since 1970, and its id. A time given as text is RFC 3339."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return f"{(moment - EPOCH) // timedelta(microseconds=1)}.{UUID(str(last)).hex}"


def decode_place(after: str | None, beginning: T) -> tuple[datetime, UUID] | T:
    """The place in a list sorted by a time and an id; `beginning` without a cursor. Raises Invalid for a cursor that we
    did not make."""
    if after is None:
        return beginning
    found = _PLACE.fullmatch(after)
    if found is None:
        raise no_cursor()
    return EPOCH + timedelta(microseconds=int(found[1])), UUID(found[2])


def decode_count(after: str | None) -> int:
    """How many items came before this page. Raises Invalid for a cursor that we did not make."""
    if after is None:
        return 0
    if not _COUNT.fullmatch(after):
        raise no_cursor()
    return int(after)


def decode_name(after: str | None) -> str:
    """The key of the last item shown; empty at the beginning. Raises Invalid for a cursor that we did not make."""
    if after is None:
        return ""
    if not _NAME.fullmatch(after):
        raise no_cursor()
    return after


def no_cursor() -> Invalid:
    """The refusal (422) of a cursor that does not belong to this list."""
    return Invalid(Fault("after", Text("is not a cursor of this list; take it from `next`")))


class Listed(BaseModel, Generic[T]):
    """A page of a list, as answered. `next`: the cursor of the next page; null at the end."""

    items: list[T]
    next: str | None
