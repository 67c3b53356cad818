"""Enrollment periods: made, changed and removed by staff, or made by the program's data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

import structlog

from chassis.database.transaction import Tx
from contracts import editions
from contracts.refusals import Refused
from services.intake.domain import periods
from services.intake.domain.audit import Act, By, Entry
from services.intake.domain.periods import Period, end_of_day
from services.intake.domain.terms import Rules
from services.intake.store import audit
from services.intake.store import periods as store

log = structlog.get_logger(__name__)

_OF_DATA = UUID("5f8a0c7e-3a0b-4c55-9a70-0d6f5d1b8e10")
"""The namespace of the ids of periods from data, so that replicas that start at once make the same one."""


@dataclass(frozen=True, slots=True)
class Said:
    """A period in the program's data."""

    key: str
    name: str
    first_day: date
    last_day: date


async def plan(tx: Tx, rules: Rules, period_id: UUID, name: str, first_day: date, last_day: date, by: By) -> Period:
    """A new period."""
    known = await store.to_change(tx)
    new = Period(period_id=period_id, name=name, first_day=first_day, last_day=last_day)
    planned = periods.plan(known, new, rules.today(tx.now))
    await store.insert(tx, planned)
    await _note(tx, by, Act.PERIOD_MADE, None, planned)
    return planned


async def change(
    tx: Tx,
    rules: Rules,
    period_id: UUID,
    name: str,
    first_day: date,
    last_day: date,
    by: By,
    seen: frozenset[str] | None = None,
) -> Period:
    """Change the name or the days. `seen`: the editions that the editor saw (`domain.editions`). Raises NotThere,
    ChangedMeanwhile."""
    known = await store.to_change(tx)
    before = periods.find(known, period_id)
    editions.check(seen, before.kept(), periods.kept(name, first_day, last_day))
    days = {"first_day": first_day, "last_day": last_day}
    after = periods.change(known, before, rules.today(tx.now), name=name, **days)
    if after != before:
        await store.update(tx, after, end_of_day(after.last_day, rules.zone))
        await _note(tx, by, Act.PERIOD_CHANGED, before, after)
    return after


async def take_out(tx: Tx, rules: Rules, period_id: UUID, by: By, seen: frozenset[str] | None = None) -> None:
    """Remove a period that has not begun and to which nothing refers. `seen`: as for `change`. Raises NotThere,
    ChangedMeanwhile."""
    before = periods.find(await store.to_change(tx), period_id)
    editions.check(seen, before.kept(), None)
    periods.take_out(before, rules.today(tx.now))
    if await store.is_in_use(tx, before):
        raise periods.in_use(before)
    await store.delete(tx, before)
    await _note(tx, by, Act.PERIOD_REMOVED, before, None)


async def listen(tx: Tx, rules: Rules, said: Sequence[Said]) -> int:
    """Take over changes of the program's data since it was last read. Returns the number of periods that were made or
    changed.

    Later changes by staff stay. A period that is not possible is left out and logged; it does not stop the start.
    """
    taken = 0
    known = await store.to_change(tx)
    of_data = await store.said_by_data(tx)
    for one in said:
        found = of_data.get(one.key)
        words = periods.kept(one.name, one.first_day, one.last_day)
        if found is not None and found[1] == words:
            continue
        try:
            days = {"first_day": one.first_day, "last_day": one.last_day}
            if found is None:
                new = Period(period_id=uuid5(_OF_DATA, one.key), key=one.key, name=one.name, **days)
                # A period that is over is old data: nothing begins in it.
                period = periods.plan(known, new, min(one.last_day, rules.today(tx.now)))
                await store.insert(tx, period, words)
            else:
                period = periods.change(known, found[0], rules.today(tx.now), name=one.name, **days)
                await store.update(tx, period, end_of_day(period.last_day, rules.zone), words)
        except Refused as refused:
            log.error("a period of the program's data is not taken over", period=one.key, why=str(refused))
            continue
        known = (*(other for other in known if other.period_id != period.period_id), period)
        taken += 1
    return taken


async def _note(tx: Tx, by: By, act: Act, before: Period | None, after: Period | None) -> None:
    entry = Entry(audit_id=by.audit_id, actor=by.actor, act=act, before=_words(before), after=_words(after))
    await audit.add(tx, entry)


def _words(period: Period | None) -> list[str]:
    return [] if period is None else [period.name, period.first_day.isoformat(), period.last_day.isoformat()]
