"""A case from its opening to its end, and the lists of cases."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from chassis import people
from chassis.database.transaction import Tx
from chassis.kafka.outcome import NotYet
from contracts.event import Event
from contracts.events.applications import (
    ApplicationAmended,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
)
from services.review.domain import access, cases, panels, seats
from services.review.domain.access import Caller
from services.review.domain.cases import Case, State
from services.review.domain.panels import Vacancy
from services.review.store import cases as store
from services.review.store import credentials, lists, supplements
from services.review.store import panels as panel_store

ASSIGN = "assign"
"""The job that assigns people."""
NUMBER_LENGTH = 6


async def open_case(tx: Tx, submitted: ApplicationSubmitted) -> None:
    """A submission becomes a case, and people are assigned at once if there are any. A submission that was heard
    before, withdrawn before or is an erased person's changes nothing.

    Raises NotYet until the credential and the applicant are known here as they were at the submission.
    """
    known = await store.load(tx, submitted.application_id)
    if known is None:
        await _open_new(tx, submitted)
    else:
        await store.save(tx, known.case, cases.resubmit(known.case))


async def amend_case(tx: Tx, amended: ApplicationAmended) -> None:
    """A reopened requirement was handed in anew: the panel sees the new materials. After the decision, and without a
    case, nothing changes. A second time has no further effect."""
    known = await store.load(tx, amended.application_id)
    if known is not None and cases.takes_amendments(known.case):
        await store.amend(tx, known.case, amended.requirement, amended.materials)


async def supplement_case(tx: Tx, supplemented: ApplicationSupplemented) -> None:
    """A material came after the submission: the panel gets it. A decided case keeps it too, as late. Nothing is done
    for an erased person or a case that was withdrawn before its submission was heard. Raises NotYet without a
    submission, which comes earlier under the same key."""
    known = await store.load(tx, supplemented.application_id)
    if known is None:
        applicant = await people.find(tx, supplemented.person_id)
        if applicant is not None and applicant.erased:
            return
        raise NotYet(f"case/{supplemented.application_id}")
    case, late = cases.supplement(known.case)
    if case.opened_at is not None:
        await supplements.add(tx, case, supplemented.material, tx.happened, late)


async def withdraw_case(tx: Tx, withdrawn: ApplicationWithdrawn) -> None:
    """The application ended: the case closes, unless it is decided. If this is heard before the submission, the case
    never opens."""
    known = await store.load(tx, withdrawn.application_id)
    if known is None:
        await store.add(tx, cases.never_opened(withdrawn, uuid4(), _submission_number()))
    else:
        await store.save(tx, known.case, cases.withdraw(known.case))
        tx.wake(ASSIGN)


async def queue(tx: Tx, caller: Caller, after: tuple[datetime, UUID], limit: int) -> list[asyncpg.Record]:
    """The caller's undecided cases, by due date. Raises NotYours."""
    access.check_judges(caller)
    return await lists.queue(tx, caller.person_id, sorted(caller.roles), after, limit)


async def to_decide(tx: Tx, caller: Caller, after: tuple[datetime, UUID], limit: int) -> list[asyncpg.Record]:
    """The cases that wait for the caller's decision, by due date. Raises NotYours."""
    access.check_decides(caller)
    return await lists.queue(tx, caller.person_id, [seats.CHAIR], after, limit, State.DECIDING)


async def overseen(
    tx: Tx, caller: Caller, state: State | None, after: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """All cases, the oldest first, for chairs and staff. Raises NotYours."""
    access.check_oversees(caller)
    return await lists.overseen(tx, caller.person_id, state, after, limit)


async def _open_new(tx: Tx, submitted: ApplicationSubmitted) -> None:
    terms = await credentials.require_terms(tx, submitted.credential, submitted.credential_version)
    applicant = await people.require(tx, submitted.person_id, submitted.person_version)
    if applicant.erased:
        return
    case, opened = cases.open_case(submitted, uuid4(), _submission_number(), terms.panel, terms.business_days, tx.now)
    seated, events = await _searched(tx, Vacancy(case, applicant.institution, terms.agreements))
    await store.add(tx, seated, submitted.materials, submitted.carried_forward, says=(opened, *events))


async def _searched(tx: Tx, vacancy: Vacancy) -> tuple[Case, Sequence[Event]]:
    await panel_store.hold_picking(tx)
    [(before, found)] = panels.fill([vacancy], await panel_store.candidates(tx), secrets.choice)
    return cases.searched(before, found)


def _submission_number() -> str:
    return "S-" + "".join(secrets.choice(cases.NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))
