"""The work of a reviewer by page: the declaration, the scores beside the evidence, and the submission."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import SignedIn
from chassis.objects import ObjectStore
from contracts import pages as addresses
from contracts.refusals import Fault, Invalid, NotYours, Refused, Text, WrongState
from services.review.bodies import DeclarationBody, DeclineBody, ScoresBody
from services.review.callers import caller_of
from services.review.domain.access import STAFF, Caller
from services.review.domain.cases import State
from services.review.store import credentials
from services.review.store.access import CaseFile
from services.review.usecases import scores
from services.review.usecases.access import look
from services.review.usecases.declarations import declare, decline
from services.review.views.cases import read, read_file
from services.review.views.evidence import read_evidence
from services.review.views.shown import CaseShown, ItemShown
from services.review.writing import CaseWriter, put, save_scores
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "declared-clear": Text("You said that there is no conflict of interest. The case is open to you."),
    "declared-conflict": Text("The case is not yours any more, and somebody else is looked for. Thank you."),
    "declined": Text("You gave the case up, and somebody else is looked for."),
    "scores-saved": Text("Your scores are saved. They are not submitted yet."),
    "scores-submitted": Text("Your scores are submitted. The chair decides when all reviewers have submitted theirs."),
}

PLACE = addresses.REVIEW_CASES + "/{case_id:uuid}"
_NO_REASON = Text("Say in a few words what it is. Only the staff read it.")
_NO_CHOICE = Text("Choose one of the two answers.")


def pages(shown: Pages, objects: ObjectStore, writer: CaseWriter) -> Router:
    """/review/cases/{case_id}/declaration, /decline, /scores, /check. `writer` puts texts into the object store."""
    router = Router(include_in_schema=False)

    @router.get(PLACE + "/declaration")
    async def ask(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """Whether there is a conflict of interest. Also for whoever notices one while they read."""
        return await shown.show(
            request, "review/declaration.html", form=forms.Form(), **await about(request, case_id, caller_of(me))
        )

    @router.post(PLACE + "/declaration")
    async def declared(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """Declare."""
        typed, caller, database = await forms.typed(request), caller_of(me), edge(request)
        case = await about(request, case_id, caller)
        try:
            body = _declaration(typed)
            async with writer.about(database, case_id, caller) as writing:
                reason = await put(writing, (body.reason or None) if body.conflict else None)
                await database.write(lambda tx: declare(tx, case_id, caller, body.conflict, reason))
                writing.keep()
        except Refused as refused:
            return await shown.show_again(request, "review/declaration.html", typed, refused, **case)
        if body.conflict:
            return done(addresses.REVIEW, "declared-conflict")
        return done(addresses.case(case_id), "declared-clear")

    @router.post(PLACE + "/decline")
    async def declined(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """Give the case up without a conflict of interest."""
        typed, caller, database = await forms.typed(request), caller_of(me), edge(request)
        case = await about(request, case_id, caller)
        try:
            body = forms.fill(DeclineBody, typed)
            async with writer.about(database, case_id, caller) as writing:
                reason = await writing.put_text(body.reason)
                await database.write(lambda tx: decline(tx, case_id, caller, reason))
                writing.keep()
        except Refused as refused:
            typed = {**typed, "declines": ["yes"]}
            return await shown.show_again(request, "review/declaration.html", typed, refused, **case)
        return done(addresses.REVIEW, "declined")

    @router.post(PLACE + "/scores")
    async def saved(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """Save the draft; then the case again, or the page to check and submit."""
        typed, caller, database = await forms.typed(request), caller_of(me), edge(request)
        found, case = await read_file(database, objects, case_id, caller)
        try:
            body = forms.fill(ScoresBody, typed)
            await save_scores(writer, database, case_id, caller, body, _seen(typed))
        except Refused as refused:
            told = _named(refused, case.rubric.items)
            facts = await judging(request, objects, found, case)
            facts.pop("form")
            return await shown.show_again(request, "review/judging.html", typed, told, **facts)
        if typed.get("then") == ["check"]:
            return done(addresses.scores_check(case_id))
        return done(addresses.case(case_id), "scores-saved")

    @router.get(PLACE + "/check")
    async def check(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """The caller's scores, and what is missing."""
        return await shown.show(request, "review/check.html", form=forms.Form(), **await checked(request, case_id, me))

    @router.post(PLACE + "/check")
    async def submitted(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """Submit the scores."""
        typed, caller = await forms.typed(request), caller_of(me)
        try:
            await edge(request).write(lambda tx: scores.submit(tx, case_id, caller, _seen(typed)))
        except Refused as refused:
            facts = await checked(request, case_id, me)
            told = WrongState(refused.text) if refused.type == "scores_incomplete" else refused
            return await shown.show_again(request, "review/check.html", typed, told, **facts)
        return done(addresses.case(case_id), "scores-submitted")

    async def about(request: Request, case_id: UUID, caller: Caller) -> dict[str, Any]:
        async with edge(request).reading() as tx:
            found, role = await look(tx, case_id, caller)
            names = await credentials.names(tx)
        if role == STAFF:
            raise NotYours(Text("only the members of its panel may declare whether they have a conflict of interest"))
        case = found.case
        return {
            "case_id": case.case_id,
            "number": case.submission_number,
            "credential": names.get(case.credential, case.credential),
            "due_at": case.due_at,
        }

    async def checked(request: Request, case_id: UUID, me: SignedIn) -> dict[str, Any]:
        case = await read(edge(request), objects, case_id, caller_of(me))
        if case.scores is None:
            raise WrongState(Text("Only the reviewers of this case score it, when they have declared."))
        given = case.scores.items
        open_items = [item for item in case.rubric.items if not item.carried_forward]
        return {
            "case": case,
            "levels": {level.key: level for level in case.rubric.levels},
            "missing": [item for item in open_items if item.key not in given or given[item.key].level is None],
        }

    return router


def to_be_scored(case: CaseShown) -> bool:
    """Whether the reader of this case can score it now."""
    return case.scores is not None and not case.scores.submitted and case.state in (State.ASSIGNING, State.SCORING)


async def judging(request: Request, objects: ObjectStore, found: CaseFile, case: CaseShown) -> dict[str, Any]:
    """What the page with the evidence and the scores shows, for a reviewer who has declared."""
    async with edge(request).reading() as tx:
        names = await credentials.names(tx)
    given = case.scores
    values = {} if given is None else {key: one.model_dump() for key, one in given.items.items()}
    open_items = [item for item in case.rubric.items if not item.carried_forward]
    return {
        "case": case,
        "names": names,
        "evidence": await read_evidence(objects, found),
        "open_items": open_items,
        "scored": sum(1 for item in open_items if values.get(item.key, {}).get("level")),
        "item_names": {item.key: item.name for item in case.rubric.items},
        "levels": {level.key: level for level in case.rubric.levels},
        "form": forms.Form.of_values({"items": values, "comment": given.comment if given else ""}),
    }


def _declaration(typed: forms.Typed) -> DeclarationBody:
    if not any(typed.get("conflict", ())):
        raise Invalid(Fault("conflict", _NO_CHOICE))
    body = forms.fill(DeclarationBody, typed)
    if body.conflict and not body.reason:
        raise Invalid(Fault("reason", _NO_REASON))
    return body


def _seen(typed: forms.Typed) -> frozenset[str] | None:
    tag = next(iter(typed.get("based_on", ())), "")
    return frozenset([tag]) if tag else None


def _named(refused: Refused, items: list[ItemShown]) -> Refused:
    """The same refusal, with the names of items instead of their keys."""
    if not isinstance(refused, Invalid):
        return refused
    names: Mapping[str, str] = {item.key: item.name for item in items}

    def named(fault: Fault) -> Fault:
        key = fault.field.split(".")[1] if fault.field.startswith("items.") else ""
        if key not in names:
            return fault
        return Fault(fault.field, Text("%(item)s: %(what)s", item=names[key], what=fault.text))

    return Invalid(*(named(fault) for fault in refused.faults), text=refused.text)
