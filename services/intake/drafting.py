"""From what somebody types to a draft, and back. For routes and pages alike."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import Request

from chassis.http import edge
from chassis.objects import ObjectStore
from chassis.showing import Reading, read_text, text_of
from contracts.refusals import ChangedMeanwhile
from services.intake.bodies import DraftBody
from services.intake.dependencies import Dependencies
from services.intake.domain import materials as rules
from services.intake.domain import words
from services.intake.domain.drafts import Draft
from services.intake.domain.materials import Handed
from services.intake.handing import COUNTED_HERE
from services.intake.usecases import drafts
from services.intake.usecases.drafts import Drafted
from services.intake.views import drafts as views
from services.intake.views.materials import unreadable


async def save(
    deps: Dependencies,
    request: Request,
    application_id: UUID,
    person_id: UUID,
    key: str,
    body: DraftBody,
    seen: drafts.Seen,
) -> Drafted:
    """Keep what is written so far. Raises ChangedMeanwhile, with the newest words there are as `current`."""
    database, whose = edge(request), (deps.definitions, application_id, person_id)
    most = deps.most_application_bytes
    async with database.reading() as before:
        await drafts.check(before, *whose, key, len(body.text.encode()), most)
    counted = (
        words.count(body.text) if len(body.text) <= COUNTED_HERE else await asyncio.to_thread(words.count, body.text)
    )
    try:
        async with deps.writer.about(person_id) as written:
            content = await written.put_text(body.text)
            draft = Draft(key, content, counted, database.clock(), tuple(dict.fromkeys(body.items)))
            kept, went = await database.write(lambda tx: drafts.save(tx, *whose, draft, seen, most), after=before)
            written.keep(*went)
    except ChangedMeanwhile as changed:
        current = (await read(deps, request, application_id, person_id, key)).model_dump()
        raise ChangedMeanwhile(changed.text, current=current) from None
    return kept


async def discard(
    deps: Dependencies, request: Request, application_id: UUID, person_id: UUID, key: str, seen: drafts.Seen
) -> None:
    """Throw a draft away. Raises ChangedMeanwhile."""
    async with deps.writer.about(person_id) as written:
        whose = (deps.definitions, application_id, person_id, key)
        written.keep(*await edge(request).write(lambda tx: drafts.discard(tx, *whose, seen)))


async def read(deps: Dependencies, request: Request, application_id: UUID, person_id: UUID, key: str) -> views.Draft:
    """The newest words of a text."""
    async with edge(request).reading() as tx:
        found = await drafts.read(tx, deps.definitions, application_id, person_id, key)
    return await newest(deps.objects, found)


async def newest(objects: ObjectStore, found: Drafted) -> views.Draft:
    """The newest words there are: of the draft, else of what is handed in."""
    draft, requirement = found.draft, found.requirement
    there: Sequence[Handed] = rules.replaced_by(requirement, found.loaded.handed)
    ids = {"application_id": found.loaded.application.application_id, "requirement": requirement.key}
    if draft is not None:
        said = await read_text(objects, draft.content, **ids)
        return _view(requirement.key, True, said, words=draft.words, items=draft.items or None, saved_at=draft.saved_at)
    if there and requirement.kind in rules.TEXT_KINDS:
        said = await read_text(objects, there[0].content, **ids)
        return _view(requirement.key, False, said, words=there[0].words or 0, saved_at=there[0].handed_in_at)
    return views.Draft(requirement=requirement.key, draft=False, text="", words=0)


def _view(key: str, drafted: bool, said: Reading[str], **facts: object) -> views.Draft:
    known: Mapping[str, object] = {"requirement": key, "draft": drafted, "text": text_of(said), **facts}
    return views.Draft.model_validate({**known, "unreadable": unreadable(said)})
