"""The clock's work: applications are warned about, lapse and are purged, each once. It works in batches; the job
commits each."""

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain import clock
from services.intake.domain.clock import Visit
from services.intake.domain.states import UNSUBMITTED
from services.intake.domain.terms import Rules
from services.intake.store import clock as store

BATCH = 200


async def look(tx: Tx, rules: Rules) -> tuple[int, list[ObjectClaim]]:
    """Look at a batch of applications whose time has come. Returns their number, and the objects to delete."""
    visits = []
    for claimed in await store.claim(tx, BATCH):
        if claimed.term is not None:
            changed_at = claimed.changed_at
            visits.append(clock.visit(claimed.application, claimed.term, rules, changed_at=changed_at, now=tx.now))
    return len(visits), await store.save(tx, visits, rules) if visits else []


async def look_for_silent(tx: Tx, rules: Rules) -> int:
    """Give a last deadline to a batch of applications in which nothing happened for a long time. Returns their
    number."""
    visits: list[Visit] = []
    if rules.silence is not None:
        for state in UNSUBMITTED:
            claimed = await store.claim_silent(tx, state.value, rules.silence, BATCH)
            visits += [clock.fall_silent(one.application, rules, tx.now) for one in claimed if one.term is None]
    if visits:
        await store.save(tx, visits, rules)
    return len(visits)


async def follow(tx: Tx, rules: Rules) -> bool:
    """Whether the policy's rules for looks changed. Then every application is looked at again."""
    kept = {
        "zone": rules.zone.key,
        "warn_days": list(rules.warn_days),
        "purge_days": None if rules.purge_after is None else rules.purge_after.days,
    }
    return await store.keep_rules(tx, kept)
