"""Pages to hand in a text, a link, a file or artifacts, to read what is there, and to take it back.

A file goes from the form straight into the object store, as by the API. The other fields of the form stand before the
file, so that they can be shown again if the file is refused. A form carries the tag of what was read, so that nothing
else is overwritten unseen.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Body, Router, edge
from chassis.http.sessions import find_principal
from contracts import pages as addresses
from contracts.refusals import Invalid, NotThere, Refused, Text
from services.intake import handing, uploads
from services.intake.bodies import ArtifactBody, LinkBody, TextBody
from services.intake.dependencies import Dependencies
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.forms import Form
from services.intake.pages import refusing
from services.intake.pages.material_page import BASED_ON, MaterialPage, seen, typed_of
from services.intake.pages.own import somebody
from services.intake.store import applications as store
from services.intake.usecases import materials
from services.intake.usecases.materials import ToHandIn
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "material-saved": Text("It is saved. You can change it until you submit your application."),
    "artifact-added": Text("The material is added. You can take it back until you submit your application."),
    "material-supplemented": Text("It is handed in. The panel has it now."),
    "material-removed": Text("It is taken back."),
}


class RemovalBody(Body):
    """What is taken back: one artifact, or everything of a requirement."""

    artifact_id: UUID | None = None


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/materials/{requirement}, and its /removal."""
    page = MaterialPage(deps, shown)

    @router.get("/applications/{application_id:uuid}/materials/{key}")
    async def material(request: Request, application_id: UUID, key: str) -> Response:
        """What is asked for, how it is judged, what was handed in, and the form."""
        return await page.show(request, application_id, await somebody(request), key)

    @router.post("/applications/{application_id:uuid}/materials/{key}")
    async def hand_in(request: Request, application_id: UUID, key: str) -> Response:
        """Hand in a text, a link or a file."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            return await hand_in_file(request, application_id, key)
        typed = await forms.typed(request)
        me = await find_principal(request)
        if me is None:
            return await refusing.signed_out(request, shown, typed)
        whose = (deps.definitions, application_id, me.person_id)
        based_on, database = seen(typed), edge(request)
        try:
            async with database.reading() as before:
                wanted = await materials.check(before, *whose, key, deps.most_application_bytes)
            async with deps.writer.about(me.person_id) as written:
                if wanted.requirement.kind in rules.TEXT_KINDS:
                    handed = await handing.text(written, wanted, forms.fill(TextBody, typed), database.clock())
                else:
                    handed = await handing.link(written, wanted, forms.fill(LinkBody, typed), database.clock())
                written.keep(
                    *await database.write(
                        lambda tx: materials.hand_in(tx, *whose, handed, deps.most_application_bytes, seen=based_on),
                        after=before,
                    )
                )
        except Refused as refused:
            return await page.again(request, application_id, me, key, typed, refused)
        told = "material-saved" if wanted.requirement.due == rules.BEFORE else "material-supplemented"
        return done(addresses.material(application_id, key), told)

    @router.post("/applications/{application_id:uuid}/materials/{key}/removal")
    async def take_back(request: Request, application_id: UUID, key: str) -> Response:
        """Take back what was handed in, or one artifact."""
        me = await somebody(request)
        typed = await forms.typed(request)
        async with edge(request).reading() as tx:
            rules.find((await store.load_own(tx, deps.definitions, application_id, me.person_id)).definition, key)
        try:
            body = forms.fill(RemovalBody, typed)
            based_on = seen(typed)
            async with deps.writer.about(me.person_id) as written:
                went = await edge(request).write(
                    lambda tx: materials.take_back(
                        tx, deps.definitions, application_id, me.person_id, key, body.artifact_id, based_on
                    )
                )
                written.keep(*went)
        except NotThere:  # the button was pressed twice, or in two windows
            pass
        except Refused as refused:
            return await page.again(request, application_id, me, key, None, refused)
        return done(addresses.material(application_id, key), "material-removed")

    async def hand_in_file(request: Request, application_id: UUID, key: str) -> Response:
        form, fields = Form(request), list[tuple[str, str]]()
        me = await find_principal(request)
        if me is None:
            fields = await uploads.before_file(form)
            await form.rest()
            return await refusing.signed_out(request, shown, typed_of(fields), file=True)
        whose = (deps.definitions, application_id, me.person_id)
        database = edge(request)
        try:
            try:
                async with database.reading() as before:
                    wanted = await materials.check(before, *whose, key, deps.most_application_bytes)
                rules.max_bytes(wanted.requirement)
            except Refused:
                fields = await uploads.before_file(form)
                raise
            async with deps.writer.about(me.person_id) as written:
                handed = await receive(form, written, wanted, fields, database.clock())
                based_on = seen(typed_of(fields))
                written.keep(
                    *await database.write(
                        lambda tx: materials.hand_in(tx, *whose, handed, deps.most_application_bytes, seen=based_on),
                        after=before,
                    )
                )
        except Refused as refused:
            await form.rest()
            return await page.again(request, application_id, me, key, typed_of(fields), refused, file=True)
        told = "material-saved" if handed.artifact_id is None else "artifact-added"
        if wanted.requirement.due != rules.BEFORE:
            told = "material-supplemented"
        return done(addresses.material(application_id, key), told)

    async def receive(form: Form, written: Any, wanted: ToHandIn, fields: uploads.Fields, now: Any) -> Handed:
        upload = await handing.receive(form, deps.objects, written, wanted, fields, more=(BASED_ON, "url", "text"))
        typed = typed_of(fields)
        others = [name for name in ("url", "text") if forms.Form(typed).value(name).strip()]
        if not upload.filename and upload.size == 0:
            if not others:
                raise Invalid(handing.NO_FILE)
            return await handing.artifact(written, wanted, forms.fill(ArtifactBody, typed), now)
        if others:
            raise Invalid(handing.ONE_OF_THEM)
        # Browsers end lines with CR LF, and send fields that were left empty.
        annotation = (upload.annotation or "").replace("\r\n", "\n").strip() or None
        return await handing.file(written, wanted, replace(upload, annotation=annotation), now, deps.measurer)
