"""The page of one requirement: what is asked for, what is there, the draft, and the form with what was typed. It serves
everything that hands something in or keeps a draft of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from chassis.http import edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.catalog import Requirement
from contracts.media import extension
from contracts.refusals import ChangedMeanwhile, Refused
from services.intake import drafting, picturing, reading, uploads
from services.intake.dependencies import Dependencies
from services.intake.domain import drafts as draft_rules
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.pages import material_words, wording
from services.intake.store.applications import Loaded
from services.intake.usecases import drafts
from services.intake.usecases.drafts import Drafted
from services.intake.views import catalog, decisions
from services.intake.views import drafts as draft_views
from services.intake.views import materials as views
from services.intake.views import terms as terms_views
from web import forms
from web.rendering import Pages

TEMPLATE = "intake/material.html"
BASED_ON = "based_on"


@dataclass(frozen=True, slots=True)
class Kept:
    """A material as it is shown: its facts and content, its name, and where to get it."""

    view: Any
    tag: str
    name: str
    address: str
    picture: str


class MaterialPage:
    """How the page of a requirement is shown, at first and again after a refusal."""

    def __init__(self, deps: Dependencies, shown: Pages) -> None:
        self._deps, self._shown = deps, shown

    async def show(self, request: Request, application_id: UUID, me: Principal, key: str) -> Response:
        """The page, with the present content in its form."""
        facts = await self.about(request, application_id, me, key)
        if facts["requirement"].kind == rules.LETTER:
            return RedirectResponse(addresses.letters(application_id), 303)
        return await self._shown.show(request, TEMPLATE, **facts)

    async def again(
        self,
        request: Request,
        application_id: UUID,
        me: Principal,
        key: str,
        typed: forms.Typed | None,
        refused: Refused,
        *,
        file: bool = False,
    ) -> Response:
        """The page with what was typed (None: with the present content). It shows the newest words beside it if they
        are not the ones that were read."""
        if refused.status == 404:
            raise refused
        facts = await self.about(request, application_id, me, key)
        form = facts.pop("form")
        if typed is None:
            return await self._shown.show_again(request, TEMPLATE, form.typed, refused, **facts)
        if isinstance(refused, ChangedMeanwhile):
            typed = {**typed, BASED_ON: [form.value(BASED_ON)]}
            facts |= {"conflict": True, "there": facts["newest"] if form.value(BASED_ON) else None}
        # The remedy is in the text. The fault beside the field names only the kinds that are taken.
        remedy = refused.text if refused.faults and refused.status in (413, 415) else None
        facts |= {"file_again": file, "unsaved": True, "remedy": remedy}
        return await self._shown.show_again(request, TEMPLATE, typed, refused, **facts)

    async def about(self, request: Request, application_id: UUID, me: Principal, key: str) -> dict[str, Any]:
        """The content of the page. Raises NotThere."""
        async with edge(request).reading() as tx:
            found = await drafts.read(tx, self._deps.definitions, application_id, me.person_id, key)
        loaded, requirement, now = found.loaded, found.requirement, edge(request).clock()
        again = rules.is_reopened(loaded.application, requirement.key, now)
        reopened = [
            one for one in loaded.application.reopened if requirement.key in one.requirements and now < one.until
        ]
        kept = await asyncio.gather(
            *(
                self._keep(application_id, one)
                for one in loaded.handed
                if one.requirement == requirement.key and requirement.kind != rules.LETTER
            )
        )
        newest = await drafting.newest(self._deps.objects, found)
        behind = found.draft is not None and draft_rules.behind(requirement, loaded.handed, found.draft)
        there = await drafting.newest(self._deps.objects, replace(found, draft=None)) if behind else None
        return {
            "form": _form_of(found, kept, newest),
            "application_id": application_id,
            "credential": catalog.credential(loaded.definition),
            "requirement": catalog.Requirement(**catalog.asked(requirement)),
            "kept": kept,
            "newest": newest,
            "at_once": requirement.due != rules.BEFORE,
            "there": there,
            "deadline": terms_views.deadline(loaded),
            "barred": material_words.barred(loaded.application, requirement, loaded.handed, now),
            "reopened": reopened if again else [],
            "takes": material_words.takes(requirement),
            "accepted": material_words.accepted(requirement),
            "most_bytes": requirement.limits.max_bytes or rules.DEFAULT_MAX_BYTES,
            "is_text": requirement.kind in rules.TEXT_KINDS,
            "is_link": requirement.kind in rules.LINK_KINDS,
            "is_file": requirement.kind in rules.FILE_KINDS,
            "full": _full(requirement, kept),
            "evidence": _evidence(loaded, kept),
            "earlier": None if loaded.earlier is None else await decisions.earlier(loaded.earlier, self._deps.objects),
            "carried": {one.item for one in loaded.application.carried_forward},
            "material_words": material_words,
            "wording": wording,
            "conflict": behind,
            "file_again": False,
            "unsaved": False,
            "remedy": None,
        }

    @staticmethod
    def _picture(application_id: UUID, handed: Handed) -> str:
        """Where its first page is shown as a picture; empty if there are no pictures of it."""
        if not picturing.shown(handed.content):
            return ""
        first = f"{addresses.material(application_id, handed.requirement)}/pages/{picturing.FIRST}"
        return first if handed.artifact_id is None else f"{first}?artifact_id={handed.artifact_id}"

    async def _keep(self, application_id: UUID, handed: Handed) -> Kept:
        view, _ = await reading.read(self._deps.objects, application_id, handed)
        one = "" if handed.artifact_id is None else f"/{handed.artifact_id}"
        return Kept(
            view=view,
            tag=rules.tag(handed),
            name=handed.filename or f"{handed.requirement}{extension(handed.content.media_type)}",
            address=f"/api{addresses.material(application_id, handed.requirement)}{one}",
            picture=self._picture(application_id, handed),
        )


def seen(typed: forms.Typed) -> frozenset[str] | None:
    """The tag of what was read, if the form has it."""
    return frozenset(typed[BASED_ON]) if BASED_ON in typed else None


def typed_of(fields: uploads.Fields) -> Mapping[str, list[str]]:
    """The fields before a file, as those of a form without a file."""
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


def _form_of(found: Drafted, kept: Sequence[Kept], newest: draft_views.Draft) -> forms.Form:
    """The form, with the draft or the present content."""
    known: dict[str, object] = {BASED_ON: found.tag}
    if newest.unreadable is None and found.requirement.kind in rules.TEXT_KINDS:
        known["text"] = newest.text
    elif newest.unreadable is None and found.requirement.kind == "artifacts":
        known |= {"annotation": newest.text, "items": list(newest.items or ())}
    match kept[0].view if kept else None:
        case views.LinkMaterial(url=url, minutes=minutes) if found.requirement.kind != "artifacts":
            known |= {"url": url, "minutes": None if minutes is None else f"{minutes:g}"}
    return forms.Form.of_values(known)


def _full(requirement: Requirement, kept: Sequence[Kept]) -> bool:
    """Whether there are as many artifacts as the requirement takes."""
    most = requirement.limits.max_count
    return requirement.kind == "artifacts" and most is not None and len(kept) >= most


def _evidence(loaded: Loaded, kept: Sequence[Kept]) -> Mapping[str, list[int]]:
    """By item, the numbers of the artifacts that evidence it, as they are listed."""
    return {
        item.key: [number for number, one in enumerate(kept, 1) if item.key in (one.view.items or ())]
        for item in loaded.definition.items
    }
