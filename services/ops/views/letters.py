"""Dead letters as they are shown, and what is asked of consumers about them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from contracts.topics import TOPICS
from services.ops.domain.letters import Letter, Request
from services.ops.usecases.letters import Asked


class LetterShown(BaseModel):
    """A dead letter of one consumer. `behind`: not tried, for it stands behind an earlier letter of its key. `asked`:
    what an operator wants and the consumer has not said yet."""

    id: UUID
    topic: str
    consumer: str
    partition: int
    offset: int
    key: str
    error: str
    attempts: int
    at: datetime
    type: str | None
    message_id: UUID
    behind: bool
    state: str
    asked: str | None

    @property
    def application_id(self) -> UUID | None:
        """The application whose journey tells of it, where its topic's key is one."""
        declared = TOPICS.get(self.topic)
        if declared is None or declared.key != "application_id":
            return None
        try:
            return UUID(self.key)
        except ValueError:
            return None


class RequestShown(BaseModel):
    """What is asked of one consumer: these letters of one key, in this order."""

    consumer: str
    topic: str
    key: str
    letters: list[UUID]


class AskedShown(BaseModel):
    """`settled`: ids that were redriven or discarded already; nothing is asked for them."""

    dry_run: bool
    requests: list[RequestShown]
    settled: list[UUID]


class ToBeAsked(BaseModel):
    """What will be asked of one consumer about one key, before it is asked. `added`: how many letters nobody chose and
    that come before those."""

    consumer: str
    topic: str
    key: str
    letters: list[LetterShown]
    added: int


class Noted(BaseModel):
    """What an operator asked for about a letter, and why."""

    kind: str
    at: datetime
    reason: str


class LetterWhole(BaseModel):
    """One letter with its surroundings: the later letters of its key, which are held `behind` it (`more`: there are
    further ones), and what operators asked for."""

    letter: LetterShown
    behind: list[LetterShown]
    more: bool
    noted: list[Noted]


def letter_shown(letter: Letter) -> LetterShown:
    """A letter."""
    return LetterShown(
        id=letter.id,
        topic=letter.topic,
        consumer=letter.consumer,
        partition=letter.partition,
        offset=letter.offset,
        key=letter.key,
        error=letter.error,
        attempts=letter.attempts,
        at=letter.at,
        type=letter.type,
        message_id=letter.message_id,
        behind=letter.behind,
        state=letter.state.value,
        asked=letter.asked,
    )


def letter_whole(letter: Letter, behind: Sequence[Letter], requests: Sequence[Request], most: int) -> LetterWhole:
    """A letter with the first `most` of those behind it."""
    return LetterWhole(
        letter=letter_shown(letter),
        behind=[letter_shown(one) for one in behind[:most]],
        more=len(behind) > most,
        noted=[Noted(kind=one.kind, at=one.at, reason=one.reason) for one in requests],
    )


def asked_shown(asked: Asked, *, dry_run: bool) -> AskedShown:
    """What was, or would be, asked of consumers."""
    requests = [
        RequestShown(
            consumer=group.consumer, topic=group.topic, key=group.key, letters=[letter.id for letter in group.letters]
        )
        for group in asked.groups
    ]
    return AskedShown(dry_run=dry_run, requests=requests, settled=list(asked.settled))


def to_be_asked(asked: Asked, chosen: Sequence[UUID]) -> list[ToBeAsked]:
    """What will be asked of consumers about the letters that somebody chose."""
    known = set(chosen)
    return [
        ToBeAsked(
            consumer=group.consumer,
            topic=group.topic,
            key=group.key,
            letters=[letter_shown(letter) for letter in group.letters],
            added=sum(1 for letter in group.letters if letter.id not in known),
        )
        for group in asked.groups
    ]
