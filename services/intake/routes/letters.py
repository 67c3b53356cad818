"""The applicant's side of letters: ask, look, remind, replace, withdraw."""

from uuid import UUID, uuid4

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.sessions import SignedIn
from services.intake.bodies import LetterRequestBody, RefereeBody
from services.intake.dependencies import Dependencies
from services.intake.domain.letters import LetterRequest, find
from services.intake.routes.shown import shown
from services.intake.store import applications as applications_store
from services.intake.store import letters as store
from services.intake.usecases import letters, limits
from services.intake.usecases.letters import Wish
from services.intake.views import Items
from services.intake.views import letters as views


def wish_of(deps: Dependencies, body: RefereeBody, language: str = "") -> Wish:
    """The person to ask. Raises Invalid for an address to which we cannot send mail."""
    address = deps.mailable(body.referee_email, "referee_email")
    return Wish(body.referee_name, address, deps.sealer.make(), uuid4(), uuid4(), language)


def router(deps: Dependencies) -> Router:
    """/api/applications/{id}/letter-requests."""
    routes = Router(prefix="/api/applications/{application_id}/letter-requests", tags=["letters"])
    definitions, hash_of = deps.definitions, deps.letter_limits.hash_of

    @routes.post("", status_code=201, response_model=views.LetterRequest, responses=refused(409, 429))
    async def ask(request: Request, application_id: UUID, body: LetterRequestBody, me: SignedIn) -> Response:
        """Ask somebody for a letter by e-mail. The answer does not repeat their name and address."""
        wish = wish_of(deps, body)
        counted = deps.letter_limits.of(me.person_id, hash_of(wish.address.key))

        async def work(tx: Tx) -> Answer:
            asked = await letters.ask(tx, definitions, application_id, me.person_id, body.requirement, wish, hash_of)
            await limits.take(tx, counted)
            return await answer(tx, asked, me.person_id, 201)

        return await answer_once(request, me.person_id, work)

    @routes.get("", response_model=Items[views.LetterRequest])
    async def mine(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """All requests of the application, the oldest first."""
        async with edge(request).reading() as tx:
            loaded = await applications_store.load_own(tx, definitions, application_id, me.person_id)
            found = await store.of_application(tx, application_id)
        items = [views.request(one, loaded.definition, tx.now) for one in found]
        return shown(Items(items=items, next=None))

    @routes.post("/{request_id}/reminder", response_model=views.LetterRequest, responses=refused(409, 429))
    async def remind(request: Request, application_id: UUID, request_id: UUID, me: SignedIn) -> Response:
        """Have a referee mailed again, with a new link."""
        secret = deps.sealer.make()

        async def work(tx: Tx) -> Answer:
            found = await letters.remind(tx, definitions, application_id, me.person_id, request_id, secret)
            await limits.take(tx, deps.letter_limits.of(me.person_id, found.referee_hash))
            return await answer(tx, found, me.person_id)

        return await answer_once(request, me.person_id, work)

    @routes.post(
        "/{request_id}/replacement", status_code=201, response_model=views.LetterRequest, responses=refused(409, 429)
    )
    async def replace(
        request: Request, application_id: UUID, request_id: UUID, body: RefereeBody, me: SignedIn
    ) -> Response:
        """Ask another person instead of one who has not answered."""
        wish = wish_of(deps, body)
        counted = deps.letter_limits.of(me.person_id, hash_of(wish.address.key))

        async def work(tx: Tx) -> Answer:
            asked = await letters.replace(tx, definitions, application_id, me.person_id, request_id, wish, hash_of)
            await limits.take(tx, counted)
            return await answer(tx, asked, me.person_id, 201)

        return await answer_once(request, me.person_id, work)

    @routes.post("/{request_id}/withdrawal", response_model=views.LetterRequest, responses=refused(409))
    async def withdraw(request: Request, application_id: UUID, request_id: UUID, me: SignedIn) -> Response:
        """Withdraw a request."""

        async def work(tx: Tx) -> Answer:
            found = await letters.withdraw(tx, definitions, application_id, me.person_id, request_id)
            return await answer(tx, found, me.person_id)

        return await answer_once(request, me.person_id, work)

    @routes.get("/{request_id}", response_model=views.LetterRequest)
    async def one(request: Request, application_id: UUID, request_id: UUID, me: SignedIn) -> Response:
        """One request."""
        async with edge(request).reading() as tx:
            loaded = await applications_store.load_own(tx, definitions, application_id, me.person_id)
            found = find(await store.of_application(tx, application_id), request_id)
        return shown(views.request(found, loaded.definition, tx.now))

    async def answer(tx: Tx, found: LetterRequest, person_id: UUID, status: int = 200) -> Answer:
        loaded = await applications_store.load_own(tx, definitions, found.application_id, person_id)
        return Answer(status, views.unnamed(views.request(found, loaded.definition, tx.now)))

    return routes
