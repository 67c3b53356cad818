"""A mail to a referee could not be delivered, as `notify` says."""

from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain import letter_requirements, undelivered
from services.intake.domain.letters import find
from services.intake.store import applications as applications_store
from services.intake.store import letters as store
from services.intake.store import moves as moves_store
from services.intake.store.catalog import Definitions


async def come_back(tx: Tx, definitions: Definitions, mail_id: UUID, because: str) -> None:
    """The applicant is told that this mail could not be delivered, if it was the last one of a request for which a
    letter is still awaited. Any other mail changes nothing."""
    known = await store.of_mail(tx, mail_id)
    application = None if known is None else await applications_store.load(tx, known[1])
    if known is None or application is None:
        return
    # Read again with the application locked: meanwhile the referee may have been mailed again, or have answered.
    if await store.of_mail(tx, mail_id) != known:
        return
    before = find(await store.of_application(tx, application.application_id), known[0])
    pinned = (application.credential, application.credential_version)
    definition = await moves_store.definition(tx, definitions, *pinned)
    requirement = None if definition is None else letter_requirements.wanted(definition, before.requirement)
    if requirement is None or not letter_requirements.is_awaited(application, requirement):
        return
    after = undelivered.come_back(before, because, tx.happened)
    if after is before:
        return
    told, events = undelivered.told(application, after, requirement, tx.happened)
    await applications_store.save(tx, application, told, events)
    await store.save(tx, after)
