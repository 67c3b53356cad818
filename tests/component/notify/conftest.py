"""`mails`: the notify service with a mail relay, and functions for tests of them."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from nacl.public import PublicKey, SealedBox

from contracts.catalog import CredentialDefinition
from contracts.claims import Money
from contracts.events.applications import ApplicationFeeDue
from contracts.events.catalog import CredentialPublished
from contracts.events.links import LinkIssued
from contracts.events.notify import MailFailed, MailSent
from services.notify.usecases import SEND_MAILS
from tests.component.conftest import StartService
from tests.component.notify.relay import TestRelay, running_relay
from tests.one_service import OneService

SLUG = "community-engagement-fundamentals"
SENDER = "The Program <no-reply@program.example>"


@dataclass
class Mails:
    """The service and its relay."""

    service: OneService
    relay: TestRelay

    def seal(self, token: str) -> str:
        """A token as intake seals it for us."""
        public = PublicKey(b64decode((self.service.keys.folder / "seal.public").read_text()))
        return b64encode(SealedBox(public).encrypt(token.encode())).decode()

    def link(
        self,
        person_id: UUID,
        token: str = "secret-token",
        *,
        minutes: float = 15,
        version: int = 1,
        purpose: str = "sign_in",
    ) -> LinkIssued:
        expires_at = self.service.clock() + timedelta(minutes=minutes)
        return LinkIssued(
            person_id=person_id, person_version=version, purpose=purpose, sealed=self.seal(token), expires_at=expires_at
        )

    def fee_due(self, application_id: UUID, person_id: UUID, person_version: int = 1) -> ApplicationFeeDue:
        return ApplicationFeeDue(
            application_id=application_id,
            person_id=person_id,
            person_version=person_version,
            credential=SLUG,
            credential_version=1,
            fee=Money(amount_minor=6000),
        )

    async def publish(self, name: str = "Community Engagement Fundamentals", version: int = 1) -> None:
        definition = CredentialDefinition(slug=SLUG, version=1, name=name, state="open")
        await self.service.deliver(CredentialPublished(version=version, definition=definition))

    async def send(self) -> None:
        """Run the sending job once."""
        await self.service.run_job(SEND_MAILS)

    async def states(self) -> dict[UUID, tuple[str, str]]:
        """State and reason of each mail, by event."""
        rows = await self.service.database.pool.fetch("SELECT event_id, state, reason FROM mails")
        return {row["event_id"]: (row["state"], row["reason"]) for row in rows}

    async def said(self) -> list[MailSent | MailFailed]:
        """What notify said of its mails."""
        return [event for event in await self.service.events() if isinstance(event, MailSent | MailFailed)]

    async def everything_stored(self) -> str:
        """All that the service's tables hold of mails, as text."""
        rows = await self.service.database.pool.fetch("SELECT to_jsonb(m) AS row FROM mails m")
        return str([row["row"] for row in rows])


@pytest.fixture
async def mails(service: StartService) -> AsyncIterator[Mails]:
    async with running_relay() as relay:
        yield Mails(
            await service(
                "notify", smtp_port=relay.port, smtp_from=SENDER, microcred_public_url="https://program.example/"
            ),
            relay,
        )
