"""The whole journey of an application over HTTP, for the seed, the demonstration, system tests and benchmarks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from devstack.world import Answer, Person, WalkFailed, World, file_form

__all__ = ["WRITTEN", "Answer", "Person", "Walk", "WalkFailed", "World", "whole_journey"]

CARD = "4242424242424242"
CURRICULUM_VITAE = b"Curriculum vitae\n\n2019-2026 coordinator of community engagement, Example College\n"
DEVELOPMENT = (
    b"Professional development\n\n2024 Partnerships in practice, two days\n2025 Reading circle on reciprocity\n"
)
FEEDBACK, LETTER, NOTE, COMMENT = "Clearly shown.", "Dear Robin, the panel thanks you.", "Seen.", "Well done."
WRITTEN = (FEEDBACK, LETTER, NOTE, COMMENT)
"""The texts that the panel of a walk writes."""


@dataclass
class Walk:
    """One application and its journey. `times`: the seconds of each step, in order. `institution`: the applicant's."""

    applicant: Person
    credential: str
    institution: str = "Example College"
    application_id: str = ""
    badge_url: str = ""
    times: dict[str, float] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The stack that it uses."""
        return self.applicant.world

    async def step(self, name: str, work: Awaitable[Any], said: Callable[[str, float], None] | None) -> None:
        """Do one step and note its time."""
        began = time.monotonic()
        await work
        self.times[name] = time.monotonic() - began
        if said is not None:
            said(name, self.times[name])

    async def application(self) -> dict[str, Any]:
        """The application as the applicant sees it."""
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
        """Begin the application, fill in the basic information, accept the agreement."""
        me = self.applicant
        begun = await me.do(
            "POST",
            "intake",
            "/api/applications",
            json={"credential": self.credential},
            headers={"Idempotency-Key": str(uuid4())},
        )
        self.application_id = begun["application_id"]
        place = f"/api/applications/{self.application_id}"
        about = {
            "name": "Robin Example",
            "institution": self.institution,
            "position": "Coordinator",
            "time_zone": "America/New_York",
        }
        await me.do("PUT", "intake", f"{place}/basic-information", json=about)
        await me.do(
            "PUT", "intake", f"{place}/agreement", json={"accepted": True, "version": begun["agreement"]["version"]}
        )

    async def pay(self, card: str = CARD) -> None:
        """Pay the fee on the sandbox's checkout page, and wait until the application is open."""
        await self.applicant.found("payments", f"/api/payments/{self.application_id}")
        url = (await self.applicant.do("POST", "payments", f"/api/payments/{self.application_id}/checkout"))["url"]
        session = url.rpartition("/")[2].partition("?")[0].partition("#")[0]
        await self.world.request("POST", "stripe", f"/sandbox/sessions/{session}/pay", json={"card": card}, ok=True)
        await self.until_state("open")

    async def assess(self, low: int = 2) -> dict[str, Any]:
        """Do the self-assessment: 2 for the first `low` items, 4 for the others. Returns the gaps and resources."""
        definition = await self.applicant.do("GET", "intake", f"/api/credentials/{self.credential}")
        items = [item["key"] for group in definition["groups"] for item in group["items"]]
        ratings = {item: 2 if n < low else 4 for n, item in enumerate(items)}
        found: dict[str, Any] = await self.applicant.do(
            "PUT", "intake", f"/api/applications/{self.application_id}/self-assessment", json={"ratings": ratings}
        )
        return found

    async def hand_in(self) -> None:
        """Choose the video path and hand in all materials."""
        place = f"/api/applications/{self.application_id}"
        await self.applicant.do("PUT", "intake", f"{place}/path", json={"path": "video", "answer": "early-career"})
        for requirement, content in (("cv", CURRICULUM_VITAE), ("professional-development", DEVELOPMENT)):
            form = partial(file_form, f"{requirement}.txt", content)
            await self.applicant.do("PUT", "intake", f"{place}/materials/{requirement}", form=form)
        video = {"url": "https://video.example.org/watch/1", "minutes": 17}
        await self.applicant.do("PUT", "intake", f"{place}/materials/presentation", json=video)
        for requirement, text in (
            ("essay", "I am committed to reciprocity. " * 20),
            ("action-plan", "Next term I will meet our partners monthly."),
        ):
            await self.applicant.do("PUT", "intake", f"{place}/materials/{requirement}", json={"text": text})

    async def submit(self) -> None:
        """Submit the application."""
        await self.applicant.do("POST", "intake", f"/api/applications/{self.application_id}/submission")

    async def judge(self, chair: Person, outcome: str = "awarded", levels: Mapping[str, str] | None = None) -> None:
        """All of the panel declare. The reviewers score every item as demonstrated, except those in `levels`. The chair
        decides."""

        async def panel_is_full() -> Any:
            answer = await self.world.request(
                "GET", "review", f"/api/review/cases/{self.application_id}", token=chair.token
            )
            return answer.body if answer.status == 200 and answer.body["state"] != "assigning" else None

        case = await self.world.until("the panel", panel_is_full)
        place = f"/api/review/cases/{case['case_id']}"
        seats = [seat for seat in case["panel"] if seat["state"] != "conflicted"]
        reviewers = [self.world.people[seat["person_id"]] for seat in seats if seat["role"] == "reviewer"]
        (presiding,) = [self.world.people[seat["person_id"]] for seat in seats if seat["role"] == "chair"]
        await asyncio.gather(*(self._score(reviewer, place, levels or {}) for reviewer in reviewers))
        await presiding.do("POST", "review", f"{place}/declaration", json={"conflict": False})
        items = [item["key"] for item in case["rubric"]["items"]]
        decision = {
            "outcome": outcome,
            "feedback": dict.fromkeys(items[:3], FEEDBACK),
            "letter": LETTER,
        }
        await presiding.do("POST", "review", f"{place}/decision", json=decision)

    async def _score(self, reviewer: Person, place: str, levels: Mapping[str, str]) -> None:
        await reviewer.do("POST", "review", f"{place}/declaration", json={"conflict": False})
        case = await reviewer.do("GET", "review", place)
        for material in case["materials"]:
            await reviewer.do("GET", "review", material["url"])
        asked = [item["key"] for item in case["rubric"]["items"] if not item["carried_forward"]]
        items = {item: {"level": levels.get(item, "demonstrated"), "note": NOTE} for item in asked}
        await reviewer.do("PUT", "review", f"{place}/scores", json={"items": items, "comment": COMMENT})
        await reviewer.do("POST", "review", f"{place}/scores/submission")

    async def receive(self) -> dict[str, Any]:
        """Wait for the badge and fetch its JSON."""

        async def badge() -> Any:
            found = await self.application()
            return found.get("badge_url") if found["state"] == "awarded" else None

        self.badge_url = await self.world.until("the badge", badge)
        path = urlsplit(self.badge_url).path
        found: dict[str, Any] = (await self.world.request("GET", "badging", f"{path}.json", ok=True)).body
        return found

    async def told(self) -> None:
        """Wait for the mail about the badge."""

        async def mail() -> bool:
            return any(
                "badge" in message["Subject"].lower() for message in await self.world.mails(self.applicant.email)
            )

        await self.world.until(f"the mail about the badge to {self.applicant.email}", mail)


async def whole_journey(
    world: World,
    chair: Person,
    email: str,
    credential: str,
    said: Callable[[str, float], None] | None = None,
    begun: Callable[[Walk], None] | None = None,
) -> Walk:
    """One application from the sign-in to the mail about its badge. `said` is called with each step's name and seconds,
    `begun` with the applicant."""
    began = time.monotonic()
    applicant = await world.sign_in(email, "Robin Example")
    walk = Walk(applicant, credential)
    if begun is not None:
        begun(walk)
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
