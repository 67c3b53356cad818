"""Reads the data of the console's first page from the database of `ops`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.database.transaction import Tx
from contracts.events.notify import MailFailed
from contracts.topics import CONSUMERS
from services.ops.domain import activity
from services.ops.domain.activity import HOUR, LATELY, SPAN, Outbox
from services.ops.domain.letters import Filed
from services.ops.domain.pace import Sample
from services.ops.store import journal, lag, letters
from services.ops.usecases.consumers import KEPT


@dataclass(frozen=True, slots=True)
class Known:
    """Filed letters, the records of each topic, what is known of outboxes, mails given up within the hour, and how far
    consumers were lately."""

    filed: Sequence[Filed]
    spans: Mapping[str, Sequence[int]]
    outboxes: Sequence[Outbox]
    mail_not_taken: int
    samples: Sequence[Sample]


async def know(tx: Tx, now: datetime) -> Known:
    """Read it. `now` is the real time, which Kafka's records are dated by; tests do not move it."""
    names = sorted({topic for producer in CONSUMERS for topic in activity.topics_of(producer)})
    said = await journal.said(tx, names, now - HOUR, now - LATELY)
    return Known(
        filed=await letters.filed(tx),
        spans=activity.spans(await journal.published(tx, now - HOUR, now, SPAN)),
        outboxes=activity.outboxes(said, activity.silences(await journal.pulses(tx, CONSUMERS, now), now), CONSUMERS),
        mail_not_taken=await journal.count_of_type(tx, MailFailed.TOPIC.name, MailFailed.TYPE, now - HOUR),
        samples=await lag.samples(tx, now - KEPT),
    )
