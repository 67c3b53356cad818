"""The program, for its staff: every version, what its files say, and the state of a version."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Staff
from contracts import pages as addresses
from contracts.refusals import Refused, Text
from services.intake.dependencies import Dependencies
from services.intake.pages import wording
from services.intake.staff_bodies import CredentialStateBody
from services.intake.usecases import catalog, program
from services.intake.views import program as views
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "credential-state-changed": Text("The state is changed and published."),
    "program-published": Text("What the files say is published."),
}

STATE_HINTS: Mapping[str, Text] = {
    "planned": Text("The catalog shows it as planned. Nobody can begin an application."),
    "announced": Text("The catalog shows it as announced. Nobody can begin an application yet."),
    "open": Text("Everybody can begin an application."),
    "paused": Text("Nobody can begin an application. Applications that are under way go on as planned."),
    "retired": Text(
        "Nobody can begin an application. The credential is not awarded to new applicants; applications that are"
        " under way go on."
    ),
}
"""What each state means."""

PLACES: Mapping[str, Text] = {
    "name": Text("name"),
    "summary": Text("summary"),
    "fee": Text("fee"),
    "eligibility": Text("eligibility"),
    "criteria": Text("criteria"),
    "agreement": Text("agreement"),
    "groups": Text("groups"),
    "items": Text("items"),
    "requirements": Text("requirements"),
    "limits": Text("limits"),
    "paths": Text("paths"),
    "options": Text("options"),
    "answers": Text("answers"),
    "rubric": Text("rubric"),
    "levels": Text("levels"),
    "resources": Text("resources"),
    "review": Text("review"),
    "text": Text("text"),
    "description": Text("description"),
    "required": Text("required"),
    "path": Text("path"),
    "state": Text("state"),
    "eligibility_rule": Text("question of who may apply"),
    "question": Text("question"),
    "questions": Text("questions"),
    "refused": Text("words for who may not apply"),
    "kind": Text("kind"),
    "help": Text("help"),
    "due": Text("by when"),
    "max_words": Text("most words"),
    "min_count": Text("fewest of them"),
    "max_count": Text("most of them"),
    "max_bytes": Text("most bytes"),
    "min_minutes": Text("fewest minutes"),
    "max_minutes": Text("most minutes"),
    "media_types": Text("kinds of files"),
    "passing": Text("enough to pass"),
}
"""The names of a definition's fields. Other fields, and keys, stay as the file has them."""

DIFFERENCES: Mapping[str, tuple[str, Text]] = {
    "added": ("go", Text("Added")),
    "removed": ("stop", Text("Taken out")),
    "changed": ("info", Text("Changed")),
}


def place(names: Sequence[str]) -> Sequence[Text]:
    """The place of a difference."""
    return [PLACES.get(name, Text("%(name)s", name=name)) for name in names]


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff/program, its /publication, /{slug}/{version}, and its /state."""

    @router.get(addresses.STAFF_PROGRAM)
    async def whole(request: Request, _: Staff) -> Response:
        """Every version: the published one, and its file's present content."""
        return await shown.show(request, "intake/program.html", form=forms.Form(), **await everything(request))

    @router.post("/staff/program/publication")
    async def publish(request: Request, me: Staff) -> Response:
        """Publish what the files say now."""
        typed = await forms.typed(request)
        files = await deps.program.read()
        try:
            definitions = program.right(files.definitions, files.faults)
            await edge(request).write(lambda tx: catalog.publish_files(tx, definitions, uuid4(), me.person_id))
        except Refused as refused:
            return await shown.show_again(request, "intake/program.html", typed, refused, **await everything(request))
        return done(addresses.STAFF_PROGRAM, "program-published")

    @router.get("/staff/program/{slug}/{version:int}")
    async def one(request: Request, slug: str, version: int, _: Staff) -> Response:
        """A version: its state as a form, who changed it, and its differences."""
        return await shown.show(
            request, "intake/version.html", form=forms.Form(), **await about(request, slug, version)
        )

    @router.post("/staff/program/{slug}/{version:int}/state")
    async def set_state(request: Request, slug: str, version: int, me: Staff) -> Response:
        """Change the state of a version."""
        typed = await forms.typed(request)
        try:
            body = forms.fill(CredentialStateBody, typed)
            ids = uuid4(), uuid4()
            await edge(request).write(
                lambda tx: catalog.set_state(
                    tx, slug, version, body.state, body.reason, deps.program.lacking, ids, me.person_id
                )
            )
        except Refused as refused:
            facts = await about(request, slug, version)
            return await shown.show_again(request, "intake/version.html", typed, refused, **facts)
        return done(addresses.staff_version(slug, version), "credential-state-changed")

    async def everything(request: Request) -> Mapping[str, Any]:
        files = await deps.program.read()
        async with edge(request).reading() as tx:
            found = views.program(await program.versions(tx), files)
        return {"program": found, "wording": wording}

    async def about(request: Request, slug: str, version: int) -> Mapping[str, Any]:
        found = await views.read(edge(request), deps.program, slug, version)
        return {
            "version": found,
            "hints": STATE_HINTS,
            "differences": DIFFERENCES,
            "place": place,
            "wording": wording,
        }
