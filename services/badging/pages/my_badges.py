"""The page of a person's own badges."""

from fastapi import Request, Response

from chassis.http import AfterPlace, Router, decode_place, edge, encode_place
from chassis.http.sessions import find_principal
from contracts import pages as addresses
from contracts.refusals import NotSignedIn, Text
from services.badging import store
from services.badging.views.my_badges import card
from web.rendering import Pages

MOST = 24


def add(routes: Router, pages: Pages) -> None:
    """GET /badges."""

    @routes.get(addresses.BADGES, include_in_schema=False)
    async def mine(request: Request, after: AfterPlace = None) -> Response:
        """The signed-in person's badges, oldest first."""
        me = await find_principal(request)
        if me is None:
            raise NotSignedIn(Text("Sign in to see your badges."))
        async with edge(request).reading() as tx:
            found = await store.of_person(tx, me.person_id, decode_place(after, store.BEFORE_ALL), MOST + 1)
        shown, more = found[:MOST], len(found) > MOST
        onward = f"{addresses.BADGES}?after={encode_place(shown[-1].awarded_at, shown[-1].badge_id)}" if more else None
        return await pages.show(
            request,
            "badging/my_badges.html",
            cards=[card(badge) for badge in shown],
            first=after is None,
            onward=onward,
        )
