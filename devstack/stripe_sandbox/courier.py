"""Sends events to the webhook endpoint: signed, several at once, and again with backoff until a 2xx, also after a
restart."""

import asyncio
import hashlib
import heapq
import hmac
import logging
import time
from collections.abc import Iterable

import aiohttp

from devstack.stripe_sandbox.store import Delivery, Store

CONCURRENT = 32
FIRST_RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 10.0
REPORT_EVERY = 30
GIVE_UP_AFTER_ATTEMPTS = 25_920  # three days
_TIMEOUT = aiohttp.ClientTimeout(total=10)

log = logging.getLogger("stripe_sandbox.courier")


def signature(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header. `at` is real time, not the sandbox's, because Stripe's libraries compare it with
    the machine's clock."""
    digest = hmac.new(secret.encode(), b"%d.%b" % (at, body), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def retry_in(attempts: int) -> float:
    """The seconds until the next attempt, after this many failed ones."""
    return min(FIRST_RETRY_SECONDS * (1 << min(attempts, 16)), LONGEST_RETRY_SECONDS)


class Courier:
    """Keeps no order between events, like Stripe. A delivery that is not confirmed when the process ends is sent
    again."""

    def __init__(self, store: Store, url: str, secret: str) -> None:
        self._store = store
        self.url = url
        self.secret = secret
        self._due: list[tuple[float, int]] = store.deliveries()
        heapq.heapify(self._due)
        self._more = asyncio.Event()

    def take(self, sendings: Iterable[tuple[float, int]]) -> None:
        for sending in sendings:
            heapq.heappush(self._due, sending)
            self._more.set()

    async def run(self) -> None:
        places = asyncio.Semaphore(CONCURRENT)
        connector = aiohttp.TCPConnector(limit=CONCURRENT)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT, auto_decompress=False) as http,
            asyncio.TaskGroup() as sending,
        ):
            while True:
                await self._until_one_is_due()
                _, delivery_id = heapq.heappop(self._due)
                await places.acquire()
                task = sending.create_task(self._send(http, delivery_id))
                task.add_done_callback(lambda _: places.release())

    async def _until_one_is_due(self) -> None:
        while True:
            self._more.clear()
            wait = self._due[0][0] - time.time() if self._due else None
            if wait is not None and wait <= 0:
                return
            try:
                async with asyncio.timeout(wait):
                    await self._more.wait()
            except TimeoutError:
                continue

    async def _send(self, http: aiohttp.ClientSession, delivery_id: int) -> None:
        delivery = self._store.delivery(delivery_id)
        if delivery is None:
            return
        problem = await self._post(http, delivery)
        if problem is None:
            self._store.delivered(delivery_id)
        elif delivery.attempts + 1 >= GIVE_UP_AFTER_ATTEMPTS:
            log.warning("gave up on %s after %d attempts: %s", delivery.event_id, delivery.attempts + 1, problem)
            self._store.delivered(delivery_id)
        else:
            due = time.time() + retry_in(delivery.attempts)
            if delivery.attempts % REPORT_EVERY == 0:
                log.warning("%s is not delivered yet: %s", delivery.event_id, problem)
            self._store.postpone(delivery_id, due)
            self.take([(due, delivery_id)])

    async def _post(self, http: aiohttp.ClientSession, delivery: Delivery) -> str | None:
        """None if the endpoint confirmed, else what went wrong."""
        body = delivery.body.encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(body, self.secret, int(time.time())),
        }
        try:
            async with http.post(self.url, data=body, headers=headers, allow_redirects=False) as answer:
                return None if 200 <= answer.status < 300 else f"the endpoint answered {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            return f"{type(failure).__name__}: {failure}"
