"""Texts that are being written: saved while somebody types, long before they are handed in."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.http import Router, edge, refused
from chassis.http.conditions import seen as seen_by
from chassis.http.conditions import tagged
from chassis.http.sessions import SignedIn
from services.intake import drafting
from services.intake.bodies import DraftBody
from services.intake.dependencies import Dependencies
from services.intake.domain.materials import NOTHING
from services.intake.routes.shown import shown
from services.intake.store import applications as store
from services.intake.usecases import drafts
from services.intake.views import Items
from services.intake.views import drafts as views


def router(deps: Dependencies) -> Router:
    """/api/applications/{id}/drafts, and /{requirement} below."""
    routes = Router(prefix="/api/applications/{application_id}/drafts", tags=["materials"])

    @routes.get("", response_model=Items[views.NotHandedIn])
    async def not_handed_in(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """The drafts that the panel would not see if the application were submitted now. Read it before a submission.

        A draft of an empty text is left out, and one for a path that is not chosen.
        """
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, deps.definitions, application_id, me.person_id)
        return shown(Items(items=views.not_handed_in(loaded)))

    @routes.put("/{key}", response_model=views.Saved, responses=refused(409, 412))
    async def save(request: Request, application_id: UUID, key: str, body: DraftBody, me: SignedIn) -> Response:
        """Save a text as far as it is written; no limit of words counts yet. For artifacts it is the next annotation.

        With `If-Match` (the `ETag` of what was read) or `If-None-Match: *`, other words are not overwritten: 412, with
        the newest as `current`. Drafts count into what an application may hold: 413 if there is no room.
        """
        seen = seen_by(request, NOTHING)
        kept = await drafting.save(deps, request, application_id, me.person_id, key, body, seen)
        assert kept.draft is not None, "it was saved"
        saved = views.Saved(requirement=key, words=kept.draft.words, saved_at=kept.draft.saved_at)
        return tagged(shown(saved), kept.tag)

    @routes.get("/{key}", response_model=views.Draft)
    async def read(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """The newest words: those of the draft, else what is handed in, else none. Without `ETag` there is nothing
        yet."""
        async with edge(request).reading() as tx:
            found = await drafts.read(tx, deps.definitions, application_id, me.person_id, key)
        answer = shown(await drafting.newest(deps.objects, found))
        return tagged(answer, found.tag) if found.tag else answer

    @routes.delete("/{key}", status_code=204, responses=refused(412))
    async def discard(request: Request, application_id: UUID, key: str, me: SignedIn) -> Response:
        """Delete the draft; with `If-Match`, only the draft that was read. What is handed in stays."""
        await drafting.discard(deps, request, application_id, me.person_id, key, seen_by(request, NOTHING))
        return Response(status_code=204)

    return routes
