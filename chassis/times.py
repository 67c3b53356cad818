"""Times as clients write them: with a zone, and within the range of a database."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated

from pydantic import PlainValidator

from contracts.refusals import Text

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
EXAMPLE = "2026-03-02T15:04:05Z"


def read_time(text: str) -> datetime:
    """A time with its zone (RFC 3339), in UTC. Raises ValueError, with words for people, for anything else and for a
    time outside of the years 1 to 9999 in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            Text("is not a time; write it like %(example)s (a + in an address is written %%2B)", example=EXAMPLE)
        ) from None
    if found.tzinfo is None:
        raise ValueError(Text("has no zone; write it like %(example)s", example=EXAMPLE))
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(Text("lies outside of the years 1 to 9999 in UTC; write a time within them")) from None


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError(Text("is not a time; write it like %(example)s", example=EXAMPLE))
    if not _DATE.fullmatch(value):
        return read_time(value)
    try:
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    except ValueError:
        raise ValueError(Text("is not a day of the calendar; write a date like 2026-03-02")) from None


Moment = Annotated[datetime, PlainValidator(_moment, json_schema_input_type=datetime | date)]
"""A filter's value: a time with its zone, or a date, which means its midnight in UTC."""
