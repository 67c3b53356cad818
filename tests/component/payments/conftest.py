"""`till`: the payments service, a Stripe sandbox in a process of its own, and a connection between them that can
fail."""

import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
import stripe
import structlog

from contracts.claims import Money
from contracts.events.applications import ApplicationFeeDue, ApplicationWithdrawn
from contracts.events.payments import FeePaid, FeeRefunded, FeeWaived
from devstack.ports import answers, free_ports
from services.payments import usecases
from services.payments.clients import Stripe
from services.payments.outside import Desk
from tests.component.conftest import StartService
from tests.component.payments.faulty_proxy import FaultyProxy, faulty_proxy
from tests.forked import ForkedChild
from tests.one_service import OneService

SECRET = "whsec_for_tests"
SIXTY = Money(amount_minor=6000)
SLUG = "community-engagement-fundamentals"


def fee_due(application_id: UUID, person_id: UUID, fee: Money = SIXTY) -> ApplicationFeeDue:
    return ApplicationFeeDue(
        application_id=application_id,
        person_id=person_id,
        person_version=1,
        credential=SLUG,
        credential_version=1,
        attempt=1,
        fee=fee,
    )


def withdrawn(application_id: UUID, person_id: UUID) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=application_id, person_id=person_id, credential=SLUG, credential_version=1
    )


