"""Who is signed in. The token is signed by `intake` and checked here without a call to it. The roles come from this
service's own projection."""

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import jwt
from fastapi import Depends, Request
from pydantic import ValidationError

from chassis.database.pool import Clock, Database
from chassis.database.transaction import Tx
from chassis.http.refusals import SIGN_IN
from contracts.refusals import NotSignedIn, NotYours, Text
from contracts.session import ALGORITHM, COOKIE, ISSUER, SessionClaims

FIND_PRINCIPAL = "SELECT roles, erased, kind, language, time_zone, sessions_valid_from FROM people WHERE person_id = $1"


MOST_REMEMBERED = 10_000
REMEMBERED_SECONDS = 2.0
"""For how long a person's roles are kept in memory. A change that this process commits counts at once; one of another
replica counts after this time."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The person who sent a request, and their roles, language and time zone as this service knows them."""

    person_id: UUID
    roles: frozenset[str]
    language: str = ""
    time_zone: str = ""


class Tokens:
    """Checks session tokens against the public keys of a JWKS file (RFC 7517); several keys may be valid during a
    rotation."""

    def __init__(self, jwks_file: Path, clock: Clock) -> None:
        try:
            keys = jwt.PyJWKSet.from_json(jwks_file.read_text()).keys
        except FileNotFoundError:
            raise SystemExit(
                f"SESSION_JWKS_FILE: there is no file {jwks_file}; it holds the public keys of intake's session tokens"
            ) from None
        self._keys = {key.key_id: key for key in keys}
        self._clock = clock
        # A good signature stays good, and checking it costs more than the rest of a small request. Exceptions are not #
        # cached.
        self._checked = lru_cache(maxsize=4096)(self._check)

    def read(self, token: str) -> SessionClaims | None:
        """The token's claims; None if it is not a token of ours that is valid now."""
        try:
            found = self._checked(token)
        except (jwt.PyJWTError, KeyError, ValidationError):
            return None
        return found if found.exp > self._clock().timestamp() else None

    def _check(self, token: str) -> SessionClaims:
        """The claims of a token with a good signature. Their times are not checked here."""
        key = self._keys[jwt.get_unverified_header(token).get("kid")]
        claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], issuer=ISSUER, options={"verify_exp": False, "verify_iat": False}
        )
        return SessionClaims.model_validate(claims)


class Principals:
    """The people this service knows, cached for a moment: a person's requests often come close together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[UUID, tuple[float, asyncpg.Record]] = {}
        self._changes = 0
        database.after_commit.append(self._forget)

    async def find(self, person_id: UUID) -> asyncpg.Record | None:
        """The person's row. None for somebody this service has not heard of; that is not cached."""
        now = time.monotonic()
        seen = self._seen.get(person_id)
        if seen is not None and now - seen[0] < REMEMBERED_SECONDS:
            return seen[1]
        changes = self._changes
        row: asyncpg.Record | None = await self._database.pool.fetchrow(FIND_PRINCIPAL, person_id)
        if (
            row is not None and changes == self._changes
        ):  # otherwise it may be older than a change that was just committed
            if len(self._seen) >= MOST_REMEMBERED:
                self._seen.clear()
            self._seen[person_id] = (now, row)
        return row

    def _forget(self, tx: Tx) -> None:
        self._changes += bool(tx.changed_people)
        for person_id in tx.changed_people:
            self._seen.pop(person_id, None)


async def find_principal(request: Request) -> Principal | None:
    """Who sent this request. None without a token, or with one that is not valid any more."""
    token = _token(request)
    claims = None if token is None else request.app.state.tokens.read(token)
    if claims is None:
        return None
    row = await request.app.state.principals.find(claims.sub)
    if (
        row is None
        or row["erased"]
        or row["kind"] != "account"
        or datetime.fromtimestamp(claims.iat, UTC) < row["sessions_valid_from"]
    ):
        return None
    return Principal(claims.sub, frozenset(row["roles"]), row["language"], row["time_zone"])


async def signed_in(request: Request) -> Principal:
    """A dependency of routes: the person who sent the request. Raises NotSignedIn."""
    principal = await find_principal(request)
    if principal is None:
        raise NotSignedIn(SIGN_IN)
    return principal


def requires(*roles: str) -> Callable[[Principal], Coroutine[Any, Any, Principal]]:
    """A dependency of routes: the signed-in person, who must have one of these roles."""

    async def allowed(me: SignedIn) -> Principal:
        if not me.roles & set(roles):
            raise NotYours(
                Text("This needs the role %(roles)s; an administrator can give it to you.", roles=" or ".join(roles))
            )
        return me

    allowed.roles = roles  # type: ignore[attr-defined]  # for the API's description
    return allowed


SignedIn = Annotated[Principal, Depends(signed_in)]
Staff = Annotated[Principal, Depends(requires("staff", "admin"))]
Admin = Annotated[Principal, Depends(requires("admin"))]


def _token(request: Request) -> str | None:
    """The session's token. If there is an `Authorization` header, only that counts: the edge accepts such a request
    from any site, so its cookie must not be used."""
    given = request.headers.get("Authorization")
    if given is None:
        return request.cookies.get(COOKIE)
    scheme, _, value = given.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None
