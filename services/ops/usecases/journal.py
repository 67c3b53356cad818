"""Keep the records of all topics, and tell one application's part of them."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.topics import TOPICS
from services.ops.domain import journal, letters
from services.ops.domain.journal import Entry
from services.ops.domain.letters import Letter, LetterReport
from services.ops.store import journal as store
from services.ops.store import letters as letter_store

MOST_RECORDS_OF_A_JOURNEY = 10_000


async def keep(tx: Tx, entries: Sequence[Entry], said: Sequence[LetterReport]) -> None:
    """Write records into the journal, and apply in order what consumers said about their dead letters."""
    await store.add_entries(tx, entries)
    if not said:
        return
    known = await letter_store.lock_letters(tx, sorted({one.letter.id for one in said}))
    changed: dict[UUID, Letter] = {}
    for one in said:
        before = changed.get(one.letter.id, known.get(one.letter.id))
        changed[one.letter.id] = letters.apply(before, one)
    await letter_store.save_letters(tx, list(changed.values()))


async def tell_journey(tx: Tx, application_id: UUID) -> list[Entry]:
    """All records about an application, by cause, then time. Empty if there are none."""
    return journal.by_cause(await store.journey(tx, application_id, MOST_RECORDS_OF_A_JOURNEY))


async def forget_old(tx: Tx) -> None:
    """Delete journal rows of records that their topics do not keep any more, sealed tokens among them."""
    for topic in TOPICS.values():
        if topic.keep is not None:
            await store.prune(tx, topic.name, tx.now - topic.keep)
