"""Handing in by page: a text, a link, a file, artifacts; reading back what is there, and taking it back.

A file goes from the form straight into the object store, as by the API. What a form holds beside its file stands before
it: so it is there to be shown again when the file is refused. A text's form carries the tag of what was read: another
text is never overwritten unseen.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.http import Body, edge
from chassis.http.sessions import Principal, find_principal
from contracts import pages as addresses
from contracts.media import extension
from contracts.refusals import ChangedMeanwhile, Invalid, NotThere, Refused, Text
from services.intake import handing, reading, uploads
from services.intake.bodies import LinkBody, TextBody
from services.intake.dependencies import Dependencies
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.forms import Form
from services.intake.pages import material_words, wording
from services.intake.pages.own import somebody
from services.intake.store import applications as store
from services.intake.store.applications import Loaded
from services.intake.usecases import materials
from services.intake.usecases.materials import Wanted
from services.intake.views import catalog
from services.intake.views import materials as views
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "material-saved": Text("It is saved. You can change it until you submit your application."),
    "artifact-added": Text("The material is added. You can take it back until you submit your application."),
    "material-removed": Text("It is taken back."),
}
TEMPLATE = "intake/material.html"
BASED_ON = "based_on"


class RemovalBody(Body):
    """What is taken back: one artifact, or all of a requirement."""

    artifact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is there, as it is shown: its facts and content, what it is called, where to get it."""

    view: Any
    tag: str
    name: str
    address: str


