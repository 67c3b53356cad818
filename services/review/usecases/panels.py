"""Who sits on a panel: found by themselves, by hand, replaced, released."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.review.domain import access, cases, panels, seats
from services.review.domain.access import Caller
from services.review.domain.cases import Action, Case, State
from services.review.domain.refusals import NotYours
from services.review.domain.seats import Seat
from services.review.store import cases as store
from services.review.store import catalog
from services.review.store import panels as panel_store
from services.review.usecases.cases import approach, hold

PAGE = 100


class UnknownPerson(Exception):
    """Nobody with that id has a role here (or Kafka has not brought them yet)."""


async def fill_panels(tx: Tx, after: tuple[datetime, UUID]) -> tuple[datetime, UUID] | None:
    """Seat whoever can be found on the next cases that lack somebody, and say where nobody was; returns where to go on,
    or None at the end."""
    await panel_store.hold_picking(tx)
    page = await panel_store.vacant(tx, after, PAGE)
    if not page:
        return None
    held = {
        case.application_id: (case, story)
        for case, story in await store.lock_many(tx, [row["application_id"] for row in page], only_free=True)
    }
    vacancies = [
        panels.Vacancy(held[row["application_id"]][0], row["institution"], frozenset(row["agreements"]))
        for row in page
        if row["application_id"] in held and held[row["application_id"]][0].state is State.ASSIGNING
    ]
    for before, found in panels.fill(vacancies, await panel_store.candidates(tx), secrets.choice):
        seated, said = cases.searched(before, found)
        await store.save(tx, before, seated)
        tx.correlation_id = held[seated.application_id][1]
        for event in said:
            await tx.emit(event)
    return page[-1]["opened_at"], page[-1]["case_id"]


async def declare(
    tx: Tx, address: UUID, caller: Caller, conflict: bool, reason: ObjectClaim | None
) -> tuple[UUID, Seat]:
    """Answer the question of conflicts; who has one leaves the panel, and somebody else is looked for. Returns the
    case's id and the seat."""
    case, _, role = await hold(tx, address, caller)
    seat = cases.seat_of(case, caller.person_id)
    if role == access.STAFF or seat is None:
        raise NotYours("only the people of its panel declare on a case")
    cases.permit(case.state, Action.DECLARE)
    seat = seats.declare(seat, conflict, reason)
    after = cases.with_seat(case, seat)
    await store.save(tx, case, after)
    if seat.empty:
        tx.wake("assign")
    return after.case_id, seat


async def assign_by_hand(tx: Tx, address: UUID, caller: Caller, person_id: UUID, role: str | None) -> tuple[Case, Seat]:
    """A chair or staff seats somebody. Without `role`: reviewer if they are one, else chair. Raises UnknownPerson,
    Refused, NotYours."""
    standing = await approach(tx, address, caller)
    case, _, part = await hold(tx, address, caller, standing.application_id)
    if part == seats.REVIEWER:
        raise NotYours("only chairs and staff assign people")
    candidate = await panel_store.candidate(tx, person_id)
    if candidate is None:
        raise UnknownPerson
    wanted = role or (seats.REVIEWER if seats.REVIEWER in candidate.roles else seats.CHAIR)
    institution = await panel_store.institution(tx, case.case_id)
    terms = await catalog.terms(tx, case.credential, case.credential_version)
    panels.check_by_hand(
        panels.Vacancy(case, institution, terms.agreements if terms else frozenset()), candidate, wanted
    )
    after = cases.with_seat(case, Seat(person_id, wanted))
    await store.save(tx, case, after)
    for assigned in cases.newly_seated(case, after):
        await tx.emit(assigned)
    return after, after.seats[-1]


async def release_seats(tx: Tx, person_ids: Sequence[UUID]) -> None:
    """These people's roles changed: what they may no longer judge goes to somebody else."""
    lost = await panel_store.work_lost(tx, person_ids)
    if not lost:
        return
    for before, _ in await store.lock_many(tx, sorted({application_id for _, application_id in lost})):
        after = before
        for seat in [seat for seat in before.seats if (seat.person_id, before.application_id) in lost]:
            after = cases.with_seat(after, seats.release(seat))
        await store.save(tx, before, after)
    tx.wake("assign")
