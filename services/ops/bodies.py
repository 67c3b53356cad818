"""The bodies of requests to the console, which its forms use too."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from chassis.http import Body
from chassis.texts import Text, YesOrNo

Ids = Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class Filter(Body):
    """A filter of filed letters. A letter must fit all given fields; without any, all letters fit."""

    consumer: str | None = None
    topic: str | None = None
    key: str | None = None


class RedriveBody(Body):
    """Either `ids` or `filter`. A dry run says what would be requested and requests nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["ids"], "properties": {"ids": {"type": "array"}}},
                {"required": ["filter"], "properties": {"filter": {"type": "object"}}},
            ]
        }
    )

    ids: Ids | None = None
    filter: Filter | None = None
    dry_run: YesOrNo = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "RedriveBody":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        return self


class DiscardBody(Body):
    """Discard these letters for good. `reason` is kept for later readers and sent nowhere."""

    ids: Ids
    reason: Annotated[Text, Field(max_length=2000)]
