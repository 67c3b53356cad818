"""The possible outcomes of a record: the values and exceptions by which the consumer decides."""

import re
from dataclasses import dataclass
from hashlib import sha256

import asyncpg
from pydantic import ValidationError

from contracts.envelope import Received

MOST_INDEXED = 500
"""The most characters of a text in an index. PostgreSQL takes some 2,700 bytes a row."""
MOST_SAID = 2000
"""The most characters of a reason."""

_QUOTED = re.compile(r"\"[^\"]*\"?")


class NotYet(Exception):
    """Something that a record refers to is not here yet. Raise it before any write. `thing` is the name that will be
    given to `Tx.arrived`."""

    def __init__(self, thing: str) -> None:
        self.thing = short(thing)
        super().__init__(f"waits for {self.thing}")


def storable(text: str) -> str:
    """The text without NUL characters and halves of surrogate pairs, which PostgreSQL does not take."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def short(text: str) -> str:
    """Text that PostgreSQL takes and can index. A longer text becomes its beginning and a digest, so that different
    texts stay different. The result does not change when it is shortened again."""
    text = storable(text)
    return text if len(text) <= MOST_INDEXED else f"{text[: MOST_INDEXED - 65]}~{sha256(text.encode()).hexdigest()}"


def refuses_data(error: BaseException) -> bool:
    """Whether the data itself is refused, so that a later try fails too: by PostgreSQL or its driver (a number too
    large, NUL in a text), or by a model."""
    return isinstance(
        error, asyncpg.DataError | asyncpg.ProgramLimitExceededError | ValidationError | OverflowError | UnicodeError
    )


def blame(error: BaseException) -> str:
    """An error in one short line. Further lines and values are left out, because they quote a row or the input, which
    may be personal."""
    first = next(iter(str(error).splitlines()), "")
    if refuses_data(error):
        first = _QUOTED.sub("...", first.partition(": ")[0])
    return f"{type(error).__name__}: {first[:300]}"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it came from Kafka. `timestamp` is in milliseconds since 1970.

    `fault`: how it breaks Kafka's own rules, which makes it a dead letter; mostly empty.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    fault: str = ""

    @property
    def key_text(self) -> str:
        """The key as text that PostgreSQL can store and index. Other characters are replaced."""
        return "" if self.key is None else short(self.key.decode("utf-8", "replace"))


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
