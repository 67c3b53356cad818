"""The jobs that sign. Rows say what is to be signed. It is signed outside of any transaction, and a transaction stores
the result. Both jobs repeat interrupted work."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from chassis.database.pool import Database
from chassis.jobs import Job
from services.badging import store, usecases
from services.badging.clients.signer import Signer
from services.badging.domain import status_lists
from services.badging.domain.issuer import Issuer
from services.badging.usecases import PUBLISH_LISTS, SIGN_BADGES, Signed

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""The number of badges signed before one commit: some 70 ms of CPU."""

AHEAD = timedelta(minutes=1)
"""A list signed further in the future was signed with another clock, and verifiers do not accept it yet."""


def jobs(issuer: Issuer, signer: Signer) -> list[Job]:
    """The jobs of badging."""

    async def sign(database: Database) -> None:
        while await sign_badges(database, issuer, signer):
            pass

    async def publish(database: Database) -> None:
        await publish_lists(database, issuer, signer)

    return [Job(SIGN_BADGES, timedelta(seconds=10), sign), Job(PUBLISH_LISTS, timedelta(hours=1), publish)]


async def sign_badges(database: Database, issuer: Issuer, signer: Signer) -> bool:
    """Sign and issue the badges that have waited longest. Returns whether there may be more. A badge that cannot be
    signed is logged and does not stop the others."""
    async with database.reading() as tx:
        waiting = await store.unsigned(tx, AT_ONCE)
    if waiting:
        await publish_lists(database, issuer, signer)  # the lists that a badge names must be public before it
    signed = []
    for badge, decided in waiting:
        assert badge.document is not None, "an unsigned badge has its document"
        try:
            credential = await _sign(signer, badge.document, badge.created)
        except Exception:  # logged; it stays unsigned and is tried again, and does not hold up other badges
            log.exception("a badge cannot be signed", badge_id=str(badge.badge_id))
        else:
            signed.append(Signed(badge.badge_id, badge.person_id, decided, credential))
    if signed:
        await database.write(lambda tx: usecases.issue(tx, signed, issuer))
    return bool(signed) and len(waiting) == AT_ONCE


async def publish_lists(database: Database, issuer: Issuer, signer: Signer) -> None:
    """Publish the status lists whose bits changed, that are too old, or that were signed with another key or clock."""
    async with database.reading() as tx:
        due = await store.due_lists(tx, tx.now - status_lists.FRESH, tx.now + AHEAD, signer.method)
    for number, purpose in due:
        await _publish_list(database, issuer, signer, number, purpose)


async def _publish_list(database: Database, issuer: Issuer, signer: Signer, number: int, purpose: str) -> None:
    now = database.clock()
    derived = await database.write(lambda tx: store.derive_list(tx, number, purpose))
    document = status_lists.list_credential(issuer, purpose, number, derived.bits, now)
    credential = await _sign(signer, document, now)
    if not await database.write(lambda tx: store.publish_list(tx, derived, credential, now, signer.method)):
        log.info("a newer status list is there already", number=number, purpose=purpose)


async def _sign(signer: Signer, document: Mapping[str, Any], created: datetime) -> bytes:
    return orjson.dumps(await asyncio.to_thread(signer.sign, document, created))
