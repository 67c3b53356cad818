"""The state of the system when the tests begin."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from devstack.journey import FUNDAMENTALS
from devstack.walk import Person, Walk, whole_journey
from tests.system.whole import Whole


@dataclass(frozen=True)
class Cast:
    """`awarded` has a badge, of `due` the fee is not paid, `withdrawn` need not pay any more, `stranger` has no
    application and no role. Each file of tests has a cast of its own.
    """

    whole: Whole
    awarded: Walk
    due: Walk
    withdrawn: Walk
    stranger: Person
    receipt_url: str

    @property
    def operator(self) -> Person:
        """Who may see the console."""
        return self.whole.people["operator@example.org"]


async def gather(whole: Whole) -> Cast:
    """Bring them there, over HTTP."""
    mark = uuid4().hex[:6]
    due, withdrawn = [
        Walk(await whole.world.sign_in(f"{name}-{mark}@example.org", name.title()), FUNDAMENTALS)
        for name in ("dee", "wim")
    ]
    stranger = await whole.world.sign_in("sam@example.org")
    awarded, _, _ = await asyncio.gather(
        whole_journey(whole.world, whole.people["chair@example.org"], f"rowan-{mark}@example.org", FUNDAMENTALS),
        due.start(),
        withdrawn.start(),
    )
    for walk in (due, withdrawn):
        await walk.applicant.found("payments", f"/api/payments/{walk.application_id}")
    await withdrawn.applicant.do("POST", "intake", f"/api/applications/{withdrawn.application_id}/withdrawal")

    async def cancelled() -> bool:
        fee = await withdrawn.applicant.do("GET", "payments", f"/api/payments/{withdrawn.application_id}")
        return bool(fee["state"] == "cancelled")

    await whole.world.until("the end of the fee", cancelled)
    paid = await awarded.applicant.do("GET", "payments", f"/api/payments/{awarded.application_id}")
    return Cast(whole, awarded, due, withdrawn, stranger, paid["receipt_url"])
