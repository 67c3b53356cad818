"""The chair's decision by page: scores side by side, feedback and letter, a preview as the applicant will read it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import SignedIn
from chassis.objects import ObjectStore
from contracts import pages as addresses
from contracts.refusals import Fault, Invalid, Refused, Text, WrongState
from services.review.bodies import DecisionBody
from services.review.callers import caller_of
from services.review.domain.access import Caller
from services.review.store import credentials
from services.review.usecases import decisions
from services.review.views.cases import read
from services.review.views.shown import CaseShown
from services.review.writing import CaseWriter, put_decision, ruling_of
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {"decided": Text("The case is decided. The applicant is told.")}

PLACE = addresses.REVIEW_CASES + "/{case_id:uuid}/decision"
_NO_OUTCOME = Text("Choose an outcome.")
_NO_LETTER = Text("Write a letter. It is the first thing that the applicant reads.")


def pages(shown: Pages, objects: ObjectStore, writer: CaseWriter) -> Router:
    """/review/cases/{case_id}/decision and below. `writer` puts the texts into the object store."""
    router = Router(include_in_schema=False)

    @router.get(PLACE)
    async def prepare(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """The scores side by side, and the form of the decision."""
        return await shown.show(
            request, "review/decision.html", form=forms.Form(), **await facts(request, case_id, caller_of(me))
        )

    @router.post(PLACE + "/check")
    async def check(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """The decision as its applicant will read it, before it is made."""
        typed, caller = await forms.typed(request), caller_of(me)
        found = await facts(request, case_id, caller)
        try:
            body = _decision(typed, found["case"])
            async with edge(request).reading() as tx:
                results = await decisions.check(tx, case_id, caller, ruling_of(body))
        except Refused as refused:
            return await again(request, typed, refused, found)
        return await shown.show(
            request,
            "review/decision-check.html",
            body=body,
            results={one.item: one for one in results},
            hidden=[(name, value) for name, values in typed.items() for value in values if name != "then"],
            **found,
        )

    @router.post(PLACE)
    async def decide(request: Request, case_id: UUID, me: SignedIn) -> Response:
        """Decide; or, from the preview, back to the form with everything that was typed."""
        typed, caller, database = await forms.typed(request), caller_of(me), edge(request)
        found = await facts(request, case_id, caller)
        if typed.get("then") == ["change"]:
            return await shown.show(request, "review/decision.html", form=forms.Form(typed), **found)
        try:
            body = _decision(typed, found["case"])
            async with writer.about(database, case_id, caller) as writing:
                written = await put_decision(writing, body)
                await database.write(lambda tx: decisions.decide(tx, case_id, caller, ruling_of(body), written))
                writing.keep()
        except Refused as refused:
            return await again(request, typed, refused, found)
        return done(addresses.case(case_id), "decided")

    async def again(request: Request, typed: forms.Typed, refused: Refused, found: dict[str, Any]) -> Response:
        told = _named(refused, found["case"])
        return await shown.show_again(request, "review/decision.html", typed, told, **found)

    async def facts(request: Request, case_id: UUID, caller: Caller) -> dict[str, Any]:
        async with edge(request).reading() as tx:
            await decisions.deciding(tx, case_id, caller)
            names = await credentials.names(tx)
        case = await read(edge(request), objects, case_id, caller)
        results = case.panel_results
        if results is None:  # it was decided at the same moment
            raise WrongState(Text("This case is not to be decided now. Read it on its page."))
        given = case.panel_scores or []
        differing = {
            one.item
            for one in results.items
            if len({two.items[one.item].level for two in given if one.item in two.items}) > 1
        }
        return {
            "case": case,
            "names": names,
            "levels": {level.key: level for level in case.rubric.levels},
            "panel": {one.item: one for one in results.items},
            "differing": differing,
        }

    return router


def _decision(typed: forms.Typed, case: CaseShown) -> DecisionBody:
    """The body of the form. A level that is the panel's own is no override. Raises Invalid."""
    assert case.panel_results is not None, "who may decide has the panel's results"
    own: dict[str, Any] = dict(typed)
    faults = []
    for one in case.panel_results.items:
        level, reason = f"items.{one.item}.level", f"items.{one.item}.reason"
        chosen = next(iter(typed.get(level, ())), "")
        if chosen in ("", one.level):
            own.pop(level, None)
            own.pop(reason, None)
        elif not next(iter(typed.get(reason, ())), "").strip():
            faults.append(Fault(reason, _no_reason(_names(case).get(one.item, one.item))))
    if not any(typed.get("outcome", ())):
        faults.append(Fault("outcome", _NO_OUTCOME))
    if not any(one.strip() for one in typed.get("letter", ())):
        faults.append(Fault("letter", _NO_LETTER))
    if faults:
        raise Invalid(*faults)
    return forms.fill(DecisionBody, own)


def _names(case: CaseShown) -> Mapping[str, str]:
    return {item.key: item.name for item in case.rubric.items}


def _named(refused: Refused, case: CaseShown) -> Refused:
    """The same refusal, with the names of items instead of their keys."""
    names = _names(case)
    if refused.type == "not_demonstrated":
        keys = [one.field.removeprefix("items.") for one in refused.faults]
        return WrongState(
            Text("Awarded needs every item demonstrated."),
            type=refused.type,
            faults=[Fault(f"items.{key}.level", _not_passing(names.get(key, key))) for key in keys],
        )
    return refused


def _no_reason(item: str) -> Text:
    return Text("%(item)s: Say why you judge otherwise than the panel. It stays on the record.", item=item)


def _not_passing(item: str) -> Text:
    return Text("%(item)s is not demonstrated. Choose Not yet, or another level with a reason.", item=item)
