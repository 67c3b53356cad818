"""A case from its opening to its end, and how a caller reaches it."""

import secrets
from uuid import UUID, uuid4

from chassis import people
from chassis.database.transaction import Tx
from chassis.kafka.consumer import NotYet
from contracts.events.intake import ApplicationSubmitted, ApplicationWithdrawn, Material
from services.review.domain import access, cases, panels
from services.review.domain.access import Caller, Standing
from services.review.domain.cases import Case
from services.review.domain.scoring import Rubric
from services.review.store import cases as store
from services.review.store import catalog, standings
from services.review.store import panels as panel_store
from services.review.store.cases import CaseFile

NUMBER_LENGTH = 6


async def open_case(tx: Tx, submitted: ApplicationSubmitted) -> None:
    """A submission becomes a case, and whoever can be asked is asked at once. Told again, withdrawn before, or erased
    since: nothing.

    Raises NotYet until the credential and the applicant, as they were at the submission, are known here.
    """
    held = await store.lock(tx, submitted.application_id)
    if held is not None:
        await store.save(tx, held[0], cases.resubmit(held[0]))
        return
    terms = await catalog.terms(tx, submitted.credential, submitted.credential_version)
    if terms is None:
        raise NotYet(f"credential/{submitted.credential}/{submitted.credential_version}")
    applicant = await people.require(tx, submitted.person_id, submitted.person_version)
    if applicant.erased:
        return
    case, opened = cases.open_case(
        submitted, uuid4(), _submission_number(), terms.reviewers, terms.business_days, tx.now
    )
    await panel_store.hold_picking(tx)
    vacancy = panels.Vacancy(case, applicant.institution, terms.agreements)
    [(_, found)] = panels.fill([vacancy], await panel_store.candidates(tx), secrets.choice)
    seated, said = cases.searched(case, found)
    if await store.insert(tx, seated, submitted.materials, submitted.carried_forward):
        await tx.emit(opened)
        for event in said:
            await tx.emit(event)


async def withdraw_case(tx: Tx, withdrawn: ApplicationWithdrawn) -> None:
    """The application ended: the case closes, unless it is decided. Heard before the submission, it keeps the case from
    opening."""
    held = await store.lock(tx, withdrawn.application_id)
    if held is None:
        await store.insert(tx, cases.never_opened(withdrawn, uuid4(), _submission_number()))
        return
    await store.save(tx, held[0], cases.withdraw(held[0]))
    tx.wake("assign")


async def look(tx: Tx, address: UUID, caller: Caller) -> tuple[CaseFile, str]:
    """The case and what the caller is to it, without a lock. Raises access.NotThere."""
    found = await store.find(tx, address)
    if found is None:
        raise access.NotThere
    return found, access.role_in(access.standing_of(found.case, caller.person_id), caller, address)


async def approach(tx: Tx, address: UUID, caller: Caller) -> Standing:
    """Where the caller stands with the case, without a lock. Raises access.NotThere."""
    standing = await standings.find(tx, address, caller.person_id)
    if standing is None:
        raise access.NotThere
    access.role_in(standing, caller, address)
    return standing


async def handed_in(tx: Tx, address: UUID, caller: Caller, requirement: str) -> tuple[str, tuple[Material, ...]]:
    """The submission number, and what was handed in for a requirement, for the people of the panel. Raises
    access.NotThere, NotYours, Refused."""
    found = await standings.find_handed_in(tx, address, caller.person_id, requirement)
    if found is None:
        raise access.NotThere
    standing, submission_number, materials = found
    access.check_readable(standing, access.role_in(standing, caller, address))
    return submission_number, materials


async def hold(tx: Tx, address: UUID, caller: Caller, application_id: UUID | None = None) -> tuple[Case, Rubric, str]:
    """The case, held and as it is now, what it is judged by, and what the caller is to it. Raises access.NotThere.

    Who will say something about the case gives its `application_id`, as `approach` found it.
    """
    found = await store.lock(tx, address, application_id)
    if found is None or found[0].opened_at is None:
        raise access.NotThere
    case, rubric = found
    return case, rubric, access.role_in(access.standing_of(case, caller.person_id), caller, address)


def _submission_number() -> str:
    return "S-" + "".join(secrets.choice(cases.NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))
