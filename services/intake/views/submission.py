"""Everything that goes to the panel, to be read once more before the submission."""

import asyncio
from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter

from chassis.objects import ObjectStore
from chassis.showing import read_json, read_text, text_of
from services.intake.domain.letter_requirements import shown_to_applicant
from services.intake.domain.materials import TEXT_KINDS, Handed
from services.intake.domain.submission import counting
from services.intake.store.applications import Loaded
from services.intake.views.materials import Material, facts

_LINK: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


class Piece(Material):
    """A material with the parts that a page can show: its text, its link or its annotation. A file opens on its own. If
    something cannot be read, words stand instead of it."""

    text: str = ""
    url: str = ""


async def pieces(loaded: Loaded, objects: ObjectStore) -> Sequence[Piece]:
    """Everything that goes to the panel, in its order, except the self-assessment and letters that the applicant may
    not read."""
    application = loaded.application
    ids = {"application_id": application.application_id}
    hidden = {one.key for one in loaded.definition.requirements if not shown_to_applicant(one)}
    handed = [
        one
        for one in counting(application, loaded.definition, loaded.handed)
        if one.kind != "self_assessment" and one.requirement not in hidden
    ]
    return await asyncio.gather(*(_piece(one, objects, ids) for one in handed))


async def _piece(handed: Handed, objects: ObjectStore, ids: Mapping[str, object]) -> Piece:
    if handed.kind in TEXT_KINDS:
        return Piece(**facts(handed), text=text_of(await read_text(objects, handed.content, **ids)))
    if handed.annotation is not None:
        said = await read_text(objects, handed.annotation, **ids)
        return Piece(**facts(handed), text=text_of(said))
    if handed.minutes is not None:  # a link; the length of a file is not known
        link = await read_json(objects, handed.content, _LINK, **ids)
        url = (link.value or {}).get("url", "")
        return Piece(**facts(handed), text=link.words or "", url=str(url))
    return Piece(**facts(handed))
