"""Expires Checkout Sessions at their time by the sandbox's clock, even if nobody looks at them."""

import asyncio

from devstack.stripe_sandbox import checkout
from devstack.stripe_sandbox.sandbox import Sandbox

LONGEST_WAIT_SECONDS = 30.0


class Expiry:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._again = asyncio.Event()

    def look_again(self) -> None:
        """Check again now, because the clock was moved."""
        self._again.set()

    async def run(self) -> None:
        while True:
            self._again.clear()
            checkout.expire_overdue(self._sandbox)
            due = self._sandbox.store.next_expiry()
            wait = (
                LONGEST_WAIT_SECONDS
                if due is None
                else min(max(due - self._sandbox.clock.now(), 0.5), LONGEST_WAIT_SECONDS)
            )
            try:
                async with asyncio.timeout(wait):
                    await self._again.wait()
            except TimeoutError:
                continue
