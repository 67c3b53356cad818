"""The seats of a panel: filled by the service or by hand, and released."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from services.review.domain import cases, conflicts, panels
from services.review.domain.access import Caller
from services.review.domain.cases import Case
from services.review.domain.seats import Seat
from services.review.store import cases as store
from services.review.store import panels as panel_store
from services.review.usecases.access import load
from services.review.usecases.cases import ASSIGN

AT_ONCE = 100


async def fill_panels(tx: Tx, after: tuple[datetime, UUID]) -> tuple[datetime, UUID] | None:
    """Assign people to the next cases with empty seats, and say for which seats nobody was found. Returns where to go
    on, or None at the end."""
    found = await panel_store.hold_vacancies(tx, after, AT_ONCE)
    candidates = await panel_store.candidates(tx) if found.vacancies else []
    for before, filled in panels.fill(found.vacancies, candidates, secrets.choice):
        seated, events = cases.searched(before, filled)
        tx.correlation_id = found.stories[seated.application_id]
        await store.save(tx, before, seated, says=events)
    return found.last


async def assign_by_hand(tx: Tx, address: UUID, caller: Caller, person_id: UUID, role: str | None) -> tuple[Case, Seat]:
    """A chair or staff assigns a person. Returns the case and the seat. Raises NotThere, NotYours, WrongState."""
    found = await load(tx, address, caller)
    panels.check_may_assign(found.case, caller.person_id)
    await panel_store.hold_people(tx, [person_id, found.case.person_id])
    candidate = panels.known(await panel_store.candidate(tx, person_id))
    after = panels.assign_by_hand(await panel_store.vacancy_of(tx, found.case), candidate, role)
    await store.save(tx, found.case, after, says=cases.newly_seated(found.case, after))
    return after, after.seats[-1]


async def release_seats(tx: Tx, person_ids: Sequence[UUID]) -> None:
    """The roles of these people changed: seats that they may not keep are released, and others are looked for."""
    lost = await panel_store.work_lost(tx, person_ids)
    if not lost:
        return
    for before, _ in await store.lock_many(tx, sorted({application_id for _, application_id in lost})):
        gone = [person_id for person_id, application_id in lost if application_id == before.application_id]
        await store.save(tx, before, panels.released(before, gone))
    tx.wake(ASSIGN)


async def leave_conflicted(tx: Tx, person_ids: Sequence[UUID]) -> None:
    """What is known of these people changed, judges or applicants. Who has a conflict of interest by now loses their
    seat and with it the case, and others are looked for."""
    lost: dict[UUID, dict[UUID, conflicts.Kind]] = {}
    for application_id, applicant, judge in await panel_store.seated_with(tx, person_ids):
        if kinds := conflicts.found(applicant, judge):
            lost.setdefault(application_id, {})[judge.person_id] = kinds[0]
    if not lost:
        return
    for before, _ in await store.lock_many(tx, sorted(lost)):
        await store.save(tx, before, panels.conflicted(before, lost[before.application_id]))
    tx.wake(ASSIGN)
