"""Handing in, reading back, taking back. Objects are put first, then the row that names them."""

import json
import mimetypes
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from pydantic import ValidationError

from chassis.http import edge, refused
from chassis.objects import Gone
from chassis.refusals import FieldError, invalid, not_found, wrong_type
from chassis.sessions import SignedIn
from services.intake import uploads, views
from services.intake.bodies import LinkBody, TextBody
from services.intake.desk import Desk
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.routes import answer
from services.intake.routes.applications import JSON, TEXT
from services.intake.usecases import applications, materials
from services.intake.usecases.materials import Wanted

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
CONTENT: dict[int | str, dict[str, Any]] = {200: {"description": "What was handed in", "content": {JSON: {}, "*/*": ANY_TYPE}}}


def build(desk: Desk) -> APIRouter:
    """/api/applications/{id}/materials/{requirement}."""
    router = APIRouter(prefix="/api/applications/{application_id}/materials/{key}", tags=["materials"])
    definitions = desk.definitions

    @router.put("", openapi_extra=FORMS, responses=refused(409))
    async def hand_in(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """Hand in a text, a link or a file; a file for artifacts is one more, anything else takes the place of what was there."""
        database = edge(request)
        async with database.reading() as tx:
            wanted = await materials.check(tx, definitions, application_id, me.person_id, key)
        handed = await _put(desk, request, me.person_id, wanted, database.clock())
        async with database.single() as tx:
            kept = await materials.hand_in(tx, application_id, wanted, handed)
        if not kept:
            async with database.transaction() as tx:
                await materials.hand_in_again(tx, definitions, application_id, me.person_id, handed)
        return answer(views.material(handed))

    @router.get("", responses=CONTENT)
    async def read(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """What was handed in: texts, links and lists of artifacts as JSON, a file as itself."""
        async with edge(request).reading() as tx:
            loaded = await applications.read(tx, definitions, application_id, me.person_id)
        requirement = rules.find(loaded.definition, key)
        handed = [one for one in loaded.handed if one.requirement == key]
        if requirement.kind == "artifacts":
            return answer({"items": [views.material(one) | await _annotation(desk, one) for one in handed], "next": None})
        if not handed:
            raise not_found(f"Nothing was handed in for {requirement.name} yet.")
        return await _shown(desk, handed[0])

    @router.get("/{artifact_id}", responses=CONTENT)
    async def read_artifact(request: Request, application_id: UUID, key: str, artifact_id: UUID, me: SignedIn) -> Response:
        """The file of one artifact."""
        async with edge(request).reading() as tx:
            loaded = await applications.read(tx, definitions, application_id, me.person_id)
        handed = next((one for one in loaded.handed if one.requirement == key and one.artifact_id == artifact_id), None)
        if handed is None:
            raise not_found("There is no such artifact.")
        return await _file(desk, handed)

    @router.delete("", status_code=204, responses=refused(409))
    async def take_back(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """Take back what was handed in (all artifacts, where there are several)."""
        async with edge(request).transaction() as tx:
            await materials.take_back(tx, definitions, application_id, me.person_id, key, None)
        return Response(status_code=204)

    @router.delete("/{artifact_id}", status_code=204, responses=refused(409))
    async def take_back_artifact(request: Request, application_id: UUID, key: str, artifact_id: UUID, me: SignedIn) -> Response:
        """Take back one artifact."""
        async with edge(request).transaction() as tx:
            await materials.take_back(tx, definitions, application_id, me.person_id, key, artifact_id)
        return Response(status_code=204)

    return router


async def _put(desk: Desk, request: Request, person_id: UUID, wanted: Wanted, now: datetime) -> Handed:
    """Check what was sent and put it into the object store. What is put and then not kept is left to the sweep."""
    requirement, put = wanted.requirement, desk.objects.put
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "application/json":
            body = await _body(request)
            if isinstance(body, TextBody):
                words = rules.check_text(requirement, body.text)
                return Handed(requirement.key, requirement.kind, await put(person_id, body.text.encode(), TEXT), now, words=words)
            rules.check_link(requirement, body.minutes)
            link = orjson.dumps({"url": str(body.url), "minutes": body.minutes})
            return Handed(requirement.key, requirement.kind, await put(person_id, link, JSON), now, minutes=body.minutes)
        case "multipart/form-data":
            async with uploads.receive(request, rules.max_bytes(requirement), rules.too_large(requirement)) as upload:
                rules.check_file(requirement, upload.media_type, upload.size)
                rules.check_annotation(requirement, upload.annotation, upload.items, wanted.definition)
                content = await put(person_id, await upload.content(), upload.media_type)
            annotation = None if upload.annotation is None else await put(person_id, upload.annotation.encode(), TEXT)
            artifact_id = uuid4() if requirement.kind == "artifacts" else None
            return Handed(requirement.key, requirement.kind, content, now, artifact_id, annotation, upload.items)
        case _:
            raise wrong_type("Send application/json ({text} or {url, minutes}) or multipart/form-data (file).")


async def _body(request: Request) -> TextBody | LinkBody:
    try:
        data = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise invalid([FieldError(field="body", message=f"is not JSON: {error}")]) from None
    if not isinstance(data, dict):
        raise invalid([FieldError(field="body", message="must be a JSON object: {text} or {url, minutes}")])
    try:
        return LinkBody.model_validate(data) if "url" in data else TextBody.model_validate(data)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


async def _shown(desk: Desk, handed: Handed) -> Response:
    if handed.kind in rules.TEXT_KINDS:
        text = await views.text(handed.content, desk.objects)
        if text is None:
            raise not_found("The text is not there any more.")
        return answer(views.material(handed) | {"text": text})
    if handed.content.media_type == JSON:
        found = await views.text(handed.content, desk.objects)
        if found is None:
            raise not_found("It is not there any more.")
        said = orjson.loads(found)
        return answer(views.material(handed) | ({"ratings": said} if handed.kind == "self_assessment" else said))
    return await _file(desk, handed)


async def _file(desk: Desk, handed: Handed) -> Response:
    """The bytes; a browser saves them and never runs them."""
    try:
        pieces = await desk.objects.stream(handed.content)
    except Gone:
        raise not_found("The file is not there any more.") from None
    name = f"{handed.requirement}{mimetypes.guess_extension(handed.content.media_type) or ''}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(handed.content.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(pieces, media_type=handed.content.media_type, headers=headers)


async def _annotation(desk: Desk, handed: Handed) -> views.View:
    return {} if handed.annotation is None else {"annotation": await views.text(handed.annotation, desk.objects)}
