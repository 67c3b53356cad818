"""Who stands where when the tests begin."""

import asyncio
from dataclasses import dataclass

from devstack.journey import FUNDAMENTALS
from devstack.walk import Person, Walk, whole_journey
from tests.system.whole import Whole

REFUSE = """
    CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused on purpose'; END
        $$;
    CREATE TRIGGER refuse_it BEFORE INSERT ON fees FOR EACH ROW WHEN (NEW.application_id = '{application_id}') EXECUTE
        FUNCTION refuse_it()
"""
RELENT = "DROP FUNCTION refuse_it CASCADE"


@dataclass(frozen=True)
class Cast:
    """`awarded` has a badge, of `due` the fee is not paid, `withdrawn` need not pay any more, `stranger` has no
    application and no role.

    Payments cannot hear of the fee of `stuck`: its database refuses, until `relent`. That becomes a dead letter after
    ten seconds.
    """

    whole: Whole
    awarded: Walk
    due: Walk
    withdrawn: Walk
    stuck: Walk
    stranger: Person
    receipt_url: str

    @property
    def operator(self) -> Person:
        """Who may see the console."""
        return self.whole.people["operator@example.org"]

    async def relent(self) -> None:
        """Let payments' database take the fee of `stuck`."""
        await self.whole.insides.pools["payments"].execute(RELENT)


async def gather(whole: Whole) -> Cast:
    """Bring them there, over HTTP."""
    due, withdrawn, stuck = [
        Walk(await whole.world.sign_in(f"{name}@example.org", name.title()), FUNDAMENTALS)
        for name in ("dee", "wim", "stu")
    ]
    stranger = await whole.world.sign_in("sam@example.org")
    begun = await stuck.applicant.do("POST", "intake", "/api/applications", json={"credential": FUNDAMENTALS})
    stuck.application_id = begun["application_id"]
    await whole.insides.pools["payments"].execute(REFUSE.format(application_id=stuck.application_id))
    place = f"/api/applications/{stuck.application_id}"
    about = {"name": "Stu Stuck", "institution": "Example College", "position": "Coordinator"}
    await stuck.applicant.do("PUT", "intake", f"{place}/basic-information", json=about)
    await stuck.applicant.do(
        "PUT", "intake", f"{place}/agreement", json={"accepted": True, "version": begun["agreement"]["version"]}
    )

    awarded, _, _ = await asyncio.gather(
        whole_journey(whole.world, whole.people["chair@example.org"], "rowan@example.org", FUNDAMENTALS),
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
    return Cast(whole, awarded, due, withdrawn, stuck, stranger, paid["receipt_url"])
