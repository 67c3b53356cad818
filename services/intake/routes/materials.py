"""Handing in, reading back, taking back. Objects are put first, then the row that names them."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from chassis.http import edge, refused
from chassis.http.sessions import SignedIn
from chassis.showing import Reading, Why, read_json, read_text, serve, text_of
from chassis.writing import Writing
from contracts.refusals import Fault, Invalid, NotThere, Refused, Text, WrongMediaType
from services.intake import uploads
from services.intake.bodies import LinkBody, TextBody
from services.intake.dependencies import Dependencies
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.forms import unreadable
from services.intake.routes.shown import shown
from services.intake.store import applications as store
from services.intake.usecases import materials
from services.intake.usecases.materials import Wanted
from services.intake.views import Items, View
from services.intake.views import materials as views

T = TypeVar("T")

JSON = "application/json"
COUNTED_HERE = 20_000
"""Longer texts, in characters, are counted in a thread."""
LOOKS = 5
"""How often something is looked for that is being replaced all the time."""


@dataclass(frozen=True, slots=True)
class Read:
    """Something handed in, as it was read; `gone` where its object is not there."""

    result: Response | Refused
    gone: bool = False

    def response(self) -> Response:
        """The response. Raises the refusal."""
        if isinstance(self.result, Refused):
            raise self.result
        return self.result


class Link(BaseModel):
    """A link as it is kept."""

    url: str
    minutes: float


_LINK = TypeAdapter(Link)
_RATINGS: TypeAdapter[dict[str, int]] = TypeAdapter(dict[str, int])

FORMS = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"oneOf": [TextBody.model_json_schema(), LinkBody.model_json_schema()]}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "annotation": {"type": "string"},
                        "items": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
        },
    }
}

ANY_TYPE = {"schema": {"type": "string", "format": "binary"}}
FILE: dict[int | str, dict[str, Any]] = {200: {"description": "What was handed in", "content": {"*/*": ANY_TYPE}}}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What was handed in: a text, a link, ratings or a list of artifacts, or a file as itself",
        "model": views.TextMaterial | views.LinkMaterial | views.RatingsMaterial | Items[views.Artifact],
        "content": {"*/*": ANY_TYPE},
    }
}


def router(deps: Dependencies) -> APIRouter:
    """/api/applications/{id}/materials/{requirement}."""
    routes = APIRouter(prefix="/api/applications/{application_id}/materials/{key}", tags=["materials"])
    definitions, most_bytes = deps.definitions, deps.most_application_bytes

    @routes.put("", openapi_extra=FORMS, response_model=views.Material, responses=refused(409))
    async def hand_in(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """Hand in a text, a link or a file; a file for artifacts is one more, anything else takes the place of what was
        there."""
        database, whose = edge(request), (definitions, application_id, me.person_id)
        async with database.reading() as seen:
            wanted = await materials.check(seen, *whose, key, most_bytes)
        async with deps.writer.about(me.person_id) as written:
            handed = await _put(deps, request, written, wanted, database.clock())
            replaced = await database.write(lambda tx: materials.hand_in(tx, *whose, handed, most_bytes), after=seen)
            written.keep(*replaced)
        return shown(views.material(handed))

    @routes.get("", responses=CONTENT)
    async def read(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """What was handed in: texts, links and lists of artifacts as JSON, a file as itself."""
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, definitions, application_id, me.person_id)
        requirement = rules.find(loaded.definition, key)
        handed = [one for one in loaded.handed if one.requirement == key]
        if requirement.kind == "artifacts":
            return shown(Items(items=await asyncio.gather(*(_artifact(deps, application_id, one) for one in handed))))

        # Replaced while it was read, it is read again.
        for _ in range(LOOKS):
            if not handed:
                raise NotThere(Text("Nothing was handed in for %(name)s yet.", name=requirement.name))
            found = await _read(deps, application_id, handed[0])
            if not found.gone:
                break
            async with edge(request).reading() as tx:
                loaded = await store.load_own(tx, definitions, application_id, me.person_id)
            before, handed = handed, [one for one in loaded.handed if one.requirement == key]
            if handed == before:
                break
        return found.response()

    @routes.get("/{artifact_id}", response_class=Response, responses=FILE)
    async def read_artifact(
        request: Request, application_id: UUID, key: str, artifact_id: UUID, me: SignedIn
    ) -> Response:
        """The file of one artifact."""
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, definitions, application_id, me.person_id)
        handed = next((one for one in loaded.handed if one.requirement == key and one.artifact_id == artifact_id), None)
        if handed is None:
            raise NotThere(Text("There is no such artifact."))
        return await _file(deps, application_id, handed)

    @routes.delete("", status_code=204, responses=refused(409))
    async def take_back(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """Take back what was handed in (all artifacts, where there are several)."""
        return await _taken_back(deps, request, application_id, me.person_id, key, None)

    @routes.delete("/{artifact_id}", status_code=204, responses=refused(409))
    async def take_back_artifact(
        request: Request, application_id: UUID, key: str, artifact_id: UUID, me: SignedIn
    ) -> Response:
        """Take back one artifact."""
        return await _taken_back(deps, request, application_id, me.person_id, key, artifact_id)

    return routes


async def _taken_back(
    deps: Dependencies, request: Request, application_id: UUID, person_id: UUID, key: str, artifact_id: UUID | None
) -> Response:
    async with deps.writer.about(person_id) as written:
        went = await edge(request).write(
            lambda tx: materials.take_back(tx, deps.definitions, application_id, person_id, key, artifact_id)
        )
        written.keep(*went)
    return Response(status_code=204)


async def _put(deps: Dependencies, request: Request, written: Writing, wanted: Wanted, now: datetime) -> Handed:
    """Check what was sent and put it into the object store."""
    requirement = wanted.requirement
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "application/json":
            body = await _body(request)
            if isinstance(body, TextBody):
                words = await _counted(len(body.text), partial(rules.check_text, requirement, body.text))
                return Handed(requirement.key, requirement.kind, await written.put_text(body.text), now, words=words)
            rules.check_link(requirement, body.minutes)
            link = await written.put_json({"url": str(body.url), "minutes": body.minutes})
            return Handed(requirement.key, requirement.kind, link, now, minutes=body.minutes)
        case "multipart/form-data":
            most = rules.max_bytes(requirement)

            def measure(size: int) -> None:
                if size > most:
                    raise rules.too_large(requirement)
                wanted.room.check(size)

            upload = await uploads.receive(request, deps.objects, written, measure, requirement.limits.media_types)
            rules.check_file(requirement, upload.media_type, upload.size, upload.filename)
            check = partial(rules.check_annotation, requirement, upload.annotation, upload.items, wanted.definition)
            await _counted(len(upload.annotation or ""), check)
            content = await upload.put(written)
            annotation = None if upload.annotation is None else await written.put_text(upload.annotation)
            artifact_id = uuid4() if requirement.kind == "artifacts" else None
            return Handed(requirement.key, requirement.kind, content, now, artifact_id, annotation, upload.items)
        case _:
            raise WrongMediaType(
                Text("Send application/json ({text} or {url, minutes}) or multipart/form-data (file).")
            )


async def _counted(length: int, check: Callable[[], T]) -> T:
    """A check that counts the words of a text of so many characters."""
    return check() if length <= COUNTED_HERE else await asyncio.to_thread(check)


async def _body(request: Request) -> TextBody | LinkBody:
    try:
        data = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Invalid(Fault("body", Text("is not JSON: %(why)s", why=error))) from None
    except ClientDisconnect:
        raise unreadable(Text("It ended before its end. Send it again.")) from None
    if not isinstance(data, dict):
        raise Invalid(Fault("body", Text("must be a JSON object: {text} or {url, minutes}")))
    try:
        return LinkBody.model_validate(data) if "url" in data else TextBody.model_validate(data)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


async def _read(deps: Dependencies, application_id: UUID, handed: Handed) -> Read:
    """A text, a link or ratings as JSON, a file as itself.

    Of what cannot be read, `unreadable` says why, in words that stand in a text's place.
    """
    ids = {"application_id": application_id, "requirement": handed.requirement}
    found: Reading[Any]
    if handed.kind in rules.TEXT_KINDS:
        found = await read_text(deps.objects, handed.content, **ids)
        said: View = views.TextMaterial(**views.facts(handed), text=text_of(found), unreadable=views.unreadable(found))
    elif handed.content.media_type != JSON:
        try:
            return Read(await _file(deps, application_id, handed))
        except Refused as refusal:
            return Read(refusal, gone=refusal.status == 404)
    elif handed.kind == "self_assessment":
        found = await read_json(deps.objects, handed.content, _RATINGS, **ids)
        said = views.RatingsMaterial(**views.facts(handed), ratings=found.value, unreadable=views.unreadable(found))
    else:
        found = await read_json(deps.objects, handed.content, _LINK, **ids)
        link: Link | None = found.value
        facts = views.facts(handed) | ({} if link is None else {"minutes": link.minutes})
        said = views.LinkMaterial(**facts, url=None if link is None else link.url, unreadable=views.unreadable(found))
    return Read(shown(said), gone=found.why is Why.GONE)


async def _file(deps: Dependencies, application_id: UUID, handed: Handed) -> Response:
    return await serve(
        deps.objects, handed.content, handed.requirement, application_id=application_id, requirement=handed.requirement
    )


async def _artifact(deps: Dependencies, application_id: UUID, handed: Handed) -> views.Artifact:
    if handed.annotation is None:
        return views.Artifact(**views.facts(handed))
    read = await read_text(
        deps.objects, handed.annotation, application_id=application_id, requirement=handed.requirement
    )
    return views.Artifact(**views.facts(handed), annotation=text_of(read), unreadable=views.unreadable(read))
