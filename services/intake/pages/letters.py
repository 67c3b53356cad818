"""Letters by third parties, for the applicant: the requests and their states; ask, remind, replace, withdraw."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.catalog import CredentialDefinition
from contracts.refusals import Text
from services.intake.bodies import LetterRequestBody, RefereeBody
from services.intake.dependencies import Dependencies
from services.intake.domain import letters as rules
from services.intake.domain import materials
from services.intake.domain.letter_requirements import is_awaited, to_ask_now
from services.intake.pages.own import Task
from services.intake.store import letters as store
from services.intake.store.applications import Loaded
from services.intake.usecases import letters, limits
from services.intake.usecases.letters import Wish
from services.intake.views import letters as views
from web import forms
from web.flash import done
from web.rendering import Pages
from web.visitor import visitor_of

FLASHES = {
    "letter-asked": Text("We mail them a link, and we mail you when they answer."),
    "letter-reminded": Text("We mail them again."),
    "letter-withdrawn": Text("The request is withdrawn. Its link does not work any more."),
}

STATES: Mapping[str, tuple[str, Text]] = {
    "asked": ("wait", Text("Asked")),
    "received": ("go", Text("Received")),
    "declined": ("stop", Text("Declined")),
    "withdrawn": ("idle", Text("Withdrawn")),
    "closed": ("idle", Text("Not needed any more")),
}
"""The tone and words for the state of a request."""

CAME_BACK: Mapping[str, Text] = {
    "refused": Text(
        "Their mail server takes no mail for this address. Look at it letter by letter: often one letter is wrong."
    ),
    "too_late": Text("Their mail server could not be reached for a day."),
}
"""Why a mail to a referee came back."""
_CAME_BACK = Text("It could not be sent.")


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/letters, and of each request /reminder, /replacement, /withdrawal."""
    place = "/applications/{application_id:uuid}/letters"
    hash_of, definitions = deps.letter_limits.hash_of, deps.definitions

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        async with edge(request).reading() as tx:
            found = await store.of_application(tx, loaded.application.application_id)
        wanted = letter_requirements(loaded)
        asked_now = to_ask_now(loaded.application, loaded.definition)
        room = {one.key: rules.room(one, found) if one.key in asked_now else 0 for one in wanted}
        return {
            "form": forms.Form(),
            "requirements": wanted,
            "asked_now": asked_now,
            "came_back": came_back,
            "room": room,
            "chosen": request.query_params.get("for") or next((key for key, left in room.items() if left), ""),
            "requests": [views.request(one, loaded.definition, tx.now) for one in found],
            "received": received(loaded),
            "least": {one.key: rules.least(one) for one in wanted},
            "policy": loaded.definition.letters,
            "states": STATES,
            "now": tx.now,
        }

    async def one_more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        found = await more(request, loaded, me)
        request_id = UUID(str(request.path_params["request_id"]))
        mine = [one for one in found["requests"] if one.request_id == request_id]
        if not mine:
            rules.find((), request_id)
        one = mine[0]
        if one.undelivered is not None and one.requirement in found["asked_now"]:
            kept = {"referee_name": one.referee_name, "referee_email": one.referee_email}
            found = {**found, "form": forms.Form.of_values(kept)}
        return {**found, "one": one}

    async def wish_of(request: Request, body: RefereeBody) -> Wish:
        address = deps.mailable(body.referee_email, "referee_email")
        language = (await visitor_of(request)).reader.language
        return Wish(body.referee_name, address, deps.sealer.make(), uuid4(), uuid4(), language)

    task = Task(deps, shown, "intake/letters.html", "letters", more)
    replacing = Task(deps, shown, "intake/letter-replacement.html", "letters", one_more)

    @router.get(place)
    async def mine(request: Request, application_id: UUID) -> Response:
        """The applicant's requests, and the form to ask somebody."""
        return await task.show(request, application_id)

    @router.post(place)
    async def ask(request: Request, application_id: UUID) -> Response:
        """Ask somebody."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            body = forms.fill(LetterRequestBody, typed)
            wish = await wish_of(request, body)

            async def work(tx: Tx) -> None:
                await letters.ask(tx, definitions, application_id, me.person_id, body.requirement, wish, hash_of)
                await limits.take(tx, deps.letter_limits.of(me.person_id, hash_of(wish.address.key)))

            await edge(request).write(work)
            return done(addresses.letters(application_id), "letter-asked")

        return await task.answer(request, application_id, act)

    @router.post(place + "/{request_id:uuid}/reminder")
    async def remind(request: Request, application_id: UUID, request_id: UUID) -> Response:
        """Have a referee mailed again."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            secret = deps.sealer.make()

            async def work(tx: Tx) -> None:
                found = await letters.remind(tx, definitions, application_id, me.person_id, request_id, secret)
                await limits.take(tx, deps.letter_limits.of(me.person_id, found.referee_hash))

            await edge(request).write(work)
            return done(addresses.letters(application_id), "letter-reminded")

        return await task.answer(request, application_id, act)

    @router.get(place + "/{request_id:uuid}/replacement")
    async def replacement(request: Request, application_id: UUID, request_id: UUID) -> Response:
        """Ask another person instead of this one, or withdraw the request. Opening the page does neither."""
        return await replacing.show(request, application_id)

    @router.post(place + "/{request_id:uuid}/replacement")
    async def replace(request: Request, application_id: UUID, request_id: UUID) -> Response:
        """Ask another person instead of this one."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            wish = await wish_of(request, forms.fill(RefereeBody, typed))

            async def work(tx: Tx) -> None:
                await letters.replace(tx, definitions, application_id, me.person_id, request_id, wish, hash_of)
                await limits.take(tx, deps.letter_limits.of(me.person_id, hash_of(wish.address.key)))

            await edge(request).write(work)
            return done(addresses.letters(application_id), "letter-asked")

        return await replacing.answer(request, application_id, act)

    @router.post(place + "/{request_id:uuid}/withdrawal")
    async def withdraw(request: Request, application_id: UUID, request_id: UUID) -> Response:
        """Withdraw a request."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            whose = (definitions, application_id, me.person_id)
            await edge(request).write(lambda tx: letters.withdraw(tx, *whose, request_id))
            return done(addresses.letters(application_id), "letter-withdrawn")

        return await task.answer(request, application_id, act)


