"""How often somebody may ask for a link: per address and per client. Counted in this process's memory, so each replica counts for itself."""

import asyncio
import hashlib
import math
import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from chassis.refusals import too_often
from services.intake.domain.people import email_key

PAUSE_SECONDS = 600
"""At least so long between two sweeps of what ran out."""


class SignInLimits:
    """`per_address` and `per_client` in words: `5 per 15 minutes`, `1000/minute`."""

    def __init__(self, per_address: str, per_client: str) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._pause: asyncio.Task[None] | None = None
        self._address = _parse("SIGN_IN_PER_ADDRESS", per_address)
        self._client = _parse("SIGN_IN_PER_CLIENT", per_client)

    async def take(self, email: str, client: str) -> None:
        """Count one request; a Refusal 429 says when to try again. The client is counted first, so that it cannot use up a stranger's."""
        self._sweep_rarely()
        for limit, who in ((self._client, client), (self._address, hashlib.sha256(email_key(email).encode()).hexdigest())):
            if not await self._limiter.hit(limit, who):
                window = await self._limiter.get_window_stats(limit, who)
                raise too_often(max(1, math.ceil(window.reset_time - time.time())))

    def _sweep_rarely(self) -> None:
        """The storage looks through everybody it knows whenever somebody is counted, unless such a sweep is in progress: let one seem to be.

        What ran out is not counted, swept or not.
        """
        sweep = self._storage.timer
        if sweep is not None and sweep.done() and sweep is not self._pause:
            self._pause = self._storage.timer = asyncio.create_task(asyncio.sleep(PAUSE_SECONDS))


def _parse(setting: str, text: str) -> RateLimitItem:
    try:
        return parse(text)
    except ValueError:
        raise SystemExit(f"{setting}: {text!r} is not a rate; write it like '5 per 15 minutes'") from None
