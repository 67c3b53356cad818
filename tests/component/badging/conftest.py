"""`badging`: the service around a fresh database, and what its tests do with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.envelope import Envelope
from contracts.events.badging import BadgeIssued
from contracts.events.review import CaseDecided
from services.badging.usecases import PUBLISH_LISTS, SIGN_BADGES
from tests.component.conftest import StartService
from tests.one_service import OneService
from tests.unit.badging import sample

PUBLIC_URL = "https://badges.example.org"


@dataclass
class Badging:
    """The service under test."""

    service: OneService

    @property
    def key(self) -> Ed25519PublicKey:
        """The issuer's public key."""
        return Ed25519PublicKey.from_public_bytes((self.service.keys.folder / "issuer.pub").read_bytes())

    async def know(self, **changes: Any) -> UUID:
        """Publish the sample credential and describe a person."""
        await self.service.deliver(sample.published(**changes))
        return await self.service.add_person()

    def decision(
        self, person_id: UUID, *, time: datetime | None = None, id: UUID | None = None, **changes: Any
    ) -> Envelope[Any]:
        """An awarding decision about a person: a new one, unless told otherwise."""
        fields = {"decision_id": uuid4(), "application_id": uuid4(), "case_id": uuid4(), "person_id": person_id}
        event: CaseDecided = sample.decided(**(fields | changes))
        return self.service.envelope(event, time=time, id=id)

    async def sign(self) -> None:
        await self.service.run_job(SIGN_BADGES)

    async def publish(self) -> None:
        await self.service.run_job(PUBLISH_LISTS)

    async def issue(self, person_id: UUID, **changes: Any) -> BadgeIssued:
        """A decision heard, its badge signed; what was said of it."""
        await self.service.deliver(self.decision(person_id, **changes))
        await self.sign()
        return (await self.issued())[-1]

    async def issued(self) -> list[BadgeIssued]:
        """Everything said of badges."""
        return [event for event in await self.service.events() if isinstance(event, BadgeIssued)]

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, in the order of their keys."""
        return [dict(row) for row in await self.service.database.pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]

    async def credential(self, badge_id: UUID) -> dict[str, Any]:
        """The badge as a verifier fetches it."""
        response = await self.service.client.get(f"/badges/{badge_id}.json")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def verdicts(self) -> list[str]:
        """What the decisions heard led to, sorted."""
        return sorted(row["verdict"] for row in await self.rows("decisions"))

    async def held(self) -> list[tuple[str, str | None]]:
        """Records that wait or are dead: state, and what for."""
        rows = await self.service.database.pool.fetch('SELECT state, waits_for FROM held ORDER BY topic, "offset"')
        return [(row["state"], row["waits_for"]) for row in rows]


@pytest.fixture
async def badging(service: StartService) -> Badging:
    return Badging(await service("badging", microcred_public_url=PUBLIC_URL, issuer_name="The Program"))
