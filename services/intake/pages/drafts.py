"""Pages of drafts: saved by a button if there is no script, and deleted."""

from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router
from chassis.http.sessions import find_principal
from contracts import pages as addresses
from contracts.refusals import Fault, Refused, Text
from services.intake import drafting, uploads
from services.intake.bodies import DraftBody
from services.intake.dependencies import Dependencies
from services.intake.forms import Form
from services.intake.pages import refusing
from services.intake.pages.material_page import MaterialPage, seen, typed_of
from services.intake.pages.own import somebody
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "draft-saved": Text("Your draft is saved. It is not handed in yet."),
    "draft-removed": Text("The draft is thrown away."),
}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/materials/{requirement}/draft, and its /removal."""
    page = MaterialPage(deps, shown)
    place = "/applications/{application_id:uuid}/materials/{key}/draft"

    @router.post(place)
    async def save(request: Request, application_id: UUID, key: str) -> Response:
        """Save the text as far as it is written. A file that was chosen beside it is not kept."""
        file = request.headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data"
        if file:
            form = Form(request)
            typed: forms.Typed = typed_of(await uploads.before_file(form))
            await form.rest()
        else:
            typed = await forms.typed(request)
        me = await find_principal(request)
        if me is None:
            return await refusing.signed_out(
                request, shown, typed, file=file, back=addresses.material(application_id, key)
            )
        try:
            body = DraftBody(text=_written(typed), items=list(typed.get("items", ())))
            await drafting.save(deps, request, application_id, me.person_id, key, body, seen(typed))
        except Refused as refused:
            refused.faults = _beside(refused.faults, typed)
            return await page.again(request, application_id, me, key, typed, refused, file=file)
        return done(addresses.material(application_id, key), "draft-saved")

    @router.post(f"{place}/removal")
    async def discard(request: Request, application_id: UUID, key: str) -> Response:
        """Delete the draft. What is handed in stays."""
        me = await somebody(request)
        typed = await forms.typed(request)
        try:
            await drafting.discard(deps, request, application_id, me.person_id, key, seen(typed))
        except Refused as refused:
            return await page.again(request, application_id, me, key, None, refused)
        return done(addresses.material(application_id, key), "draft-removed")


def _written(typed: forms.Typed) -> str:
    """The text of a draft, or the annotation of an artifact."""
    return forms.Form(typed).value("annotation" if "annotation" in typed else "text")


def _beside(faults: tuple[Fault, ...], typed: forms.Typed) -> tuple[Fault, ...]:
    """The faults of a draft's text, under the name of the form's field."""
    if "annotation" not in typed:
        return faults
    return tuple(Fault("annotation", one.text) if one.field == "text" else one for one in faults)
