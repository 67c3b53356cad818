"""Requests of operators about held records, and jobs that look after them. Each letter is taken in a transaction of its
own."""

from datetime import timedelta

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.jobs import Job
from chassis.kafka import brake, letters
from chassis.kafka.handling import Handler, HeldFailed
from chassis.kafka.inbox import Inbox
from contracts.events.ops import DiscardRequested, OpsRedrivesEvent, RedriveRequested, ResumeRequested

JOB = "redrive-letters"
LONGEST_WAIT = timedelta(hours=24)
KEPT = timedelta(days=30)
"""How long the inbox remembers handled messages. Positions keep older records away."""

FORGET_INBOX = "DELETE FROM inbox WHERE status IN ('done', 'discarded') AND at < $1"
FORGET_KEYS = "DELETE FROM idempotency_keys WHERE at < $1"


def on_redrives(service: str) -> Handler:
    """The handler of `ops.redrives` that every service has."""

    async def handle(tx: Tx, event: OpsRedrivesEvent) -> None:
        if event.consumer != service:
            return
        match event:
            case RedriveRequested():
                await letters.ask_redrive(tx, event.topic, event.letter_key, event.message_ids)
                tx.wake(JOB)
            case DiscardRequested():
                await letters.ask_discard(tx, event.topic, event.letter_key, event.message_ids)
                tx.wake(JOB)
            case ResumeRequested():
                await brake.resume(tx, service)

    return handle


def jobs(inbox: Inbox) -> list[Job]:
    """The jobs that look after held records and delete what the chassis does not need to remember."""

    async def take_asked(database: Database) -> None:
        while await _take_one(database, inbox):
            pass

    async def give_up_waiting(database: Database) -> None:
        async with database.transaction() as tx:
            for letter in await letters.waited_too_long(tx, tx.now - LONGEST_WAIT):
                await letters.bury(
                    tx, inbox.service, letter, f"{letter.waits_for} never came", attempts=letter.attempts
                )

    async def forget(database: Database) -> None:
        async with database.transaction() as tx:
            await tx.execute(FORGET_INBOX, tx.now - KEPT)
            await tx.execute(FORGET_KEYS, tx.now - timedelta(days=2))

    return [
        Job(JOB, timedelta(seconds=5), take_asked),
        Job("give-up-waiting", timedelta(minutes=1), give_up_waiting),
        Job("forget-handled", timedelta(hours=1), forget),
    ]


async def _take_one(database: Database, inbox: Inbox) -> bool:
    """Take the first letter that an operator asked for; False when there is none."""
    try:
        async with database.transaction() as tx:
            letter = await letters.asked(tx)
            if letter is None:
                return False
            await letters.lock_position(tx, letter)
            if await inbox.handling.handle_held(tx, letter):
                behind = await letters.next_behind(tx, letter)
                if behind is not None:
                    await letters.promote(tx, behind)
            await inbox.handling.release(tx)
    except HeldFailed as failed:
        await inbox.handling.bury_held(database, failed)
    return True
