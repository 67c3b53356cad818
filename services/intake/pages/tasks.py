"""The beginning of an application, its path, and its withdrawal."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.editions import edition
from contracts.refusals import NotThere, Text
from services.intake.bodies import AgreementBody, BasicInformationBody, PathBody, WithdrawalBody
from services.intake.dependencies import Dependencies
from services.intake.domain.applications import BasicInformation, basic_kept, path_kept
from services.intake.pages.account import zones
from services.intake.pages.own import Task
from services.intake.store import applications as store
from services.intake.store.applications import Loaded
from services.intake.usecases import applications, people
from web import forms
from web.flash import done
from web.rendering import Pages
from web.visitor import visitor_of

FLASHES = {
    "basic-information-saved": Text("Your basic information is saved."),
    "agreement-accepted": Text("You accepted the agreement."),
    "path-chosen": Text("Your path is chosen."),
    "withdrawn": Text("Your application is withdrawn."),
}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/basic-information, /agreement, /path, /withdrawal."""
    _basic_information(router, deps, shown)
    _agreement(router, deps, shown)
    _path(router, deps, shown)
    _withdrawal(router, deps, shown)


def _basic_information(router: Router, deps: Dependencies, shown: Pages) -> None:
    place = "/applications/{application_id:uuid}/basic-information"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        kept = basic_kept(loaded.application)
        values = kept if kept is not None else await known(request, me)
        offered = sorted({*zones(), values["time_zone"] or "UTC"})
        return {
            "form": forms.Form.of_values(values),
            "seen": edition(kept),
            "zones": [("", "")] + [(zone, zone.replace("_", " ")) for zone in offered],
        }

    async def known(request: Request, me: Principal) -> Mapping[str, str | None]:
        """What the person's account says about the applicant."""
        async with edge(request).reading() as tx:
            person = await people.find(tx, me.person_id)
        zone = (await visitor_of(request)).reader.zone.key
        return {"name": person.name, "institution": person.institution, "time_zone": zone}

    task = Task(deps, shown, "intake/basic-information.html", "basic-information", more)

    @router.get(place)
    async def basic_information(request: Request, application_id: UUID) -> Response:
        """The applicant's information. At first it is what the person's account says."""
        return await task.show(request, application_id)

    @router.post(place)
    async def describe(request: Request, application_id: UUID) -> Response:
        """Save the applicant's information."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            basic = BasicInformation(**forms.fill(BasicInformationBody, typed).model_dump())
            whose = (deps.definitions, application_id, me.person_id)
            await edge(request).write(lambda tx: applications.describe(tx, *whose, basic, seen(typed)))
            return done(addresses.application(application_id), "basic-information-saved")

        return await task.answer(request, application_id, act)


def _agreement(router: Router, deps: Dependencies, shown: Pages) -> None:
    place = "/applications/{application_id:uuid}/agreement"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        return {"form": forms.Form()}

    task = Task(deps, shown, "intake/agreement.html", "agreement", more)

    @router.get(place)
    async def agreement(request: Request, application_id: UUID) -> Response:
        """The agreement, and whether it is accepted."""
        return await task.show(request, application_id)

    @router.post(place)
    async def accept(request: Request, application_id: UUID) -> Response:
        """Accept the agreement."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            version = forms.fill(AgreementBody, typed).version
            whose = (deps.definitions, application_id, me.person_id)
            await edge(request).write(lambda tx: applications.accept_agreement(tx, *whose, version))
            return done(addresses.application(application_id), "agreement-accepted")

        return await task.answer(request, application_id, act)


def _path(router: Router, deps: Dependencies, shown: Pages) -> None:
    place = "/applications/{application_id:uuid}/path"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        definition, kept = loaded.definition, path_kept(loaded.application)
        if definition.paths is None:
            raise NotThere(Text("%(name)s has no paths to choose from.", name=definition.name))
        paths = {one.key: one.path for one in definition.requirements}
        return {
            "form": forms.Form.of_values(kept or {}),
            "seen": edition(kept),
            "handed_in": Counter(paths.get(one.requirement) for one in loaded.handed),
        }

    task = Task(deps, shown, "intake/path.html", "path", more)

    @router.get(place)
    async def path(request: Request, application_id: UUID) -> Response:
        """The question, the paths, and what each of them asks for."""
        return await task.show(request, application_id)

    @router.post(place)
    async def choose(request: Request, application_id: UUID) -> Response:
        """Choose a path. Materials of another path stay."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            body = forms.fill(PathBody, typed)
            whose = (deps.definitions, application_id, me.person_id)
            await edge(request).write(
                lambda tx: applications.choose_path(tx, *whose, body.path, body.answer, seen(typed))
            )
            return done(addresses.application(application_id), "path-chosen")

        return await task.answer(request, application_id, act)


def _withdrawal(router: Router, deps: Dependencies, shown: Pages) -> None:
    place = "/applications/{application_id:uuid}/withdrawal"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        return {"form": forms.Form()}

    task = Task(deps, shown, "intake/withdrawal.html", "withdrawal", more)

    @router.get(place)
    async def withdrawal(request: Request, application_id: UUID) -> Response:
        """What a withdrawal means. Opening it withdraws nothing; its button does."""
        return await task.show(request, application_id)

    @router.post(place)
    async def withdraw(request: Request, application_id: UUID) -> Response:
        """Withdraw the application."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            reason = forms.fill(WithdrawalBody, typed).reason
            whose, database = (deps.definitions, application_id, me.person_id), edge(request)
            if reason is None:
                await database.write(lambda tx: applications.withdraw(tx, *whose, None))
            else:
                async with database.reading() as before:
                    await store.load_own(before, *whose)
                async with deps.writer.about(me.person_id) as written:
                    note = await written.put_text(reason)
                    await database.write(lambda tx: applications.withdraw(tx, *whose, note), after=before)
                    written.keep()
            return done(addresses.application(application_id), "withdrawn")

        return await task.answer(request, application_id, act)


def seen(typed: forms.Typed) -> frozenset[str] | None:
    """The edition with which the form was filled; None if the form does not have it."""
    edition = forms.Form(typed).value("seen")
    return frozenset([edition]) if edition else None
