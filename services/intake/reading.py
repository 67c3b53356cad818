"""Reads materials from the object store to show them. Routes and pages share it."""

from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, TypeAdapter

from chassis.http import edge
from chassis.objects import ObjectStore
from chassis.showing import Reading, Why, read_json, read_text, serve, text_of
from contracts.refusals import ChangedMeanwhile
from services.intake.dependencies import Dependencies
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.store import applications as store
from services.intake.views import View
from services.intake.views import materials as views

JSON = "application/json"


class Link(BaseModel):
    """A link as it is stored."""

    url: str
    minutes: float | None = None


_LINK = TypeAdapter(Link)
_RATINGS: TypeAdapter[dict[str, int]] = TypeAdapter(dict[str, int])


def is_file(handed: Handed) -> bool:
    """Whether it is shown as a file, and not as JSON."""
    return handed.kind not in rules.TEXT_KINDS and handed.content.media_type != JSON


async def read(objects: ObjectStore, application_id: UUID, handed: Handed) -> tuple[View, bool]:
    """A text, a link or ratings, and whether its object is missing. Of a file only its facts.

    If something cannot be read, `unreadable` says why, in words that stand instead of it.
    """
    ids = {"application_id": application_id, "requirement": handed.requirement}
    found: Reading[Any]
    if handed.kind in rules.TEXT_KINDS:
        found = await read_text(objects, handed.content, **ids)
        said: View = views.TextMaterial(**views.facts(handed), text=text_of(found), unreadable=views.unreadable(found))
    elif is_file(handed) or handed.kind == "artifacts":
        return await artifact(objects, application_id, handed), False
    elif handed.kind == "self_assessment":
        found = await read_json(objects, handed.content, _RATINGS, **ids)
        said = views.RatingsMaterial(**views.facts(handed), ratings=found.value, unreadable=views.unreadable(found))
    else:
        found = await read_json(objects, handed.content, _LINK, **ids)
        link: Link | None = found.value
        facts = views.facts(handed) | ({} if link is None else {"minutes": link.minutes})
        said = views.LinkMaterial(**facts, url=None if link is None else link.url, unreadable=views.unreadable(found))
    return said, found.why is Why.GONE


async def file(objects: ObjectStore, application_id: UUID, handed: Handed) -> Response:
    """A file to save. Raises NotThere, NotNow."""
    ids = {"application_id": application_id, "requirement": handed.requirement}
    return await serve(objects, handed.content, handed.requirement, **ids)


async def artifact(objects: ObjectStore, application_id: UUID, handed: Handed) -> views.Artifact:
    """An artifact with the applicant's annotation: a text or a link, or the facts of a file."""
    ids = {"application_id": application_id, "requirement": handed.requirement}
    facts, readings = views.facts(handed), list[Reading[Any]]()
    if handed.content.media_type == JSON:
        link = await read_json(objects, handed.content, _LINK, **ids)
        facts["url"] = None if link.value is None else link.value.url
        readings.append(link)
    elif handed.words is not None:
        text = await read_text(objects, handed.content, **ids)
        facts["text"] = text_of(text)
        readings.append(text)
    if handed.annotation is not None:
        annotation = await read_text(objects, handed.annotation, **ids)
        facts["annotation"] = text_of(annotation)
        readings.append(annotation)
    return views.Artifact(**facts, unreadable=views.unreadable(*readings))


async def with_current(
    deps: Dependencies, request: Request, refused: ChangedMeanwhile, application_id: UUID, person_id: UUID, key: str
) -> ChangedMeanwhile:
    """The same refusal with the present content, if there is any."""
    async with edge(request).reading() as tx:
        loaded = await store.load_own(tx, deps.definitions, application_id, person_id)
    there = next((one for one in loaded.handed if one.requirement == key), None)
    if there is None:
        return refused
    current, _ = await read(deps.objects, application_id, there)
    return ChangedMeanwhile(refused.text, current=current.model_dump(mode="json"))
