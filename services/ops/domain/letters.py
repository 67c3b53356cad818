"""Dead letters in the console: what consumers say about them on `dlq.*`, and what an operator may request."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from uuid import UUID, uuid5

from pydantic import ValidationError

from contracts.dead_letters import LetterHeaders
from contracts.events.ops import DiscardRequested, RedriveRequested
from contracts.refusals import NotThere, Text
from services.ops.domain.journal import LETTERS_PREFIX, MOST_TYPE, text

MOST_IDS = 5_000
"""The most ids in one event, which must stay below the bound of a message."""
MOST_ERROR = 20_000
"""The most characters of an error: more than any consumer writes."""
TOPIC_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
"""The pattern of a topic's name in Kafka."""


class State(StrEnum):
    """`filed`: held by its consumer. `redriven`, `discarded`: settled, as the consumer said."""

    FILED = "filed"
    REDRIVEN = "redriven"
    DISCARDED = "discarded"


class Action(StrEnum):
    """The outcomes that a consumer says about a letter."""

    FILE = "filed"
    REDRIVE = "redriven"
    DISCARD = "discarded"


TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.FILED, Action.FILE): State.FILED,
    (State.FILED, Action.REDRIVE): State.REDRIVEN,
    (State.FILED, Action.DISCARD): State.DISCARDED,
    (State.REDRIVEN, Action.FILE): State.FILED,
    (State.DISCARDED, Action.FILE): State.FILED,
}
"""Every other move is ignored. If a consumer says twice how it settled a letter, the first one counts."""


def no_such(ids: Iterable[UUID]) -> NotThere:
    """The refusal of ids that belong to no known dead letter."""
    named = ", ".join(map(str, ids))
    return NotThere(Text("there are no dead letters %(ids)s; take `id` from GET /api/ops/dead-letters.", ids=named))


class NotFiled(Exception):
    """A settled letter cannot be redriven or discarded."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter of one consumer. `asked`: the open request of an operator (`redrive`, `discard`), which the
    consumer has not answered yet."""

    id: UUID
    consumer: str
    message_id: UUID
    topic: str
    partition: int
    offset: int
    key: str
    type: str | None
    error: str
    attempts: int
    behind: bool
    at: datetime
    state: State
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class LetterReport:
    """What a consumer said about one letter."""

    action: Action
    letter: Letter


def letter_id(consumer: str, message_id: UUID) -> UUID:
    """The id of a letter. It depends on the consumer too, because one message may be a dead letter of several."""
    return uuid5(message_id, consumer)


def hear(topic: str, key: str, headers: Iterable[tuple[str, bytes]]) -> LetterReport | None:
    """Read a record of `dlq.<consumer>`. None if it has no headers of a letter, or an outcome that this build does not
    know.

    `key` is short enough for an index. Headers that no consumer could have written are ignored: a place that Kafka
    cannot have, or a topic that the consumer does not hear.
    """
    marks = {name: text(raw) for name, raw in headers}
    try:
        found = LetterHeaders.model_validate(marks)
        action = Action(found.outcome)
        at = found.at.astimezone(UTC)
    except (ValidationError, ValueError, OverflowError):
        return None
    written = topic == f"{LETTERS_PREFIX}{found.consumer}" and TOPIC_NAME.fullmatch(found.topic)
    if not written or not (0 <= found.partition < 2**31 and 0 <= found.offset < 2**63 and 0 <= found.attempts < 2**31):
        return None
    kind = marks.get("type")
    letter = Letter(
        letter_id(found.consumer, found.message_id),
        found.consumer,
        found.message_id,
        found.topic,
        found.partition,
        found.offset,
        key,
        None if kind is None else kind[:MOST_TYPE],
        found.error[:MOST_ERROR],
        found.attempts,
        found.behind,
        at,
        State.FILED,
    )
    return LetterReport(action, letter)


def apply(known: Letter | None, said: LetterReport) -> Letter:
    """The letter after its consumer's word. A letter that we never saw filed begins with it."""
    before = known if known is not None else said.letter
    state = TRANSITIONS.get((before.state, said.action))
    if state is None:
        return before
    if said.action is Action.FILE:
        return said.letter
    return replace(before, state=state, asked=None)


@dataclass(frozen=True, slots=True)
class Filed:
    """The filed letters of one consumer: how many are dead, how many are held behind those, and time, type and error of
    the oldest."""

    consumer: str
    dead: int
    behind: int
    since: datetime
    type: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request of an operator (`redrive`, `discard`), when it came, and why."""

    kind: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Letters of one consumer, topic and key, in the order in which they would be handled."""

    consumer: str
    topic: str
    key: str
    letters: tuple[Letter, ...]

    def redrives(self) -> list[RedriveRequested]:
        """The events that ask the consumers to take them again."""
        return [
            RedriveRequested(consumer=self.consumer, topic=self.topic, letter_key=self.key, message_ids=ids)
            for ids in self._portions()
        ]

    def discards(self) -> list[DiscardRequested]:
        """The events that ask the consumers to give them up."""
        return [
            DiscardRequested(consumer=self.consumer, topic=self.topic, letter_key=self.key, message_ids=ids)
            for ids in self._portions()
        ]

    def _portions(self) -> list[tuple[UUID, ...]]:
        ids = [letter.message_id for letter in self.letters]
        return [tuple(ids[start : start + MOST_IDS]) for start in range(0, len(ids), MOST_IDS)]


def grouped(letters: Sequence[Letter]) -> list[Group]:
    """Filed letters by consumer, topic and key. Raises NotFiled for a settled one."""
    for letter in letters:
        if letter.state is not State.FILED:
            raise NotFiled(f"letter {letter.id} is {letter.state}; only a filed one can be redriven or discarded")

    def place(letter: Letter) -> tuple[str, str, str]:
        return letter.consumer, letter.topic, letter.key

    ordered = sorted(letters, key=lambda letter: (*place(letter), letter.partition, letter.offset))
    return [Group(*at, tuple(run)) for at, run in groupby(ordered, key=place)]
