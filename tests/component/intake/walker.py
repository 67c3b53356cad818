"""A user of intake as people and other services are: over HTTP, by mailed links, by events."""

import os
import time
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from nacl.public import PrivateKey, SealedBox

from chassis.objects import ObjectStore
from contracts.claims import Money, ObjectClaim
from contracts.events.links import LinkIssued
from contracts.events.payments import FeePaid
from contracts.events.review import CaseDecided, CaseOpened, ItemResult
from tests.one_service import OneService

PDF = b"%PDF-1.7\nA curriculum."
TOO_LARGE = PDF + bytes(range(256)) * 9000
"""Larger than the 2,000,000 bytes that a CV may have."""
BASIC = {"name": "Ada", "institution": "Analytical College", "position": "Weaver"}
USD = Money(amount_minor=6000)


@dataclass(frozen=True)
class Applicant:
    """Somebody who is signed in."""

    person_id: UUID
    email: str
    headers: dict[str, str]


@dataclass
class Walker:
    """One intake and the ways through it."""

    one: OneService

    @property
    def client(self) -> httpx.AsyncClient:
        return self.one.client

    def open_link(self, link: LinkIssued) -> str:
        """The token of a mailed link, opened with the key that only the mailer has."""
        box = SealedBox(PrivateKey(b64decode((self.one.keys.folder / "seal.private").read_text())))
        return box.decrypt(b64decode(link.sealed)).decode()

    async def ask_for_link(self, email: str) -> str:
        """A fresh token for this address."""
        response = await self.client.post("/api/sign-in", json={"email": email})
        assert response.status_code == 202, response.text
        return await self.last_token()

    async def last_token(self) -> str:
        """The token in the mail that was sent last."""
        link = (await self.one.events(LinkIssued))[-1]
        assert isinstance(link, LinkIssued)
        return self.open_link(link)

    async def sign_in(self, email: str | None = None) -> Applicant:
        email = email or f"{uuid4()}@example.org"
        response = await self.client.post("/api/sessions", json={"token": await self.ask_for_link(email)})
        assert response.status_code == 201, response.text
        self.client.cookies.clear()
        body = response.json()
        return Applicant(UUID(body["person"]["person_id"]), email, {"Authorization": f"Bearer {body['access_token']}"})

    async def call(self, who: Applicant | None, method: str, path: str, status: int, **request: Any) -> Any:
        """Send a request and demand its status; the JSON of the answer, if there is any."""
        headers = {**(who.headers if who else {}), **request.pop("headers", {})}
        response = await self.client.request(method, path, headers=headers, **request)
        assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    async def start(self, who: Applicant, credential: str = "weaving") -> str:
        body = await self.call(who, "POST", "/api/applications", 201, json={"credential": credential})
        return f"/api/applications/{body['application_id']}"

    async def apply(self, who: Applicant, credential: str = "weaving") -> str:
        """An application whose fee is due."""
        path = await self.start(who, credential)
        await self.call(who, "PUT", f"{path}/basic-information", 200, json=BASIC)
        await self.call(who, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
        return path

    async def pay(self, who: Applicant, path: str) -> None:
        await self.one.deliver(FeePaid(application_id=id_of(path), person_id=who.person_id, amount=USD))

    async def open(self, who: Applicant, credential: str = "weaving") -> str:
        """An application whose fee is paid."""
        path = await self.apply(who, credential)
        await self.pay(who, path)
        return path

    async def complete(self, who: Applicant) -> str:
        """An application with everything handed in, on the spoken path."""
        path = await self.open(who)
        await self.call(who, "PUT", f"{path}/self-assessment", 200, json={"ratings": {"warp": 1, "weft": 4}})
        await self.call(who, "PUT", f"{path}/path", 200, json={"path": "spoken"})
        await self.call(who, "PUT", f"{path}/materials/cv", 200, files={"file": ("cv.pdf", PDF)})
        await self.call(
            who, "PUT", f"{path}/materials/talk", 200, json={"url": "https://video.example.org/1", "minutes": 17}
        )
        await self.call(who, "PUT", f"{path}/materials/essay", 200, json={"text": "Threads cross."})
        return path

    async def submit(self, who: Applicant) -> str:
        path = await self.complete(who)
        await self.call(who, "POST", f"{path}/submission", 200)
        return path

    def objects(self, who: Applicant) -> list[Path]:
        """Every object about somebody that intake has put."""
        return sorted((self.one.keys.folder / "objects" / "intake" / str(who.person_id)).glob("*"))

    async def sweep(self, who: Applicant, *, hours: int = 25) -> None:
        """Run the sweep as if the objects of somebody had been stored this number of hours ago."""
        for file in self.objects(who):
            at = time.time() - hours * 3600
            os.utime(file, (at, at))
        await self.one.run_job("sweep-objects")

    async def written_by_review(self, person_id: UUID, data: bytes, media_type: str = "text/plain") -> ObjectClaim:
        """An object of `review` about somebody, in the store that intake reads."""
        store = ObjectStore.open("review", f"file://{self.one.keys.folder}/objects")
        return await store.put(person_id, data, media_type)

    def opened(self, who: Applicant, path: str) -> CaseOpened:
        return CaseOpened(
            case_id=uuid4(),
            application_id=id_of(path),
            person_id=who.person_id,
            submission_number="S-1",
            credential="weaving",
            credential_version=1,
        )

    async def decided(self, who: Applicant, path: str, outcome: str = "not_yet") -> CaseDecided:
        """A decision: warp demonstrated, weft as the outcome says."""
        passed = outcome == "awarded"
        return CaseDecided.model_validate(
            {
                "case_id": uuid4(),
                "application_id": id_of(path),
                "decision_id": uuid4(),
                "person_id": who.person_id,
                "credential": "weaving",
                "credential_version": 1,
                "outcome": outcome,
                "items": (
                    ItemResult(item="warp", level="shown", demonstrated=True),
                    ItemResult(item="weft", level="shown" if passed else "not-yet", demonstrated=passed),
                ),
                "letter": await self.written_by_review(who.person_id, b"Dear Ada"),
                "feedback": await self.written_by_review(who.person_id, b'{"weft": "More weft."}', "application/json"),
            }
        )


def id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def rfc3339(moment: datetime) -> str:
    """A time as the API gives it."""
    return moment.isoformat().replace("+00:00", "Z")
