"""How often somebody may ask for a link."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from chassis.refusals import Refusal
from services.intake.limiting import SignInLimits


async def taken(limits: SignInLimits, email: str) -> tuple[int, str]:
    """The status, and when to try again."""
    try:
        await limits.take(email, "127.0.0.1")
    except Refusal as refusal:
        return refusal.status, (refusal.headers or {})["Retry-After"]
    return 202, ""


async def test_what_ran_out_counts_no_more_however_rarely_it_is_swept() -> None:
    limits = SignInLimits("2 per 1 second", "1000 per 1 second")
    assert [await taken(limits, "ada@example.org") for _ in range(3)] == [(202, ""), (202, ""), (429, "1")]
    assert await taken(limits, "grace@example.org") == (202, "")
    refused_at, end = time.monotonic(), time.monotonic() + 10
    while (answer := await taken(limits, "Ada@Example.org")) != (202, ""):
        assert (answer, time.monotonic() < end) == ((429, "1"), True)
        await asyncio.sleep(0.01)
    assert time.monotonic() - refused_at < 5


async def test_not_everybody_is_looked_through_whenever_somebody_is_counted() -> None:
    limits, begun = SignInLimits("5 per 15 minutes", "1000 per minute"), 0

    def count(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any) -> asyncio.Task[Any]:
        nonlocal begun
        begun += 1
        return asyncio.Task(work, loop=loop, **more)

    loop = asyncio.get_running_loop()
    loop.set_task_factory(count)
    for n in range(50):
        assert await taken(limits, f"{n}@example.org") == (202, "")
        await asyncio.sleep(0.002)
    loop.set_task_factory(None)
    assert begun <= 4  # a sweep or two before the first pause, and the pause
