"""Puts the texts that people write to a case into the object store. They are about the case's applicant, and only
people with a relation to the case may write them. Routes and pages share it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from chassis.database.pool import Database
from chassis.writing import Writer, Writing
from contracts.claims import ObjectClaim
from services.review.bodies import DecisionBody, ScoresBody
from services.review.domain.access import Caller
from services.review.domain.decisions import Ruling, Written
from services.review.usecases import scores
from services.review.usecases.access import approach


class CaseWriter:
    """Makes the `Writing` of each request that writes to a case."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    @asynccontextmanager
    async def about(self, database: Database, address: UUID, caller: Caller) -> AsyncIterator[Writing]:
        """The writing of the caller's texts to a case. Raises NotThere before anything is put if the case does not
        exist for the caller: such a text would be about nobody, and no erasure would find it."""
        async with database.reading() as tx:
            relation = await approach(tx, address, caller)
        async with self._writer.about(relation.applicant_id) as writing:
            yield writing


async def put(writing: Writing, text: str | Mapping[str, object] | None) -> ObjectClaim | None:
    """Put a text, or texts as JSON. Returns None for an empty text."""
    if text is None:
        return None
    return await (writing.put_text(text) if isinstance(text, str) else writing.put_json(text))


async def save_scores(
    writer: CaseWriter,
    database: Database,
    address: UUID,
    caller: Caller,
    body: ScoresBody,
    seen: frozenset[str] | None,
) -> scores.Saved:
    """Save a draft of the caller's scores, with its notes. `seen`: the editions that they saw; None if they do not say.

    Raises NotThere, NotYours, WrongState, Invalid, ChangedMeanwhile.
    """
    levels = {item: score.level for item, score in body.items.items() if score.level is not None}
    noted = {item: score.note for item, score in body.items.items() if score.note}
    async with writer.about(database, address, caller) as writing:
        notes = await put(writing, {"items": noted, "comment": body.comment} if noted or body.comment else None)
        saved = await database.write(
            lambda tx: scores.save_draft(tx, address, caller, levels, notes, noted=body.items, seen=seen)
        )
        writing.keep(saved.replaced)
    return saved


def ruling_of(body: DecisionBody) -> Ruling:
    """The chair's ruling, without the texts."""
    overrides = {item: override.level for item, override in body.items.items()}
    return Ruling(body.outcome, overrides, tuple(body.feedback))


async def put_decision(writing: Writing, body: DecisionBody) -> Written:
    """Put the chair's texts."""
    reasons = {item: override.reason for item, override in body.items.items()}
    letter, feedback = await writing.put_text(body.letter), await writing.put_json(body.feedback)
    return Written(letter, feedback, await put(writing, reasons or None))
