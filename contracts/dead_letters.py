"""The form of a dead letter on `dlq.<consumer>`: the original bytes and headers, and these headers beside them.

A record of `intake.people` is copied without its value. When a letter is settled (redriven or discarded), another
record with no value and `dlq-outcome` says so.
"""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

PREFIX = "dlq-"


class LetterHeaders(BaseModel):
    """The `dlq-*` headers, all text. `behind`: filed without a try behind an earlier letter of its key. `outcome`:
    filed, redriven, discarded."""

    model_config = ConfigDict(populate_by_name=True, extra="ignore")

    message_id: UUID = Field(alias="dlq-message-id")
    consumer: str = Field(alias="dlq-consumer")
    topic: str = Field(alias="dlq-topic")
    partition: int = Field(alias="dlq-partition")
    offset: int = Field(alias="dlq-offset")
    error: str = Field(alias="dlq-error", default="")
    attempts: int = Field(alias="dlq-attempts", default=0)
    behind: bool = Field(alias="dlq-behind", default=False)
    at: AwareDatetime = Field(alias="dlq-at")
    outcome: str = Field(alias="dlq-outcome", default="filed")

    def encode(self) -> list[tuple[str, bytes]]:
        """The headers for Kafka."""
        fields = self.model_dump(by_alias=True, mode="json")
        return [
            (name, (str(value).lower() if isinstance(value, bool) else str(value)).encode())
            for name, value in fields.items()
        ]
