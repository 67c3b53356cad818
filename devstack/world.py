"""A running stack as clients use it over HTTP: addresses, requests, and people who sign in by a mailed link.

Nothing here knows the inside of a service. Effects that come over Kafka are polled for.
"""

import asyncio
import io
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from uuid import uuid4

import aiohttp

from devstack import compose
from devstack.addresses import read_addresses
from devstack.hold import at_work
from devstack.mailbox.search import spellings
from devstack.paths import state_folder

PATIENCE = 30.0
ANY_STRIPE_KEY = "sk_test_any"
"""The sandbox accepts every key that begins like a test key."""

POLL_SECONDS, LONGEST_PAUSE = 0.05, 0.5
_TOKEN = re.compile(r"token=([A-Za-z0-9._~-]+)")


class WalkFailed(Exception):
    """A step failed. The message names the request and its answer."""


@dataclass(frozen=True)
class Answer:
    """A response: status, headers, and the body as JSON, or as bytes if it is not JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


class World:
    """The addresses of a running stack, and one pool of connections.

    `patience`: the seconds to wait for an effect. `persistence`: for how many seconds a request is repeated if a
    service dies (no answer, or 5xx), a POST with the same Idempotency-Key; 0: never. `repeated` counts these
    repetitions.
    """

    def __init__(self, addresses: Mapping[str, str], patience: float = PATIENCE, persistence: float = 0.0) -> None:
        self.addresses = addresses
        self.patience = patience
        self.persistence = persistence
        self.repeated = 0
        self.people: dict[str, Person] = {}
        self._usual: dict[str, float] = {}
        self._newest = ""

    @classmethod
    def of_this_checkout(cls, environ: Mapping[str, str]) -> "World":
        """The stack that `make up` started here, else that of `docker compose up`. Raises WalkFailed if there is none,
        and StateDamaged."""
        state = state_folder(environ)
        if found := read_addresses(state) or compose.addresses(environ):
            return cls(found)
        raise WalkFailed(
            at_work(state) or "The stack is down. `make up` starts it. In containers: `docker compose up --wait`."
        )

    async def __aenter__(self) -> "World":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64), timeout=aiohttp.ClientTimeout(total=30)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def request(
        self, method: str, service: str, path: str, *, token: str = "", ok: bool = False, **options: Any
    ) -> Answer:
        """One request to a service; with `ok`, raises WalkFailed for any status but 2xx. `form` makes the body of a
        multipart request."""
        headers = dict(options.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if self.persistence and method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid4()))
        form: Callable[[], aiohttp.FormData] | None = options.pop("form", None)
        end, pause = time.monotonic() + self.persistence, 0.05
        while True:
            if form is not None:
                options["data"] = form()
            try:
                found = await self._answer(
                    method, self.addresses[service] + path, headers=headers, allow_redirects=False, **options
                )
            except (aiohttp.ClientError, TimeoutError) as error:
                if time.monotonic() >= end:
                    raise WalkFailed(f"{method} {service}{path} was not answered: {error!r}") from error
            else:
                if found.status < 500 or time.monotonic() >= end:
                    break
            self.repeated += 1
            await asyncio.sleep(pause)
            pause = min(0.5, pause * 2)
        if ok and found.status // 100 != 2:
            raise WalkFailed(f"{method} {service}{path} answered {found.status}: {found.body!r}")
        return found

    async def _answer(self, method: str, url: str, **options: Any) -> Answer:
        async with self._session.request(method, url, **options) as response:
            raw = await response.read()
            body = json.loads(raw) if raw and "json" in response.content_type else raw
            self._newest = f"{method} {url} answered {response.status}: {raw[:500].decode(errors='replace')}"
            return Answer(response.status, response.headers, body)

    async def until(self, what: str, look: Callable[[], Awaitable[Any]]) -> Any:
        """Call `look` until it returns something. Raises WalkFailed when patience ends.

        The first call comes after the time that the same wait took lately, because effects over Kafka take a moment. So
        polling costs a busy stack little.
        """
        kind = look.__qualname__
        began = time.monotonic()
        pause = POLL_SECONDS
        await asyncio.sleep(self._usual.get(kind, 0.0))
        while True:
            found = await look()
            took = time.monotonic() - began
            if found:
                self._usual[kind] = min(LONGEST_PAUSE, 0.7 * self._usual.get(kind, 0.0) + 0.2 * took)
                return found
            if took > self.patience:
                raise WalkFailed(
                    f"{what} did not come within {self.patience:.0f} s; {self._newest or 'nothing was asked'}"
                )
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def sign_in(self, email: str, name: str = "") -> "Person":
        """Sign somebody in by a mailed link."""
        known = {message["ID"] for message in await self.mails(email)}
        await self.request(
            "POST", "intake", "/api/sign-in", json={"email": email} | ({"name": name} if name else {}), ok=True
        )

        async def token_mailed() -> str | None:
            for message in await self.mails(email):
                if message["ID"] not in known:
                    text = await self.request("GET", "mailbox", f"/api/v1/message/{message['ID']}", ok=True)
                    if found := _TOKEN.search(text.body["Text"]):
                        return found.group(1)
                    known.add(message["ID"])
            return None

        token = await self.until(f"the sign-in mail to {email}", token_mailed)
        session = (await self.request("POST", "intake", "/api/sessions", json={"token": token}, ok=True)).body
        person = Person(
            self, session["person"]["person_id"], email, session["access_token"], tuple(session["person"]["roles"])
        )
        self.people[person.person_id] = person
        return person

    async def mails(self, email: str) -> list[dict[str, Any]]:
        """The mails to an address, newest first."""
        found = await self.request(
            "GET", "mailbox", "/api/v1/search", params={"query": f"to:{spellings(email)[-1]}", "limit": "50"}, ok=True
        )
        return list(found.body["messages"])

    async def charges(self, application_id: str = "") -> list[dict[str, Any]]:
        """The paid charges at the Stripe sandbox, of one application or all."""
        found: list[dict[str, Any]] = []
        filters = {"limit": "100"} | ({"metadata[application_id]": application_id} if application_id else {})
        while True:
            last = {"starting_after": found[-1]["id"]} if found else {}
            page = (
                await self.request("GET", "stripe", "/v1/charges", token=ANY_STRIPE_KEY, params=filters | last, ok=True)
            ).body
            found += page["data"]
            if not page["has_more"]:
                return [charge for charge in found if charge["paid"]]


@dataclass(frozen=True)
class Person:
    """Somebody signed in."""

    world: World
    person_id: str
    email: str
    token: str
    roles: tuple[str, ...]

    async def do(self, method: str, service: str, path: str, **options: Any) -> Any:
        """Send a request as this person; it must succeed. Returns the body of the answer."""
        return (await self.world.request(method, service, path, token=self.token, ok=True, **options)).body

    async def found(self, service: str, path: str) -> Any:
        """Poll until the service has heard of the thing (404 before) and of the person (401 before)."""

        async def look() -> Any:
            answer = await self.world.request("GET", service, path, token=self.token)
            if answer.status in (401, 404):
                return None
            if answer.status != 200:
                raise WalkFailed(f"GET {service}{path} answered {answer.status}: {answer.body!r}")
            return answer.body

        return await self.world.until(f"{service}{path}", look)


def file_form(filename: str, content: bytes, media_type: str = "text/plain") -> aiohttp.FormData:
    """A multipart body with one file."""
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename=filename, content_type=media_type)
    return form
