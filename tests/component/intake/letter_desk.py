"""An intake whose credential asks for letters, and what tests do with them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts.events.links import LinkIssued
from contracts.events.notify import MailFailed
from contracts.events.people import PersonErased
from tests.component.conftest import StartService
from tests.component.intake.walker import Applicant, Walker

PROGRAM_OF_LETTERS = Path(__file__).parent / "program_of_letters"
WORDS = "They felt wool very well."
SETTLE, REMIND = "settle-letters", "remind-referees"


@dataclass(frozen=True)
class Desk:
    """An open application of Ada, and the letters that she asks for."""

    intake: Walker
    ada: Applicant
    path: str

    @property
    def requests(self) -> str:
        return f"{self.path}/letter-requests"

    async def ask(
        self,
        email: str = "bo@partner.example",
        name: str = "Bo Berg",
        requirement: str = "reference",
        status: int = 201,
    ) -> Any:
        """Ask somebody."""
        body = {"requirement": requirement, "referee_name": name, "referee_email": email}
        found = await self.intake.call(self.ada, "POST", self.requests, status, json=body)
        self.intake.one.clock.move(seconds=1)  # so that the list has an order
        return found

    async def asked(self, email: str = "bo@partner.example", requirement: str = "reference") -> tuple[str, str]:
        """The request's id, and the token in its mail."""
        found = await self.ask(email, requirement=requirement)
        return found["request_id"], await self.intake.last_token()

    async def last_mail(self) -> UUID:
        """The id of the event that asked for the last mail to a referee."""
        said = [one for one in await self.intake.one.said() if isinstance(one.event, LinkIssued)]
        return next(one.id for one in reversed(said) if getattr(one.event, "purpose", "") == "letter")

    async def failed(self, mail_id: UUID, reason: str = "refused") -> MailFailed:
        """What `notify` says when it gives this mail up."""
        said = {one.id: one.event for one in await self.intake.one.said()}
        link = said[mail_id]
        assert isinstance(link, LinkIssued)
        return MailFailed(
            event_id=mail_id,
            template="letter",
            person_id=link.person_id,
            application_id=link.application_id,
            reason=reason,
        )

    async def comes_back(self, reason: str = "refused") -> None:
        """The last mail to a referee could not be delivered."""
        await self.intake.one.deliver(await self.failed(await self.last_mail(), reason))

    async def stays_signed_in(self) -> None:
        """Ada signs in anew: sessions are shorter than links."""
        self.ada.headers.update((await self.intake.sign_in("ada@example.org")).headers)

    async def links(self) -> list[LinkIssued]:
        """The mails to referees that were asked for so far."""
        return [
            one
            for one in await self.intake.one.events(LinkIssued)
            if isinstance(one, LinkIssued) and one.purpose == "letter"
        ]

    async def hand_in(self, token: str, status: int = 200, text: str = WORDS) -> Any:
        """The referee sends a text."""
        return await self.intake.call(None, "PUT", f"/api/letters/{token}", status, json={"text": text})

    async def told(self) -> list[dict[str, Any]]:
        """What the applicant sees of the requests."""
        found: list[dict[str, Any]] = (await self.intake.call(self.ada, "GET", self.requests, 200))["items"]
        return found

    async def states(self) -> list[str]:
        return [one["state"] for one in await self.told()]

    async def erased(self) -> set[UUID]:
        """Whom intake said to forget."""
        return {one.person_id for one in await self.intake.one.events(PersonErased) if isinstance(one, PersonErased)}

    async def run(self, *jobs: str) -> None:
        for job in jobs:
            await self.intake.one.run_job(job)

    async def timeline(self) -> list[str]:
        """What happened to the letters, as the application tells it."""
        found = await self.intake.call(self.ada, "GET", self.path, 200)
        return [moment["what"] for moment in found["timeline"] if moment["what"].startswith("letter")]

    async def complete(self) -> None:
        """Everything but the letter."""
        await self.intake.call(self.ada, "PUT", f"{self.path}/materials/essay", 200, json={"text": "Wool felts."})


async def open_desk(service: StartService, credential: str = "felting", **settings: Any) -> Desk:
    """Ada, before an application that is open."""
    wide = {"sign_in_per_address": "10000 per minute", "sign_in_per_client": "10000 per minute"}
    rates = {"letters_per_asker": "10000 per minute", "letters_per_referee": "10000 per minute"}
    program = {"program_dir": PROGRAM_OF_LETTERS}
    one = await service("intake", **(program | wide | rates | settings))
    intake = Walker(one)
    ada = await intake.sign_in("ada@example.org")
    return Desk(intake, ada, await intake.open(ada, credential))
