"""The JSON API: documents for verifiers, and a person's own badges."""

import re
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Query, Request, Response

from chassis.http import AfterPlace, Router, decode_place, edge, encode_place, listed
from chassis.http.sessions import SignedIn
from contracts.refusals import NotThere, Text
from services.badging import store
from services.badging.domain import issuer as issuers
from services.badging.domain.badges import Badge
from services.badging.domain.issuer import Issuer
from services.badging.representation import CREDENTIAL_TYPES, DID_TYPES, answer, chosen, described
from services.badging.views.my_badges import MyBadges, my_badge

HOUR = 3600
STATUS_SECONDS = 300
"""After this time (seconds) a revocation is seen everywhere."""

NO_BADGE = Text("There is no such badge.")
NO_LIST = Text("There is no such status list. A badge's credentialStatus names its lists.")

_LIST_NAME = re.compile(r"(revocation|suspension)-([1-9][0-9]{0,8})")


def router(who: Issuer, public_keys: Sequence[str]) -> Router:
    """The routes of the issuer `who`, whose keys are `public_keys`."""
    api = Router()
    did_document = orjson.dumps(issuers.did_document(who.did, public_keys))

    @api.get("/badges/{badge_id}.json", response_class=Response, responses=described(CREDENTIAL_TYPES))
    async def credential(request: Request, badge_id: str) -> Response:
        """The badge itself: an Open Badges 3.0 credential with its proof."""
        async with edge(request).reading() as tx:
            badge = await store.issued(tx, _uuid(badge_id))
        return answer(request, _credential(badge), chosen(request, CREDENTIAL_TYPES), HOUR)

    @api.get("/status/{name}", response_class=Response, responses=described(CREDENTIAL_TYPES))
    async def status_list(request: Request, name: str) -> Response:
        """A BitstringStatusListCredential: which badges are revoked, or suspended."""
        match = _LIST_NAME.fullmatch(name)
        if match is None:
            raise NotThere(NO_LIST)
        async with edge(request).reading() as tx:
            found = await store.published_list(tx, int(match[2]), match[1])
        if found is None:
            raise NotThere(NO_LIST)
        return answer(request, found, chosen(request, CREDENTIAL_TYPES), STATUS_SECONDS)

    @api.get("/.well-known/did.json", response_class=Response, responses=described(DID_TYPES))
    async def did(request: Request) -> Response:
        """The issuer's DID document with its keys."""
        return answer(request, did_document, chosen(request, DID_TYPES), HOUR)

    @api.get("/api/me/badges")
    async def my_badges(
        request: Request, me: SignedIn, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: AfterPlace = None
    ) -> MyBadges:
        """The signed-in person's badges, oldest first."""
        async with edge(request).reading() as tx:
            found = await store.of_person(tx, me.person_id, decode_place(after, store.BEFORE_ALL), limit + 1)
        shown = [my_badge(who, badge) for badge in found]
        return MyBadges.model_validate(listed(shown, limit, lambda last: encode_place(last.awarded_at, last.id)))

    return api


def _credential(badge: Badge | None) -> bytes:
    if badge is None or badge.credential is None:
        raise NotThere(NO_BADGE)
    return badge.credential


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotThere(NO_BADGE) from None