@dataclass
class Till:
    """The service and the sandbox, and what tests do with them. Webhooks are carried by hand: `webhooks` are what
    Stripe would send."""

    service: OneService
    sandbox: httpx.AsyncClient
    proxy: FaultyProxy
    began: int
    desk: Desk
    """A desk of the test's own, as another replica has one."""
    logs: Sequence[Mapping[str, Any]] = field(default=())

    async def due(self, application_id: UUID | None = None, fee: Money = SIXTY) -> tuple[UUID, UUID]:
        """An application whose fee is due, and its person."""
        application_id, person_id = application_id or uuid4(), await self.service.add_person()
        await self.service.deliver(fee_due(application_id, person_id, fee))
        return application_id, person_id

    async def withdraw(self, application_id: UUID, person_id: UUID, at: datetime | None = None) -> None:
        await self.service.deliver(self.service.envelope(withdrawn(application_id, person_id), time=at))

    async def check_out(self, application_id: UUID, person_id: UUID, **more: Any) -> httpx.Response:
        headers = self.service.session_for(person_id) | more.pop("headers", {})
        return await self.service.client.post(f"/api/payments/{application_id}/checkout", headers=headers, **more)

    async def opened(self, application_id: UUID, person_id: UUID) -> str:
        """The id of the Checkout Session that the person is sent to now."""
        answer = await self.check_out(application_id, person_id)
        assert answer.status_code == 201, answer.text
        return urlsplit(answer.json()["url"]).path.rpartition("/")[2]

    async def pay(self, session_id: str, card: str = "4242424242424242") -> httpx.Response:
        return await self.sandbox.post(f"/sandbox/sessions/{session_id}/pay", json={"card": card})

    async def notices(self, *session_ids: str) -> list[dict[str, Any]]:
        """The events about these sessions, oldest first, as Stripe has them."""
        answer = await self.sandbox.get(
            "/v1/events",
            params={"limit": 100, "created[gte]": self.began},
            headers={"Authorization": "Bearer sk_test_1"},
        )
        events = [event for event in answer.json()["data"] if event["data"]["object"]["id"] in session_ids]
        return sorted(events, key=lambda event: event["created"])

    async def tell(
        self, event: dict[str, Any], *, secret: str = SECRET, at: int | None = None, work: bool = True
    ) -> httpx.Response:
        """One webhook, signed; and the job that works on it."""
        body = orjson.dumps(event)
        signature = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at or int(time.time()))
        answer = await self.service.client.post(
            "/webhooks/stripe", content=body, headers={"Stripe-Signature": signature}
        )
        if work:
            await self.service.run_job(usecases.EVENTS)
        return answer

    async def paid(self, application_id: UUID, person_id: UUID) -> str:
        """A fee that is paid and told; returns the session."""
        session_id = await self.opened(application_id, person_id)
        assert (await self.pay(session_id)).status_code == 200
        for event in await self.notices(session_id):
            assert (await self.tell(event)).status_code == 200
        return session_id

    async def shown(self, application_id: UUID, person_id: UUID) -> dict[str, Any]:
        answer = await self.service.client.get(
            f"/api/payments/{application_id}", headers=self.service.session_for(person_id)
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def said(self, application_id: UUID) -> list[tuple[str, int]]:
        """What payments said of this fee: the kind, and for refunds what remains."""
        events = await self.service.events(FeePaid, FeeWaived, FeeRefunded)
        mine = [event for event in events if event.key == str(application_id)]
        kinds = {FeePaid: "paid", FeeWaived: "waived"}
        return [
            (event.reason, event.remaining_minor)
            if isinstance(event, FeeRefunded)
            else (kinds[type(event)], event.amount.amount_minor)
            for event in mine
        ]

    async def books(self, application_id: UUID) -> list[tuple[str, int]]:
        """The entries of this fee, by kind, and how much each moves."""
        rows = await self.service.database.pool.fetch(
            "SELECT kind, lines FROM ledger WHERE application_id = $1 ORDER BY kind, at", application_id
        )
        return [(row["kind"], sum(line["debit_minor"] for line in row["lines"])) for row in rows]

    async def asked(self, path: str, application_id: UUID) -> list[dict[str, Any]]:
        """What we asked Stripe for this application: parameters and idempotency keys of each call."""
        answer = await self.sandbox.get("/sandbox/requests", params={"path": path})
        items = answer.json()["items"]
        return [item for item in items if str(application_id) in str(item["idempotency_key"])]

    def errors(self) -> list[str]:
        """What was logged for a person to look at."""
        return [line["event"] for line in self.logs if line["log_level"] == "error"]

    async def run(self, *jobs: str) -> None:
        for job in jobs or (usecases.EVENTS, usecases.CHARGES, usecases.REFUNDS):
            await self.service.run_job(job)


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Stripe sandbox as a process; its own webhooks go nowhere."""
    folder: Path = tmp_path_factory.mktemp("stripe")
    port, nobody = free_ports(2)
    url = f"http://127.0.0.1:{port}"
    (folder / "secret").write_text(SECRET)
    arguments = [
        "--port",
        str(port),
        "--public-url",
        url,
        "--clock-file",
        str(folder / "clock"),
        "--webhook-url",
        f"http://127.0.0.1:{nobody}/",
    ]
    arguments += [
        "--webhook-secret-file",
        str(folder / "secret"),
        "--state-dir",
        str(folder),
        "--webhook-events",
        "nothing",
    ]
    child = ForkedChild(
        "the Stripe sandbox", [sys.executable, "-m", "devstack.stripe_sandbox", *arguments], folder / "log"
    )
    child.start()
    end = time.monotonic() + 20
    while not answers(port):
        if not child.running() or time.monotonic() > end:
            raise child.failure("did not start")
        time.sleep(0.02)
    yield url
    child.stop()


@pytest.fixture
async def till(service: StartService, sandbox_url: str) -> AsyncIterator[Till]:
    # Nothing here speaks TLS, and reading the authorities' certificates takes longer than many of these tests: hence
    # `verify`.
    async with faulty_proxy(sandbox_url) as proxy, httpx.AsyncClient(base_url=sandbox_url, verify=False) as sandbox:
        payments = await service(
            "payments",
            stripe_api_key="sk_test_payments",
            stripe_webhook_secret=SECRET,
            stripe_api_base=proxy.url,
            stripe_checkout_origin=sandbox_url,
            stripe_timeout_seconds=0.5,
            stripe_retries=0,
            microcred_public_url="http://127.0.0.1:8000",
        )
        began = (await sandbox.get("/sandbox/clock")).json()["now"]
        client = Stripe("sk_test_payments", SECRET, proxy.url, timeout_seconds=0.5, retries=0)
        with structlog.testing.capture_logs() as logs:
            yield Till(
                payments, sandbox, proxy, began, Desk(client, "http://127.0.0.1:8000", timedelta(seconds=12)), logs
            )
        await client.close()
        await sandbox.put("/sandbox/clock", json={"offset_seconds": 0})