def pages(router: APIRouter, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/materials/{requirement}, and its /removal."""

    @router.get("/applications/{application_id:uuid}/materials/{key}")
    async def material(request: Request, application_id: UUID, key: str) -> Response:
        """What is asked for, by what it is judged, what was handed in, and the form."""
        me = await somebody(request)
        facts = await about(request, application_id, me, key)
        return await shown.show(request, TEMPLATE, form=_form_of(facts["kept"]), **facts)

    @router.post("/applications/{application_id:uuid}/materials/{key}")
    async def hand_in(request: Request, application_id: UUID, key: str) -> Response:
        """Hand in a text, a link or a file."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            return await hand_in_file(request, application_id, key)
        typed = await forms.typed(request)
        me = await find_principal(request)
        if me is None:
            return await unsent(request, application_id, key, typed)
        whose = (deps.definitions, application_id, me.person_id)
        based_on, database = _based_on(typed), edge(request)
        try:
            async with database.reading() as seen:
                wanted = await materials.check(seen, *whose, key, deps.most_application_bytes)
            async with deps.writer.about(me.person_id) as written:
                if wanted.requirement.kind in rules.TEXT_KINDS:
                    handed = await handing.text(written, wanted, forms.fill(TextBody, typed), database.clock())
                else:
                    handed = await handing.link(written, wanted, forms.fill(LinkBody, typed), database.clock())
                written.keep(
                    *await database.write(
                        lambda tx: materials.hand_in(tx, *whose, handed, deps.most_application_bytes, based_on),
                        after=seen,
                    )
                )
        except Refused as refused:
            return await again(request, application_id, me, key, typed, refused)
        return done(addresses.material(application_id, key), "material-saved")

    @router.post("/applications/{application_id:uuid}/materials/{key}/removal")
    async def take_back(request: Request, application_id: UUID, key: str) -> Response:
        """Take back what was handed in, or one artifact."""
        me = await somebody(request)
        typed = await forms.typed(request)
        async with edge(request).reading() as tx:
            rules.find((await store.load_own(tx, deps.definitions, application_id, me.person_id)).definition, key)
        try:
            body = forms.fill(RemovalBody, typed)
            based_on = _based_on(typed)
            async with deps.writer.about(me.person_id) as written:
                went = await edge(request).write(
                    lambda tx: materials.take_back(
                        tx, deps.definitions, application_id, me.person_id, key, body.artifact_id, based_on
                    )
                )
                written.keep(*went)
        except NotThere:  # its button was pressed twice, or in two windows
            pass
        except Refused as refused:
            facts = await about(request, application_id, me, key)
            form = _form_of(facts["kept"])
            return await shown.show_again(request, TEMPLATE, form.typed, refused, **facts)
        return done(addresses.material(application_id, key), "material-removed")

    async def hand_in_file(request: Request, application_id: UUID, key: str) -> Response:
        form, fields = Form(request), list[tuple[str, str]]()
        me = await find_principal(request)
        if me is None:
            fields = await uploads.before_file(form)
            await form.rest()
            return await unsent(request, application_id, key, _typed(fields), file=True)
        whose = (deps.definitions, application_id, me.person_id)
        database = edge(request)
        try:
            try:
                async with database.reading() as seen:
                    wanted = await materials.check(seen, *whose, key, deps.most_application_bytes)
                rules.max_bytes(wanted.requirement)
            except Refused:
                fields = await uploads.before_file(form)
                raise
            async with deps.writer.about(me.person_id) as written:
                handed = await receive(form, written, wanted, fields, database.clock())
                written.keep(
                    *await database.write(
                        lambda tx: materials.hand_in(tx, *whose, handed, deps.most_application_bytes), after=seen
                    )
                )
        except Refused as refused:
            await form.rest()
            return await again(request, application_id, me, key, _typed(fields), refused, file=True)
        told = "material-saved" if handed.artifact_id is None else "artifact-added"
        return done(addresses.material(application_id, key), told)

    async def receive(form: Form, written: Any, wanted: Wanted, fields: uploads.Fields, now: Any) -> Handed:
        upload = await handing.receive(form, deps.objects, written, wanted, fields)
        if not upload.filename and upload.size == 0:
            raise Invalid(handing.NO_FILE)
        # Browsers end lines with CR LF, and send a field that was left empty.
        annotation = (upload.annotation or "").replace("\r\n", "\n").strip() or None
        return await handing.file(written, wanted, replace(upload, annotation=annotation), now)

    async def again(
        request: Request,
        application_id: UUID,
        me: Principal,
        key: str,
        typed: forms.Typed,
        refused: Refused,
        *,
        file: bool = False,
    ) -> Response:
        """The page with what was typed: beside what is there now, where that is another text than was read."""
        if refused.status == 404:
            raise refused
        facts = await about(request, application_id, me, key)
        if isinstance(refused, ChangedMeanwhile):
            there = facts["kept"][0].tag if facts["kept"] else rules.NOTHING
            typed = {**typed, BASED_ON: [there]}
            facts["conflict"] = True
        # The remedy is in the text: the fault beside the field says only what is taken.
        remedy = refused.text if refused.faults and refused.status in (413, 415) else None
        facts |= {"file_again": file, "unsaved": True, "remedy": remedy}
        return await shown.show_again(request, TEMPLATE, typed, refused, **facts)

    async def unsent(
        request: Request, application_id: UUID, key: str, typed: forms.Typed, *, file: bool = False
    ) -> Response:
        """Who is not signed in any more keeps what was typed: nothing of it was saved."""
        page = await shown.show(
            request,
            "intake/material-unsent.html",
            status=401,
            form=forms.Form(typed),
            back=addresses.sign_in(next=addresses.material(application_id, key)),
            file=file,
        )
        page.headers["WWW-Authenticate"] = "Bearer"
        return page

    async def about(request: Request, application_id: UUID, me: Principal, key: str) -> dict[str, Any]:
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, deps.definitions, application_id, me.person_id)
        requirement = rules.find(loaded.definition, key)
        kept = await asyncio.gather(
            *(keep(application_id, one) for one in loaded.handed if one.requirement == requirement.key)
        )
        return {
            "application_id": application_id,
            "credential": catalog.credential(loaded.definition),
            "requirement": catalog.Requirement(**catalog.asked(requirement)),
            "kept": kept,
            "barred": material_words.barred(loaded.application, requirement, edge(request).clock()),
            "takes": material_words.takes(requirement),
            "accepted": material_words.accepted(requirement),
            "most_bytes": requirement.limits.max_bytes or rules.DEFAULT_MAX_BYTES,
            "is_text": requirement.kind in rules.TEXT_KINDS,
            "is_link": requirement.kind in rules.LINK_KINDS,
            "is_file": requirement.kind in rules.FILE_KINDS,
            "full": _full(requirement, kept),
            "evidence": _evidence(loaded, kept),
            "carried": {one.item for one in loaded.application.carried_forward},
            "material_words": material_words,
            "wording": wording,
            "conflict": False,
            "file_again": False,
            "unsaved": False,
            "remedy": None,
        }

    async def keep(application_id: UUID, handed: Handed) -> Kept:
        view, _ = await reading.read(deps.objects, application_id, handed)
        one = "" if handed.artifact_id is None else f"/{handed.artifact_id}"
        return Kept(
            view=view,
            tag=rules.tag(handed),
            name=handed.filename or f"{handed.requirement}{extension(handed.content.media_type)}",
            address=f"/api{addresses.material(application_id, handed.requirement)}{one}",
        )


def _form_of(kept: Any) -> forms.Form:
    """The form of a text or a link, with what is there."""
    match kept[0].view if kept else None:
        case views.TextMaterial(text=text, unreadable=None):
            return forms.Form.of_values({"text": text, BASED_ON: kept[0].tag})
        case views.LinkMaterial(url=url, minutes=minutes):
            return forms.Form.of_values({"url": url, "minutes": None if minutes is None else f"{minutes:g}"})
        case _:
            return forms.Form.of_values({BASED_ON: kept[0].tag if kept else rules.NOTHING})


def _based_on(typed: forms.Typed) -> frozenset[str] | None:
    """The tag of what was read, where the form says it."""
    return frozenset(typed[BASED_ON]) if BASED_ON in typed else None


def _typed(fields: uploads.Fields) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


def _full(requirement: Any, kept: Any) -> bool:
    """Whether there are as many artifacts as are taken."""
    most = requirement.limits.max_count
    return requirement.kind == "artifacts" and most is not None and len(kept) >= most


def _evidence(loaded: Loaded, kept: Any) -> Mapping[str, list[int]]:
    """By item, the numbers of the artifacts that evidence it, as they are listed."""
    return {
        item.key: [number for number, one in enumerate(kept, 1) if item.key in (one.view.items or ())]
        for item in loaded.definition.items
    }
