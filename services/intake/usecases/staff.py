"""Reading by the program's staff: all applications, and one as its applicant sees it. A look at one, and a saved list,
are in the audit trail."""

from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain.audit import Act, Entry
from services.intake.store import applications, audit
from services.intake.store.applications import Overseen
from services.intake.store.catalog import Definitions


async def look(tx: Tx, definitions: Definitions, audit_id: UUID, application_id: UUID, actor: UUID) -> Overseen:
    """One application, of any applicant. Raises NotThere."""
    found = await applications.load_overseen(tx, definitions, application_id)
    person_id = found.loaded.application.person_id
    act = Act.APPLICATION_SEEN
    seen = Entry(audit_id=audit_id, actor=actor, act=act, application_id=application_id, person_id=person_id)
    await audit.add(tx, seen)
    return found


async def note_export(tx: Tx, audit_id: UUID, actor: UUID) -> None:
    """Note that somebody saved the list."""
    await audit.add(tx, Entry(audit_id=audit_id, actor=actor, act=Act.APPLICATIONS_EXPORTED))
