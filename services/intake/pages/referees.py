"""The page of a letter, for the referee, who has a link and no account.

Opening it uses nothing up, because mail scanners open links too. What the referee typed is shown again after every
refusal. The link's token stands in the address, and nowhere else on the page except in its own forms.
"""

from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Router, edge
from contracts import pages as addresses
from contracts.refusals import Fault, Invalid, NotThere, Refused, Text
from services.intake import handing, uploads
from services.intake.bodies import TextBody
from services.intake.clients import hash_of
from services.intake.dependencies import Dependencies
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.domain.referees import TAKES
from services.intake.forms import Form
from services.intake.pages import material_words, wording
from services.intake.usecases import referees
from services.intake.usecases.referees import Found
from services.intake.views import letters as views
from web import forms
from web.rendering import Pages

TEMPLATE = "intake/letter.html"
BOTH = Text("Write the letter here, or choose a file: one of the two. Empty the text, or leave the file out.")
NEITHER = Text("Write the letter here, or choose a file.")


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/letters/{token}, and its /decline."""
    definitions = deps.definitions

    @router.get("/letters/{token}")
    async def letter(request: Request, token: str) -> Response:
        """Who asks, what for, and the form; or the end of the request."""
        try:
            found = await look(request, token)
        except NotThere as unknown:
            return await nothing_there(request, unknown)
        return await shown.show(request, TEMPLATE, form=forms.Form(), **facts(found, token))

    @router.post("/letters/{token}")
    async def hand_in(request: Request, token: str) -> Response:
        """Hand the letter in."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        form, fields = (Form(request), uploads.Fields()) if kind == "multipart/form-data" else (None, uploads.Fields())
        if form is None:
            fields += [(name, value) for name, values in (await forms.typed(request)).items() for value in values]
        database = edge(request)
        try:
            try:
                async with database.reading() as seen:
                    found = await referees.check(seen, definitions, hash_of(token))
            except Refused:
                if form is not None:
                    fields = await uploads.before_file(form)
                raise
            async with deps.writer.about(found.applicant_id) as written:
                handed = await put(form, fields, written, found, database.clock())
                if await database.write(partial(receive, token=token, letter=handed)):
                    written.keep()
        except Refused as refused:
            if form is not None:
                await form.rest()
            return await again(request, token, fields, refused, file=form is not None)
        return RedirectResponse(addresses.letter(token), 303)

    @router.get("/letters/{token}/decline")
    async def declining(request: Request, token: str) -> Response:
        """What declining means. Opening it declines nothing; its button does."""
        try:
            found = await look(request, token)
        except NotThere as unknown:
            return await nothing_there(request, unknown)
        return await shown.show(request, "intake/letter-decline.html", form=forms.Form(), **facts(found, token))

    @router.post("/letters/{token}/decline")
    async def decline(request: Request, token: str) -> Response:
        """Decline to write it."""
        try:
            await edge(request).write(lambda tx: referees.decline(tx, definitions, hash_of(token)))
        except NotThere as unknown:
            return await nothing_there(request, unknown)
        except Refused as refused:
            return await again(request, token, uploads.Fields(), refused)
        return RedirectResponse(addresses.letter(token), 303)

    async def look(request: Request, token: str) -> Found:
        async with edge(request).reading() as tx:
            return await referees.look(tx, definitions, hash_of(token))

    async def receive(tx: Tx, token: str, letter: Handed) -> bool:
        return await referees.receive(tx, definitions, hash_of(token), letter)

    async def put(form: Form | None, fields: uploads.Fields, written: Any, found: Found, now: Any) -> Handed:
        upload = None
        wanted = found.wanted()
        if form is not None:
            upload = await handing.receive(form, deps.objects, written, wanted, fields, more=("text",))
        text = first(fields, "text").strip()
        sent = upload is not None and (upload.filename != "" or upload.size > 0)
        if text and sent:
            raise Invalid(Fault("file", BOTH))
        if upload is not None and sent:
            handed = await handing.file(written, wanted, upload, now)
        elif text:
            handed = await handing.text(written, wanted, forms.fill(TextBody, typed(fields)), now)
        else:
            raise Invalid(Fault("text", NEITHER))
        return handing.letter(handed, found.request.request_id)

    async def again(
        request: Request, token: str, fields: uploads.Fields, refused: Refused, *, file: bool = False
    ) -> Response:
        """The page with what was typed and the faults. If nothing can be handed in any more, the text can be copied."""
        if refused.status == 404:
            return await nothing_there(request, refused, typed(fields))
        found = await look(request, token)
        remedy = refused.text if refused.faults and refused.status in (413, 415) else None
        known = facts(found, token) | {"file_again": file, "remedy": remedy}
        return await shown.show_again(request, TEMPLATE, typed(fields), refused, **known)

    async def nothing_there(request: Request, refused: Refused, kept: forms.Typed | None = None) -> Response:
        form = forms.Form(kept or {})
        return await shown.show(
            request,
            "intake/letter-unknown.html",
            status=404,
            form=form,
            detail=refused.text,
            sign_in_here=addresses.SIGN_IN,
        )


def facts(found: Found, token: str) -> dict[str, Any]:
    """The content of the page. Its link to sign-in does not lead back here, because that would put the token into
    another link."""
    return {
        "letter": views.letter(found),
        "open": found.standing in TAKES,
        "letter_page": addresses.letter(token),
        "decline": addresses.letter_decline(token),
        "words": found.requirement.limits,
        "limits": wording.words(found.requirement.limits),
        "takes": material_words.takes(found.requirement),
        "accepted": material_words.accepted(found.requirement),
        "most_bytes": rules.max_bytes(found.requirement),
        "file_again": False,
        "remedy": None,
        "sign_in_here": addresses.SIGN_IN,
    }


def typed(fields: uploads.Fields) -> forms.Typed:
    """The text fields of a form. Browsers end the lines of a text with CR LF."""
    return {"text": [first(fields, "text")]} if first(fields, "text") else {}


def first(fields: uploads.Fields, name: str) -> str:
    """The first field of that name; empty if there is none."""
    return next((value.replace("\r\n", "\n") for known, value in fields if known == name), "")
