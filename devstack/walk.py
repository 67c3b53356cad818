"""The way of an application over HTTP, as independent clients go it (API.md): used by the seed, the demonstration, system tests, benchmarks.

Nothing here knows a service from the inside; what must first be heard of by Kafka is polled for.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

import aiohttp

from devstack.paths import state_folder

PATIENCE = 30.0
POLL_SECONDS = 0.02
CARD = "4242424242424242"
_TOKEN = re.compile(r"token=([A-Za-z0-9._~-]+)")

CURRICULUM_VITAE = b"Curriculum vitae\n\n2019-2026 coordinator of community engagement, Example College\n"
DEVELOPMENT = b"Professional development\n\n2024 Partnerships in practice, two days\n2025 Reading circle on reciprocity\n"


class WalkFailed(Exception):
    """A step did not go as it should; the message says which request, and what was answered."""


@dataclass(frozen=True)
class Answer:
    """A response: status, headers, and the body as JSON or, where it is none, as bytes."""

    status: int
    headers: Mapping[str, str]
    body: Any


class World:
    """The addresses of a running stack, and one pool of connections."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self.addresses = addresses
        self.people: dict[str, Person] = {}

    @classmethod
    def of_this_checkout(cls, environ: Mapping[str, str]) -> "World":
        """The stack that `make up` started here. Raises WalkFailed when there is none."""
        file = state_folder(environ) / "addresses.json"
        try:
            return cls(json.loads(Path(file).read_text()))
        except FileNotFoundError:
            raise WalkFailed("The stack is down. `make up` starts it.") from None

    async def __aenter__(self) -> "World":
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64), timeout=aiohttp.ClientTimeout(total=30))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._session.close()

    async def request(self, method: str, service: str, path: str, *, token: str = "", ok: bool = False, **options: Any) -> Answer:
        """One request to a service; with `ok`, raises WalkFailed for any status but 2xx."""
        headers = dict(options.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self._session.request(method, self.addresses[service] + path, headers=headers, allow_redirects=False, **options) as response:
            raw = await response.read()
            body = json.loads(raw) if raw and "json" in response.content_type else raw
            found = Answer(response.status, response.headers, body)
        if ok and found.status // 100 != 2:
            raise WalkFailed(f"{method} {service}{path} answered {found.status}: {found.body!r}")
        return found

    async def until(self, what: str, look: Callable[[], Awaitable[Any]], patience: float = PATIENCE) -> Any:
        """Poll until `look` gives something; raises WalkFailed after `patience` seconds."""
        end, pause = time.monotonic() + patience, POLL_SECONDS
        while True:
            found = await look()
            if found:
                return found
            if time.monotonic() > end:
                raise WalkFailed(f"{what} did not come within {patience:.0f} s")
            await asyncio.sleep(pause)
            pause = min(0.25, pause * 1.3)

    async def sign_in(self, email: str, name: str = "") -> "Person":
        """Sign somebody in by the mailed link, as everybody does."""
        known = {message["ID"] for message in await self.mails(email)}
        await self.request("POST", "intake", "/api/sign-in", json={"email": email} | ({"name": name} if name else {}), ok=True)

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
        person = Person(self, session["person"]["person_id"], email, session["access_token"], tuple(session["person"]["roles"]))
        self.people[person.person_id] = person
        return person

    async def mails(self, email: str) -> list[dict[str, Any]]:
        """The mails to an address, newest first."""
        found = await self.request("GET", "mailbox", "/api/v1/search", params={"query": f"to:{email}", "limit": "50"}, ok=True)
        return list(found.body["messages"])


@dataclass(frozen=True)
class Person:
    """Somebody signed in."""

    world: World
    person_id: str
    email: str
    token: str
    roles: tuple[str, ...]

    async def do(self, method: str, service: str, path: str, **options: Any) -> Any:
        """A request of this person that must succeed; the body of the answer."""
        return (await self.world.request(method, service, path, token=self.token, ok=True, **options)).body

    async def found(self, service: str, path: str) -> Any:
        """Poll for what must first be heard of there (404 until then; 401 until the service has heard of the person)."""

        async def look() -> Any:
            answer = await self.world.request("GET", service, path, token=self.token)
            if answer.status in (401, 404):
                return None
            if answer.status != 200:
                raise WalkFailed(f"GET {service}{path} answered {answer.status}: {answer.body!r}")
            return answer.body

        return await self.world.until(f"{service}{path}", look)


@dataclass
class Walk:
    """One application on its way. `times`: seconds that each step took, in order."""

    applicant: Person
    credential: str
    application_id: str = ""
    badge_url: str = ""
    times: dict[str, float] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """Where it happens."""
        return self.applicant.world

    async def step(self, name: str, work: Awaitable[Any], said: Callable[[str, float], None] | None) -> None:
        """Do one step and note how long it took."""
        began = time.monotonic()
        await work
        self.times[name] = time.monotonic() - began
        if said is not None:
            said(name, self.times[name])

    async def application(self) -> dict[str, Any]:
        """The application as its applicant sees it."""
        found: dict[str, Any] = await self.applicant.do("GET", "intake", f"/api/applications/{self.application_id}")
        return found

    async def until_state(self, *states: str) -> dict[str, Any]:
        """Poll until the application is in one of these states."""

        async def look() -> dict[str, Any] | None:
            found = await self.application()
            return found if found["state"] in states else None

        found: dict[str, Any] = await self.world.until(f"state {' or '.join(states)}", look)
        return found

    async def start(self) -> None:
        """Begin the application, say who one is, accept the agreement."""
        me = self.applicant
        begun = await me.do("POST", "intake", "/api/applications", json={"credential": self.credential}, headers={"Idempotency-Key": str(uuid4())})
        self.application_id = begun["application_id"]
        place = f"/api/applications/{self.application_id}"
        about = {"name": "Robin Example", "institution": "Example College", "position": "Coordinator", "time_zone": "America/New_York"}
        await me.do("PUT", "intake", f"{place}/basic-information", json=about)
        await me.do("PUT", "intake", f"{place}/agreement", json={"accepted": True, "version": begun["agreement"]["version"]})

    async def pay(self, card: str = CARD) -> None:
        """Pay the fee on the sandbox's checkout page, and wait until the application is open."""
        await self.applicant.found("payments", f"/api/payments/{self.application_id}")
        url = (await self.applicant.do("POST", "payments", f"/api/payments/{self.application_id}/checkout"))["url"]
        session = url.rpartition("/")[2].partition("?")[0].partition("#")[0]
        await self.world.request("POST", "stripe", f"/sandbox/sessions/{session}/pay", json={"card": card}, ok=True)
        await self.until_state("open")

    async def assess(self, low: int = 2) -> dict[str, Any]:
        """Rate oneself: the first `low` items 2, the others 4. Returns the gaps and resources."""
        definition = await self.applicant.do("GET", "intake", f"/api/credentials/{self.credential}")
        items = [item["key"] for group in definition["groups"] for item in group["items"]]
        ratings = {item: 2 if n < low else 4 for n, item in enumerate(items)}
        found: dict[str, Any] = await self.applicant.do(
            "PUT", "intake", f"/api/applications/{self.application_id}/self-assessment", json={"ratings": ratings}
        )
        return found

    async def hand_in(self) -> None:
        """Choose the video path and hand in everything."""
        place = f"/api/applications/{self.application_id}"
        await self.applicant.do("PUT", "intake", f"{place}/path", json={"path": "video", "answer": "early-career"})
        for requirement, content in (("cv", CURRICULUM_VITAE), ("professional-development", DEVELOPMENT)):
            form = aiohttp.FormData()
            form.add_field("file", content, filename=f"{requirement}.txt", content_type="text/plain")
            await self.applicant.do("PUT", "intake", f"{place}/materials/{requirement}", data=form)
        video = {"url": "https://video.example.org/watch/1", "minutes": 17}
        await self.applicant.do("PUT", "intake", f"{place}/materials/presentation", json=video)
        for requirement, text in (("essay", "I am committed to reciprocity. " * 20), ("action-plan", "Next term I will meet our partners monthly.")):
            await self.applicant.do("PUT", "intake", f"{place}/materials/{requirement}", json={"text": text})

    async def submit(self) -> None:
        """Submit."""
        await self.applicant.do("POST", "intake", f"/api/applications/{self.application_id}/submission")

    async def judge(self, chair: Person, outcome: str = "awarded", level: str = "demonstrated") -> None:
        """Everybody of the panel declares; the reviewers score every item with `level`; the chair decides."""

        async def panel_is_full() -> Any:
            answer = await self.world.request("GET", "review", f"/api/review/cases/{self.application_id}", token=chair.token)
            return answer.body if answer.status == 200 and answer.body["state"] != "assigning" else None

        case = await self.world.until("the panel", panel_is_full)
        place = f"/api/review/cases/{case['case_id']}"
        seats = [seat for seat in case["panel"] if seat["state"] != "conflicted"]
        reviewers = [self.world.people[seat["person_id"]] for seat in seats if seat["role"] == "reviewer"]
        (presiding,) = [self.world.people[seat["person_id"]] for seat in seats if seat["role"] == "chair"]
        await asyncio.gather(*(self._score(reviewer, place, level) for reviewer in reviewers))
        await presiding.do("POST", "review", f"{place}/declaration", json={"conflict": False})
        items = [item["key"] for item in case["rubric"]["items"]]
        decision = {"outcome": outcome, "feedback": dict.fromkeys(items[:3], "Clearly shown."), "letter": "Dear Robin, the panel thanks you."}
        await presiding.do("POST", "review", f"{place}/decision", json=decision)

    async def _score(self, reviewer: Person, place: str, level: str) -> None:
        await reviewer.do("POST", "review", f"{place}/declaration", json={"conflict": False})
        case = await reviewer.do("GET", "review", place)
        for material in case["materials"]:
            await reviewer.do("GET", "review", material["url"])
        items = {item["key"]: {"level": level, "note": "Seen."} for item in case["rubric"]["items"] if not item["carried_forward"]}
        await reviewer.do("PUT", "review", f"{place}/scores", json={"items": items, "comment": "Well done."})
        await reviewer.do("POST", "review", f"{place}/scores/submission")

    async def receive(self) -> dict[str, Any]:
        """Wait for the badge and fetch its JSON."""

        async def badge() -> Any:
            found = await self.application()
            return found.get("badge_url") if found["state"] == "awarded" else None

        self.badge_url = await self.world.until("the badge", badge)
        path = self.badge_url.partition(self.world.addresses["badging"])[2] or "/badges/" + self.badge_url.rpartition("/")[2]
        found: dict[str, Any] = (await self.world.request("GET", "badging", f"{path}.json", ok=True)).body
        return found

    async def told(self) -> None:
        """Wait for the mail that says so."""

        async def mail() -> bool:
            return any("badge" in message["Subject"].lower() for message in await self.world.mails(self.applicant.email))

        await self.world.until(f"the mail about the badge to {self.applicant.email}", mail)


async def whole_journey(world: World, chair: Person, email: str, credential: str, said: Callable[[str, float], None] | None = None) -> Walk:
    """One application from the sign-in to the mail about its badge; `said` hears each step's name and seconds."""
    began = time.monotonic()
    applicant = await world.sign_in(email, "Robin Example")
    walk = Walk(applicant, credential)
    walk.times["sign in by the mailed link"] = time.monotonic() - began
    if said is not None:
        said("sign in by the mailed link", walk.times["sign in by the mailed link"])
    await walk.step("start, basic information, agreement", walk.start(), said)
    await walk.step("pay 60 dollars on the checkout page", walk.pay(), said)
    await walk.step("self-assessment: gaps and resources", walk.assess(), said)
    await walk.step("hand in texts, files and a video link", walk.hand_in(), said)
    await walk.step("submit", walk.submit(), said)
    await walk.step("two reviewers declare and score, the chair decides", walk.judge(chair), said)
    await walk.step("the badge is issued and signed", walk.receive(), said)
    await walk.step("an e-mail says so", walk.told(), said)
    return walk
