"""Routes to hand in, to read what was handed in, and to take it back. An object is put into the store before the row
that names it."""

import asyncio
import json
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from chassis.http import Router, edge, refused
from chassis.http.conditions import seen as seen_by
from chassis.http.conditions import tagged
from chassis.http.sessions import SignedIn
from chassis.writing import Writing
from contracts.refusals import ChangedMeanwhile, Fault, Invalid, NotThere, Refused, Text, WrongMediaType
from services.intake import handing, reading
from services.intake.bodies import ArtifactBody, LinkBody, TextBody
from services.intake.dependencies import Dependencies
from services.intake.domain import letter_requirements
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.forms import Form, unreadable
from services.intake.routes.shown import shown
from services.intake.store import applications as store
from services.intake.usecases import materials
from services.intake.usecases.materials import ToHandIn
from services.intake.views import Items
from services.intake.views import materials as views

JSON = reading.JSON
LOOKS = 5
"""How often a material is read again if it is replaced at the same time."""

FORMS = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"anyOf": [body.model_json_schema() for body in (TextBody, LinkBody, ArtifactBody)]}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "annotation": {"type": "string"},
                        "items": {"type": "array", "items": {"type": "string"}},
                        "minutes": {"type": "number"},
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


def router(deps: Dependencies) -> Router:
    """/api/applications/{id}/materials/{requirement}."""
    artifact = partial(reading.artifact, deps.objects)
    routes = Router(prefix="/api/applications/{application_id}/materials/{key}", tags=["materials"])
    definitions, most_bytes = deps.definitions, deps.most_application_bytes

    @routes.put("", openapi_extra=FORMS, response_model=views.Material, responses=refused(409, 412))
    async def hand_in(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """Hand in a text, a link or a file. A file for artifacts is added; anything else replaces what was there.

        With `If-Match` (the `ETag` of what was read) or `If-None-Match: *`, another state is not replaced: 412, with
        the present content as `current`.
        """
        database, whose = edge(request), (definitions, application_id, me.person_id)
        async with database.reading() as seen:
            wanted = await materials.check(seen, *whose, key, most_bytes)
        async with deps.writer.about(me.person_id) as written:
            handed = await put(deps, request, written, wanted, database.clock())
            try:
                replaced = await database.write(
                    lambda tx: materials.hand_in(tx, *whose, handed, most_bytes, seen_by(request, rules.NOTHING)),
                    after=seen,
                )
            except ChangedMeanwhile as changed:
                raise await reading.with_current(deps, request, changed, application_id, me.person_id, key) from None
            written.keep(*replaced)
        response = shown(views.material(handed))
        return response if handed.artifact_id is not None else tagged(response, rules.tag(handed))

    @routes.get("", responses=CONTENT)
    async def read(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """What was handed in: texts, links and lists of artifacts as JSON, a file as itself."""
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, definitions, application_id, me.person_id)
        requirement = rules.find(loaded.definition, key)
        letter_requirements.check_shown(requirement)
        handed = [one for one in loaded.handed if one.requirement == key]
        if requirement.kind in ("artifacts", rules.LETTER):
            return shown(Items(items=await asyncio.gather(*(artifact(application_id, one) for one in handed))))

        # If it was replaced while it was read, it is read again.
        for _ in range(LOOKS):
            if not handed:
                raise NotThere(Text("Nothing was handed in for %(name)s yet.", name=requirement.name))
            found, gone = await _read(deps, application_id, handed[0])
            if not gone:
                break
            async with edge(request).reading() as tx:
                loaded = await store.load_own(tx, definitions, application_id, me.person_id)
            before, handed = handed, [one for one in loaded.handed if one.requirement == key]
            if handed == before:
                break
        if isinstance(found, Refused):
            raise found
        return found

    @routes.get("/{artifact_id}", response_class=Response, responses=FILE)
    async def read_artifact(
        request: Request, application_id: UUID, key: str, artifact_id: UUID, me: SignedIn
    ) -> Response:
        """The file of one artifact."""
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, definitions, application_id, me.person_id)
        letter_requirements.check_shown(rules.find(loaded.definition, key))
        handed = next((one for one in loaded.handed if one.requirement == key and one.artifact_id == artifact_id), None)
        if handed is None:
            raise NotThere(Text("There is no such artifact."))
        return await reading.file(deps.objects, application_id, handed)

    @routes.delete("", status_code=204, responses=refused(409, 412))
    async def take_back(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """Take back what was handed in (all artifacts, if there are several). With `If-Match`, only what was read."""
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
        whose = (deps.definitions, application_id, person_id, key)
        try:
            went = await edge(request).write(
                lambda tx: materials.take_back(tx, *whose, artifact_id, seen_by(request, rules.NOTHING))
            )
        except ChangedMeanwhile as changed:
            raise await reading.with_current(deps, request, changed, application_id, person_id, key) from None
        written.keep(*went)
    return Response(status_code=204)


async def put(deps: Dependencies, request: Request, written: Writing, wanted: ToHandIn, now: datetime) -> Handed:
    """Check what was sent and put it into the object store."""
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "application/json":
            body = await _body(request, wanted.requirement.kind)
            if isinstance(body, ArtifactBody):
                return await handing.artifact(written, wanted, body, now)
            if isinstance(body, TextBody):
                return await handing.text(written, wanted, body, now)
            return await handing.link(written, wanted, body, now)
        case "multipart/form-data":
            # This comes before the form is read: a requirement that takes no file refuses it at once.
            rules.max_bytes(wanted.requirement)
            upload = await handing.receive(Form(request), deps.objects, written, wanted)
            return await handing.file(written, wanted, upload, now, deps.measurer)
        case _:
            raise WrongMediaType(
                Text("Send application/json ({text} or {url, minutes}) or multipart/form-data (file).")
            )


async def _body(request: Request, kind: str) -> TextBody | LinkBody | ArtifactBody:
    try:
        data = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Invalid(Fault("body", Text("is not JSON: %(why)s", why=error))) from None
    except ClientDisconnect:
        raise unreadable(Text("The request ended too early. Send it again.")) from None
    if not isinstance(data, dict):
        raise Invalid(Fault("body", Text("must be a JSON object: {text} or {url, minutes}")))
    try:
        if kind == "artifacts":
            return ArtifactBody.model_validate(data)
        return LinkBody.model_validate(data) if "url" in data else TextBody.model_validate(data)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


async def _read(deps: Dependencies, application_id: UUID, handed: Handed) -> tuple[Response | Refused, bool]:
    """A text, a link or ratings as JSON, a file as itself; and whether its object is missing."""
    if not reading.is_file(handed):
        said, gone = await reading.read(deps.objects, application_id, handed)
        return tagged(shown(said), rules.tag(handed)), gone
    try:
        return tagged(await reading.file(deps.objects, application_id, handed), rules.tag(handed)), False
    except Refused as refusal:
        return refusal, refusal.status == 404
