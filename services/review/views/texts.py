"""Free text on its way out of the object store: read after the transaction that found it, and what cannot be read never
stands in the way.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from chassis.objects import ObjectStore
from chassis.showing import Reading, Why, read_json, read_text
from contracts.claims import ObjectClaim

Asked = tuple[ObjectClaim | None, TypeAdapter[Any] | None]
"""A text that is wanted, and of which kind of JSON it is; None for plain text."""


class Notes(BaseModel):
    """What a reviewer wrote to their scores: `items`, item to note, and a comment on the whole."""

    model_config = ConfigDict(extra="forbid")

    items: dict[str, str] = Field(default_factory=dict)
    comment: str = ""


NOTES = TypeAdapter(Notes)


class Texts:
    """Texts that were read, by the names of their objects."""

    def __init__(self, readings: Mapping[str, Reading[Any]]) -> None:
        self._readings = readings

    @property
    def lacks_some(self) -> bool:
        """Whether one of them is not there: its person was erased, or it was replaced while it was read."""
        return any(reading.why is Why.GONE for reading in self._readings.values())

    def of(self, claim: ObjectClaim | None) -> Reading[Any]:
        """What was read of it; nothing for no claim, and for one that nobody asked for."""
        return Reading(None) if claim is None else self._readings.get(claim.name, Reading(None))


async def read_all(objects: ObjectStore, asked: Iterable[Asked], **ids: object) -> Texts:
    """Read them all at once. `ids` go into the log with what cannot be read."""

    async def read(claim: ObjectClaim, kind: TypeAdapter[Any] | None) -> tuple[str, Reading[Any]]:
        return claim.name, await (
            read_text(objects, claim, **ids) if kind is None else read_json(objects, claim, kind, **ids)
        )

    return Texts(dict(await asyncio.gather(*(read(claim, kind) for claim, kind in asked if claim is not None))))
