"""Times as JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import PlainSerializer

Moment = Annotated[datetime, PlainSerializer(lambda moment: moment.isoformat(), return_type=str, when_used="json")]
"""A time with its offset as digits: `2026-03-02T12:00:00+00:00`."""
