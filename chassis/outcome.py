"""What may become of a record: the values and exceptions that the consumer decides by (ARCHITECTURE section 3)."""

from dataclasses import dataclass

from contracts.envelope import Received


class NotYet(Exception):
    """What a record refers to is not here yet. Raise it before any write; `thing` is what `Tx.arrived` will name."""

    def __init__(self, thing: str) -> None:
        super().__init__(f"waits for {thing}")
        self.thing = thing


def storable(text: str) -> str:
    """PostgreSQL's text has no NUL character."""
    return text.replace("\x00", "\ufffd")


def blame(error: BaseException) -> str:
    """An error in one short line: PostgreSQL's and pydantic's further lines quote the row or the input, which may be personal."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first[:300]}"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it came from Kafka. `timestamp` is in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def key_text(self) -> str:
        """The key as text that PostgreSQL can store; what it cannot is replaced."""
        return "" if self.key is None else storable(self.key.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Heard:
    """A record whose event this service hears."""

    record: Record
    received: Received


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that does not fit its contract."""

    record: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A record of a type that this build does not know."""

    record: Record
    event_type: str
