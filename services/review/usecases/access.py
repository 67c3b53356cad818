"""How a caller reaches a case, to look at it or to change it."""

from uuid import UUID

from chassis.database.transaction import Tx
from contracts.events.applications import Material
from services.review.domain import access
from services.review.domain.access import Caller, Relation
from services.review.store import access as store
from services.review.store import cases
from services.review.store.access import CaseFile
from services.review.store.cases import Loaded


async def look(tx: Tx, address: UUID, caller: Caller) -> tuple[CaseFile, str]:
    """The case and the caller's relation to it. Raises NotThere."""
    found = await store.find_file(tx, address)
    if found is None:
        raise access.not_there()
    return found, access.role_in(access.relation_of(found.case, caller.person_id), caller, address)


async def approach(tx: Tx, address: UUID, caller: Caller) -> Relation:
    """The caller's relation to the case. Raises NotThere."""
    relation = await store.find_relation(tx, address, caller.person_id)
    if relation is None:
        raise access.not_there()
    access.role_in(relation, caller, address)
    return relation


async def handed_in(tx: Tx, address: UUID, caller: Caller, requirement: str) -> tuple[str, tuple[Material, ...]]:
    """The submission number and what was handed in for a requirement, for panel members. Raises NotThere, NotYours,
    WrongState."""
    found = await store.find_handed_in(tx, address, caller.person_id, requirement)
    if found is None:
        raise access.not_there()
    relation, submission_number, materials = found
    access.check_readable(relation, access.role_in(relation, caller, address))
    return submission_number, materials


async def load(tx: Tx, address: UUID, caller: Caller) -> Loaded:
    """The case, for a caller who changes it. Raises NotThere."""
    found = await cases.load(tx, address)
    if found is None or found.case.opened_at is None:
        raise access.not_there()
    access.role_in(access.relation_of(found.case, caller.person_id), caller, address)
    return found
