"""Dead letters: the list, one letter, and the pages that say what a request will do."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from chassis.database.transaction import Tx
from chassis.http import AfterPlace, Router, decode_place, edge, encode_place, listed
from contracts.pages import DEAD_LETTERS
from contracts.refusals import Fault, Invalid, NotThere, Text
from contracts.topics import CONSUMERS, TOPICS
from services.ops.bodies import DiscardBody, RedriveBody
from services.ops.domain.letters import State
from services.ops.store import letters as store
from services.ops.usecases import letters as usecases
from services.ops.usecases.letters import Choice, Requested
from services.ops.views.letters import letter_shown, letter_whole, to_be_asked
from services.ops.who import Operator
from web import forms
from web.flash import done
from web.forms import Form
from web.rendering import Pages

A_PAGE = 50
MOST_BEHIND = 20
FILTERS = ("consumer", "topic", "type", "key")
CHOOSE = Text("Choose at least one letter in the list.")
GONE = Text("There is no such dead letter here.")

Ids = Annotated[list[UUID], Query(max_length=A_PAGE)]


def pages(pages: Pages) -> Router:
    """GET /ops/dead-letters and below; its two forms."""
    router = Router(prefix=DEAD_LETTERS, include_in_schema=False)

    @router.get("")
    async def letters(
        request: Request,
        me: Operator,
        consumer: str = "",
        topic: str = "",
        type: str = "",
        key: str = "",
        state: State = State.FILED,
        after: AfterPlace = None,
    ) -> Response:
        """The list."""
        chosen = dict(zip(FILTERS, (consumer, topic, type.strip(), key.strip()), strict=True))
        form = Form.of_values({**chosen, "state": state.value})
        return await pages.show(request, "ops/letters.html", form=form, **await _listed(request, chosen, state, after))

    async def before(request: Request, me: Operator, what: str, ids: Sequence[UUID]) -> Response:
        if ids:
            return await pages.show(
                request, f"ops/{what}.html", form=Form(), **await _to_be_asked(request, me, what, ids)
            )
        facts = await _listed(request, {}, State.FILED, None)
        return await pages.show_again(request, "ops/letters.html", {}, Invalid(Fault("ids", CHOOSE)), **facts)

    @router.get("/redrive")
    async def before_redrive(request: Request, me: Operator, ids: Ids = []) -> Response:  # noqa: B006
        """What a redrive of these letters will do."""
        return await before(request, me, "redrive", ids)

    @router.get("/discard")
    async def before_discard(request: Request, me: Operator, ids: Ids = []) -> Response:  # noqa: B006
        """What a discard of these letters will do."""
        return await before(request, me, "discard", ids)

    @router.post("/redrive")
    async def redrive(request: Request, me: Operator) -> Response:
        """Request the redrive."""
        body = forms.fill(RedriveBody, await forms.typed(request))
        choice = Choice(ids=tuple(body.ids or ()))
        asked = await _write(request, lambda tx: usecases.redrive(tx, me.person_id, choice, dry_run=False))
        return done(DEAD_LETTERS, "redrive_asked" if asked.groups else "nothing_asked")

    @router.post("/discard")
    async def discard(request: Request, me: Operator) -> Response:
        """Request the discard, with its reason."""
        typed = await forms.typed(request)
        try:
            body = forms.fill(DiscardBody, typed)
        except Invalid as refused:
            if any(fault.field.startswith("ids") for fault in refused.faults):
                raise
            ids = [UUID(one) for one in typed["ids"]]
            facts = await _to_be_asked(request, me, "discard", ids)
            return await pages.show_again(request, "ops/discard.html", typed, refused, **facts)
        asked = await _write(request, lambda tx: usecases.discard(tx, me.person_id, tuple(body.ids), body.reason))
        return done(DEAD_LETTERS, "discard_asked" if asked.groups else "nothing_asked")

    @router.get("/{letter_id}")
    async def letter(request: Request, me: Operator, letter_id: UUID) -> Response:
        """One letter, and what is held behind it."""
        async with edge(request).reading() as tx:
            found = (await store.find_letters(tx, [letter_id])).get(letter_id)
            if found is None:
                raise NotThere(GONE)
            behind = await store.letters_after(tx, found, MOST_BEHIND + 1)
            requests = await store.requests_for(tx, found)
        whole = letter_whole(found, behind, requests, MOST_BEHIND)
        return await pages.show(request, "ops/letter.html", whole=whole)

    return router


async def _listed(request: Request, chosen: Mapping[str, str], state: State, after: str | None) -> dict[str, Any]:
    """The letters of the list."""
    consumer, topic, kind, key = (chosen.get(name) or None for name in FILTERS)
    place = decode_place(after, None)
    async with edge(request).reading() as tx:
        found = await store.list_letters(tx, state.value, consumer, topic, key, kind, place, A_PAGE + 1)
        types = await store.types_of_letters(tx)
    part = listed([letter_shown(one) for one in found], A_PAGE, lambda last: encode_place(last.at, last.id))
    query = {name: value for name, value in chosen.items() if value} | {"state": state.value, "after": part["next"]}
    return {
        "letters": part["items"],
        "next_path": f"{DEAD_LETTERS}?{urlencode(query)}" if part["next"] else "",
        "state": state.value,
        "filtered": any(chosen.values()) or state is not State.FILED or after is not None,
        "consumers": CONSUMERS,
        "topics": [name for name in TOPICS if not name.startswith("dlq.")],
        "types": types,
    }


async def _to_be_asked(request: Request, me: Operator, what: str, ids: Sequence[UUID]) -> dict[str, Any]:
    """The content of a page that says what a request will do."""

    async def work(tx: Tx) -> Requested:
        if what == "redrive":
            return await usecases.redrive(tx, me.person_id, Choice(ids=tuple(ids)), dry_run=True)
        return await usecases.discard(tx, me.person_id, tuple(ids), "", dry_run=True)

    asked = await _write(request, work)
    groups = to_be_asked(asked, ids)
    return {
        "groups": groups,
        "ids": [str(one) for one in ids],
        "number": sum(len(group.letters) for group in groups),
        "added": sum(group.added for group in groups),
        "settled": len(asked.settled),
    }


async def _write(request: Request, work: Callable[[Tx], Awaitable[Requested]]) -> Requested:
    """Run the command. Unknown letters are refused in words for people."""
    try:
        return await edge(request).write(work)
    except NotThere:
        raise NotThere(GONE) from None