def told_of(loaded: Loaded, requests: Iterable[rules.LetterRequest]) -> dict[str, frozenset[str]]:
    """What the page of an application says of its letters: the requirements for which somebody is asked, and those of
    them where the last mail came back."""
    awaited = {one.key for one in loaded.definition.requirements if is_awaited(loaded.application, one)}
    asked = [one for one in requests if one.state is rules.State.ASKED and one.requirement in awaited]
    return {
        "letters_asked": frozenset(one.requirement for one in asked),
        "letters_undelivered": frozenset(one.requirement for one in asked if one.undelivered is not None),
    }


def all_asked(loaded: Loaded, requests: Iterable[rules.LetterRequest]) -> frozenset[str]:
    """The requirements for which as many letters came or are asked for as are wanted: the applicant can only wait."""
    state = rules.State
    there = Counter(one.requirement for one in requests if one.state in (state.ASKED, state.RECEIVED))
    wanted = {
        one.key: one.limits.min_count or 1 for one in loaded.definition.requirements if one.kind == materials.LETTER
    }
    return frozenset(key for key, number in wanted.items() if there[key] >= number)


def came_back(because: str) -> Text:
    """Why a mail to a referee came back."""
    return CAME_BACK.get(because, _CAME_BACK)


def letter_requirements(loaded: Loaded) -> Sequence[Any]:
    """The letters that this application needs."""
    found = materials.applying(loaded.application, loaded.definition)
    return [one for one in found if one.kind == rules.LETTER and one.path in (None, loaded.application.path)]


def received(loaded: Loaded) -> Mapping[str, int]:
    """How many letters were received, by requirement."""
    return {
        one.key: sum(1 for handed in loaded.handed if handed.requirement == one.key)
        for one in letters_of(loaded.definition)
    }


def letters_of(definition: CredentialDefinition) -> Sequence[Any]:
    """All letters that a credential needs."""
    return [one for one in definition.requirements if one.kind == rules.LETTER]
