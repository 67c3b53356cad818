"""A case from its opening to its end, and how a caller reaches it."""

import secrets
from dataclasses import replace
from uuid import UUID

from chassis import people
from chassis.consumer import NotYet
from chassis.transaction import Tx
from contracts.events.intake import ApplicationSubmitted, ApplicationWithdrawn
from services.review.domain import access, cases, panels
from services.review.domain.access import Caller
from services.review.store import cases as store
from services.review.store import catalog
from services.review.store import panels as panel_store
from services.review.store.cases import CaseFile

NUMBER_LENGTH = 6


async def open_case(tx: Tx, submitted: ApplicationSubmitted) -> None:
    """A submission becomes a case, and whoever can be asked is asked at once. Told again, withdrawn before, or erased since: nothing.

    Raises NotYet until the credential and the applicant, as they were at the submission, are known here.
    """
    held = await store.lock(tx, submitted.application_id)
    if held is not None:
        await store.save(tx, held, cases.resubmit(held))
        return
    credential = await catalog.find(tx, submitted.credential, submitted.credential_version)
    if credential is None:
        raise NotYet(f"credential/{submitted.credential}/{submitted.credential_version}")
    applicant = await people.require(tx, submitted.person_id, submitted.person_version)
    if applicant.erased:
        return
    case, opened = cases.open_case(submitted, _submission_number(), credential.reviewers, credential.business_days, tx.now)
    await panel_store.hold_picking(tx)
    vacancy = panels.Vacancy(case, applicant.institution, await panel_store.agreements(tx, credential.slug, credential.version))
    filled = panels.fill([vacancy], await panel_store.candidates(tx))
    seated = filled[0][1] if filled else case
    if await store.insert(tx, seated, submitted.materials, submitted.carried_forward):
        await tx.emit(opened)
        for assigned in cases.newly_seated(case, seated):
            await tx.emit(assigned)


async def withdraw_case(tx: Tx, withdrawn: ApplicationWithdrawn) -> None:
    """The application ended: the case closes, unless it is decided. Heard before the submission, it keeps the case from opening."""
    held = await store.lock(tx, withdrawn.application_id)
    if held is None:
        await store.insert(tx, cases.never_opened(withdrawn, _submission_number()))
        return
    await store.save(tx, held, cases.withdraw(held))
    tx.wake("assign")


async def look(tx: Tx, address: UUID, caller: Caller) -> tuple[CaseFile, str]:
    """The case and what the caller is to it, without a lock. Raises access.NotThere."""
    found = await store.find(tx, address)
    if found is None:
        raise access.NotThere
    return found, access.role_in(found.case, caller, address)


async def applicant_of(tx: Tx, address: UUID, caller: Caller) -> UUID | None:
    """Whom texts about this case are about; None when it is not there for the caller, which the command itself will say."""
    try:
        found, _ = await look(tx, address, caller)
    except access.NotThere:
        return None
    return found.case.person_id


async def hold(tx: Tx, address: UUID, caller: Caller) -> tuple[CaseFile, str]:
    """As `look`, and the case is held and as it is now."""
    found, _ = await look(tx, address, caller)
    case = await store.lock(tx, found.case.application_id)
    if case is None:
        raise access.NotThere
    return replace(found, case=case), access.role_in(case, caller, address)


def _submission_number() -> str:
    return "S-" + "".join(secrets.choice(cases.NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))
