"""An example of an event: one Kafka record as JSON, `{"topic", "key", "headers", "value"}`; a tombstone's value is
null."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.envelope import Received, decode


class Record(BaseModel):
    """A record from contracts/examples/<type>/<name>.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, Any] | None

    @property
    def bytes(self) -> "bytes | None":
        """The value's bytes on Kafka."""
        return None if self.value is None else json.dumps(self.value, ensure_ascii=False).encode()

    def decode(self) -> Received:
        """Read it as a consumer does. Raises BrokenContract and UnknownType."""
        return decode(
            self.topic, self.key.encode(), self.bytes, [(name, text.encode()) for name, text in self.headers.items()]
        )
