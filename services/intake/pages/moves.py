"""The effect of a version on applications on other versions, and their move to it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Staff
from contracts import pages as addresses
from contracts.catalog import CredentialDefinition
from contracts.refusals import Fault, Invalid, Refused, Text
from services.intake.dependencies import Dependencies
from services.intake.domain.moves import Plan, usual
from services.intake.pages import wording
from services.intake.staff_bodies import MovePageBody
from services.intake.store import moves as store
from services.intake.usecases import moves
from services.intake.usecases.catalog import no_version
from services.intake.views import moves as views
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "move-begun": Text("The applications are being moved."),
    "undoing-begun": Text("The applications are being moved back."),
}
MOST_HELD_BACK = 50
STATES: Mapping[str, Text] = {
    "waiting": Text("Still to be moved"),
    "moved": Text("Moved"),
    "stayed": Text("Not moved"),
    "undoing": Text("Still to be moved back"),
    "undone": Text("Moved back"),
    "kept": Text("Not moved back: something came since"),
}
"""The words for the state of an application in a move."""

WHY: Mapping[str, Text] = {state: words for state, (_, words) in wording.APPLICATION_TAGS.items()} | {
    "moved again": Text("It was moved again."),
    "undone": Text("The move was undone before."),
    "agreement": Text("The agreement was accepted."),
    "path": Text("The path was chosen."),
    "self-assessment": Text("The self-assessment was changed."),
}
"""The reasons why an application stayed where it was. Requirements, by key, have their own names."""


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff/program/{slug}/{version}/moves, /staff/moves/{id}, and its /undoing."""
    place = "/staff/program/{slug}/{version:int}/moves"

    @router.get(place)
    async def preview(request: Request, slug: str, version: int, _: Staff) -> Response:
        """What would happen if each thing becomes the one with the same key."""
        start = request.query_params.get("from", "")
        facts = await about(request, slug, version, int(start) if start.isdecimal() and len(start) < 9 else None, None)
        return await shown.show(request, "intake/moves.html", **facts)

    @router.post(place)
    async def act(request: Request, slug: str, version: int, me: Staff) -> Response:
        """Show what this mapping would do, or move."""
        typed = await forms.typed(request)
        body = None
        try:
            body = forms.fill(MovePageBody, typed)
            plan = Plan(body.requirements or {}, body.items or {})
            if typed.get("act") != ["move"]:
                facts = dict(await about(request, slug, version, body.from_version, plan))
                facts["form"] = forms.Form(typed)
                return await shown.show(request, "intake/moves.html", **facts)
            if not body.reason:
                raise Invalid(Fault("reason", Text("must not be empty")))
            move_id = uuid4()
            chosen = None if body.all else body.applications
            versions, ids, reason = (slug, body.from_version, version), (move_id, uuid4()), body.reason
            await edge(request).write(
                lambda tx: moves.start(tx, deps.definitions, ids, versions, plan, chosen, reason, me.person_id)
            )
        except Refused as refused:
            facts = dict(await about(request, slug, version, None if body is None else body.from_version, None))
            facts.pop("form")
            return await shown.show_again(request, "intake/moves.html", typed, refused, **facts)
        return done(addresses.staff_move(move_id), "move-begun")

    @router.get("/staff/moves/{move_id:uuid}")
    async def one(request: Request, move_id: UUID, _: Staff) -> Response:
        """The progress of a move."""
        async with edge(request).reading() as tx:
            found = views.move(await moves.find(tx, move_id), await store.held_back(tx, move_id, MOST_HELD_BACK))
        return await shown.show(request, "intake/move.html", move=found, states=STATES, why=WHY, form=forms.Form())

    @router.post("/staff/moves/{move_id:uuid}/undoing")
    async def undo(request: Request, move_id: UUID, me: Staff) -> Response:
        """Move all applications back."""
        audit_id = uuid4()
        await edge(request).write(lambda tx: moves.undo(tx, move_id, audit_id, me.person_id))
        return done(addresses.staff_move(move_id), "undoing-begun")

    async def about(
        request: Request, slug: str, version: int, start: int | None, plan: Plan | None
    ) -> Mapping[str, Any]:
        files = await deps.program.read()
        if version > moves.MOST_VERSION:
            raise no_version(slug, version)
        async with edge(request).reading() as tx:
            published = await store.definition(tx, deps.definitions, slug, version)
            target = published or files.definitions.get((slug, version))
            if target is None:
                raise no_version(slug, version)
            others = await store.from_versions(tx, slug, version)
            before = start if start is not None else (others[0] if others else None)
            seen = None
            if before is not None and before != version:
                seen = await moves.preview(tx, deps.definitions, before, target, plan)
            made = await store.of_version(tx, slug, version)
        return {
            "slug": slug,
            "target": target,
            "published": published is not None,
            "others": others,
            "before": None if seen is None else seen.before,
            "preview": None if seen is None else views.preview(seen),
            "made": made,
            "wording": wording,
            "form": forms.Form({} if seen is None else fields(seen.before, seen.plan)),
            "names": {}
            if seen is None
            else {one.key: one.name for known in (seen.before, target) for one in known.requirements},
            "usual": None if seen is None else usual(seen.before, target),
        }


def fields(before: CredentialDefinition, plan: Plan) -> forms.Typed:
    """The mapping as the form has it."""
    found = {f"requirements.{one.key}": [plan.requirements.get(one.key, "")] for one in before.requirements}
    return found | {f"items.{one.key}": [plan.items.get(one.key, "")] for one in before.items}
