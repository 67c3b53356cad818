"""The catalog: what the program's folder holds becomes what everybody hears."""

from collections.abc import Iterable

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition
from contracts.events.intake import CredentialPublished
from services.intake.store import catalog as store


async def publish(tx: Tx, definitions: Iterable[CredentialDefinition]) -> int:
    """Keep each version that is new or changed and say it; how many there were.

    Two replicas that start at once take the rows in one order, and the second finds nothing changed. A version that is
    no longer in the folder stays: applications are pinned to it.
    """
    published = 0
    for definition in sorted(definitions, key=lambda definition: (definition.slug, definition.version)):
        publication = await store.publish(tx, definition)
        if publication is not None:
            await tx.emit(CredentialPublished(version=publication, definition=definition))
            published += 1
    return published
