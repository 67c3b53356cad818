"""The panel's decision for the applicant: the present one, and that of the attempt before."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from chassis.objects import ObjectStore
from chassis.showing import TEXTS, read_json, read_text, text_of
from services.intake.domain.applications import Application
from services.intake.domain.applications import Decision as Kept
from services.intake.views import Maybe, View
from services.intake.views.materials import unreadable


class Feedback(View):
    """The panel's level and feedback for one item."""

    level: str
    text: str | None


class Decision(View):
    """A decision. If letter or feedback cannot be read, words stand instead of each text, and `unreadable` has the same
    words."""

    outcome: str
    letter: str
    feedback: Mapping[str, Feedback]
    unreadable: Maybe[str] = None


class Earlier(View):
    """The attempt before, which was decided not_yet: the panel's feedback on each item."""

    application_id: UUID
    attempt: int
    decided_at: datetime
    feedback: Mapping[str, Feedback]
    unreadable: Maybe[str] = None


async def decision(found: Application, decision: Kept, objects: ObjectStore) -> Decision:
    """A decision. Its letter and feedback are read from the object store."""
    ids = {"application_id": found.application_id, "decision_id": decision.decision_id}
    letter, (feedback, wrong) = await asyncio.gather(
        read_text(objects, decision.letter, **ids), _feedback(found, decision, objects)
    )
    return Decision(
        outcome=decision.outcome,
        letter=text_of(letter),
        feedback=feedback,
        unreadable=unreadable(letter) or wrong,
    )


async def _feedback(
    found: Application, decision: Kept, objects: ObjectStore
) -> tuple[Mapping[str, Feedback], str | None]:
    """The feedback on each item, and why its texts cannot be read."""
    ids = {"application_id": found.application_id, "decision_id": decision.decision_id}
    read = await read_json(objects, decision.feedback, TEXTS, **ids)
    texts = read.value or {}
    said = {item.item: Feedback(level=item.level, text=read.words or texts.get(item.item)) for item in decision.items}
    return said, unreadable(read)


async def earlier(found: Application, objects: ObjectStore) -> Earlier | None:
    """The attempt before, if it is decided."""
    if found.decision is None:
        return None
    feedback, wrong = await _feedback(found, found.decision, objects)
    return Earlier(
        application_id=found.application_id,
        attempt=found.attempt,
        decided_at=found.decision.decided_at,
        feedback=feedback,
        unreadable=wrong,
    )
