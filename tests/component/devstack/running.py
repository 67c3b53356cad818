"""A devstack stand-in (mailbox or Stripe) in a process of its own, and an endpoint for its webhooks."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import stripe
from aiohttp import web

from devstack.ports import free_ports
from tests.forked import Forked
from tests.waiting import until


class Running:
    """`python -m <module> <arguments>`, ready when its HTTP answers; `restart` kills it first."""

    def __init__(self, module: str, arguments: Sequence[str], address: str, log: Path) -> None:
        self.address = address
        self._module, self._arguments = module, arguments
        self._log = log
        self._process: Forked | None = None

    async def start(self) -> None:
        self._process = Forked(self._module, self._arguments, self._log)
        async with httpx.AsyncClient(base_url=self.address, verify=False) as http:
            await until(lambda: self._answers(http), 20)

    async def _answers(self, http: httpx.AsyncClient) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            return (await http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(10)
            self._process = None

    async def restart(self) -> None:
        self.end(signal.SIGKILL)
        await self.start()


class Endpoint:
    """Takes webhooks. It keeps each request, and answers with what the test has set."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/webhooks/stripe"
        self.received: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        self._port = port
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/webhooks/stripe", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.Response:
        self.received.append((await request.read(), request.headers["Stripe-Signature"]))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    def events(self, secret: str, about: str | None = None) -> list[dict[str, Any]]:
        """What came, verified with Stripe's own library, in the order it came; `about` an application."""
        events = [stripe.Webhook.construct_event(body, header, secret).to_dict() for body, header in self.received]
        return [event for event in events if about in (None, event["data"]["object"]["metadata"].get("application_id"))]


class Sandbox:
    """The running Stripe sandbox, with Stripe's client and a plain one to its switches."""

    def __init__(self, folder: Path, *more: str) -> None:
        port, hook = free_ports(2)
        self.clock_file, self.endpoint = folder / "clock", Endpoint(hook)
        self._secret_file = folder / "secret"
        address = f"http://127.0.0.1:{port}"
        arguments = [
            "--port",
            str(port),
            "--public-url",
            address,
            "--clock-file",
            str(self.clock_file),
            "--webhook-url",
            self.endpoint.url,
        ]
        arguments += ["--webhook-secret-file", str(self._secret_file), "--state-dir", str(folder / "state"), *more]
        self.process = Running("devstack.stripe_sandbox", arguments, address, folder / "log")
        self.http = httpx.AsyncClient(base_url=address, verify=False)
        self._transport = stripe.AIOHTTPClient()
        self.stripe = self.client(0)

    def client(self, retries: int, key: str = "sk_test_of_a_test") -> stripe.StripeClient:
        return stripe.StripeClient(
            key, base_addresses={"api": self.process.address}, max_network_retries=retries, http_client=self._transport
        )

    async def open(self) -> None:
        await self.process.start()
        await self.endpoint.open()

    async def close(self) -> None:
        self.process.end()
        await self.endpoint.close()
        await self.http.aclose()
        await self._transport.close_async()

    @property
    def secret(self) -> str:
        return self._secret_file.read_text()

    async def reset(self) -> None:
        """Every switch at its first value, with no open session and no running work."""
        a_week = {"offset_seconds": 7 * 86_400}
        for switch, body in (("webhooks", {}), ("api", {}), ("clock", a_week), ("clock", {"offset_seconds": 0})):
            assert (await self.http.put(f"/sandbox/{switch}", json=body)).status_code == 200
        self.endpoint.statuses.clear()
        await self.quiet()
        self.endpoint.received.clear()

    async def quiet(self) -> None:
        """Until no webhook is under way."""

        async def none_pending() -> bool:
            return bool((await self.http.get("/sandbox/webhooks")).json()["pending"] == 0)

        await until(none_pending, 20)

    async def begin(self, application_id: str = "a-1", **more: Any) -> Any:
        """A Checkout Session for a fee of $60.00."""
        return await self.stripe.v1.checkout.sessions.create_async(params=wanted(application_id) | more)  # type: ignore[arg-type]

    async def pay(self, session_id: str, card: str = "4242424242424242") -> httpx.Response:
        return await self.http.post(f"/sandbox/sessions/{session_id}/pay", json={"card": card})

    async def paid(self, application_id: str = "a-1", **more: Any) -> Any:
        """A paid session, as Stripe answers it."""
        session = await self.begin(application_id, **more)
        assert (await self.pay(session.id)).status_code == 200
        return await self.stripe.v1.checkout.sessions.retrieve_async(session.id)


class Mailbox:
    """The running mailbox, with a client to its HTTP."""

    def __init__(self, folder: Path, keep: int) -> None:
        port, self.smtp_port = free_ports(2)
        address = f"http://127.0.0.1:{port}"
        arguments = [
            "--http-port",
            str(port),
            "--smtp-port",
            str(self.smtp_port),
            "--state-dir",
            str(folder),
            "--keep",
            str(keep),
        ]
        self.process = Running("devstack.mailbox", arguments, address, folder / "log")
        self.http = httpx.AsyncClient(base_url=address, verify=False)

    async def open(self) -> None:
        await self.process.start()

    async def close(self) -> None:
        self.process.end()
        await self.http.aclose()


def wanted(application_id: str) -> dict[str, Any]:
    """What payments asks of Stripe for one application's fee."""
    price = {"currency": "usd", "unit_amount": 6000, "product_data": {"name": "Application fee"}}
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": "http://127.0.0.1:9/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/not-paid",
        "client_reference_id": application_id,
        "metadata": {"application_id": application_id},
        "payment_intent_data": {"description": "Application fee", "metadata": {"application_id": application_id}},
    }
