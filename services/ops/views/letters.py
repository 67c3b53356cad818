"""Views of dead letters, and of requests about them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from contracts.topics import TOPICS
from services.ops.domain.letters import Letter, Request
from services.ops.usecases.letters import Requested


class LetterShown(BaseModel):
    """A dead letter of one consumer. `behind`: it was not tried, because it stands behind an earlier letter of its key.
    `asked`: the open request of an operator, which the consumer has not answered yet."""

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
        """The application whose journey has it, if its topic's key is an application."""
        declared = TOPICS.get(self.topic)
        if declared is None or declared.key != "application_id":
            return None
        try:
            return UUID(self.key)
        except ValueError:
            return None


class RequestShown(BaseModel):
    """A request to one consumer: these letters of one key, in this order."""

    consumer: str
    topic: str
    key: str
    letters: list[UUID]


class AskedShown(BaseModel):
    """The requests of one command. `settled`: ids that are already redriven or discarded; nothing is asked for them."""

    dry_run: bool
    requests: list[RequestShown]
    settled: list[UUID]


class ToBeAsked(BaseModel):
    """A request to one consumer about one key, before it is sent. `added`: the number of earlier letters that were not
    chosen."""

    consumer: str
    topic: str
    key: str
    letters: list[LetterShown]
    added: int


class Noted(BaseModel):
    """A request of an operator about a letter, and its reason."""

    kind: str
    at: datetime
    reason: str


class LetterWhole(BaseModel):
    """One letter with the later letters of its key, which are held `behind` it (`more`: there are further ones), and
    the requests about it."""

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


def asked_shown(asked: Requested, *, dry_run: bool) -> AskedShown:
    """What was, or would be, asked of consumers."""
    requests = [
        RequestShown(
            consumer=group.consumer, topic=group.topic, key=group.key, letters=[letter.id for letter in group.letters]
        )
        for group in asked.groups
    ]
    return AskedShown(dry_run=dry_run, requests=requests, settled=list(asked.settled))


def to_be_asked(asked: Requested, chosen: Sequence[UUID]) -> list[ToBeAsked]:
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
