"""Reads texts from the object store, after the transaction that found their claims. If a text cannot be read,
everything else is shown."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from chassis.objects import ObjectStore
from chassis.showing import Reading, Why, read_json, read_text
from contracts.claims import ObjectClaim

TextRequest = tuple[ObjectClaim | None, TypeAdapter[Any] | None]
"""A claim, and the JSON type of its text; None for plain text."""


class Notes(BaseModel):
    """A reviewer's notes on their scores: `items`, item to note, and a comment on the whole."""

    model_config = ConfigDict(extra="forbid")

    items: dict[str, str] = Field(default_factory=dict)
    comment: str = ""


NOTES = TypeAdapter(Notes)


class Texts:
    """The texts that were read, by the names of their objects."""

    def __init__(self, readings: Mapping[str, Reading[Any]]) -> None:
        self._readings = readings

    @property
    def lacks_some(self) -> bool:
        """Whether one of them is missing: its person was erased, or it was replaced while it was read."""
        return any(reading.why is Why.GONE for reading in self._readings.values())

    def of(self, claim: ObjectClaim | None) -> Reading[Any]:
        """The text of this claim. Empty for None and for a claim that was not asked for."""
        return Reading(None) if claim is None else self._readings.get(claim.name, Reading(None))


async def read_all(objects: ObjectStore, asked: Iterable[TextRequest], **ids: object) -> Texts:
    """Read all of them at once. `ids` go into the log with texts that cannot be read."""

    async def read(claim: ObjectClaim, kind: TypeAdapter[Any] | None) -> tuple[str, Reading[Any]]:
        return claim.name, await (
            read_text(objects, claim, **ids) if kind is None else read_json(objects, claim, kind, **ids)
        )

    return Texts(dict(await asyncio.gather(*(read(claim, kind) for claim, kind in asked if claim is not None))))
