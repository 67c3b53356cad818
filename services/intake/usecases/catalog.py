"""The catalog: the program's folder is published, and staff change the state of a version.

The last change of a state counts. A file that is read again without a change changes nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID, uuid4

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition
from contracts.events.catalog import CredentialPublished
from contracts.refusals import NotThere, Text
from services.intake.domain.audit import Act, Entry
from services.intake.domain.catalog import change_state
from services.intake.store import audit
from services.intake.store import catalog as store

Lacking = Callable[[CredentialDefinition], Sequence[str]]
"""What a version lacks to be open."""


async def publish(tx: Tx, definitions: Iterable[CredentialDefinition]) -> int:
    """Save each version that is new or changed, and say it. Returns their number.

    Two replicas that start at once lock the rows in one order, and the second finds nothing changed. A version that is
    no longer in the folder stays, because applications stay on it. If a file opens a version, another version that
    staff opened is retired.
    """
    published = 0
    opened: list[CredentialDefinition] = []
    for definition in sorted(definitions, key=lambda definition: (definition.slug, definition.version)):
        publication = await store.publish(tx, definition)
        if publication is None:
            continue
        found = publication.definition
        event = CredentialPublished(
            version=publication.published, definition=found, changed_from=publication.changed_from
        )
        await tx.emit(event)
        if publication.changed_from is not None:
            await store.note_change(tx, uuid4(), found, publication.changed_from, None, "")
        if found.state == "open" and publication.before != "open":
            opened.append(found)
        published += 1
    for definition in opened:
        for other in await store.hold(tx, definition.slug):
            if other.state == "open" and other.version != definition.version:
                await _set(tx, uuid4(), other, other.model_copy(update={"state": "retired"}), None, "")
                published += 1
    return published


async def publish_files(tx: Tx, definitions: Sequence[CredentialDefinition], audit_id: UUID, actor: UUID) -> int:
    """`publish`, at the request of staff."""
    published = await publish(tx, definitions)
    if published:
        await audit.add(tx, Entry(audit_id=audit_id, actor=actor, act=Act.PROGRAM_PUBLISHED))
    return published


async def set_state(
    tx: Tx, slug: str, version: int, state: str, reason: str, lacking: Lacking, ids: tuple[UUID, UUID], actor: UUID
) -> CredentialDefinition:
    """Change the state of a version, which says who may begin. It moves no application.

    The same state again changes nothing. `ids` are those of the change and of its line in the audit trail.
    """
    versions = await store.hold(tx, slug)
    found = next((one for one in versions if one.version == version), None)
    if found is None:
        raise no_version(slug, version)
    open_version = next((one.version for one in versions if one.state == "open" and one.version != version), None)
    changed = change_state(found, state, open_version=open_version, lacks=lacking(found))
    if changed is not found:
        change_id, audit_id = ids
        await _set(tx, change_id, found, changed, actor, reason)
        entry = Entry(
            audit_id=audit_id,
            actor=actor,
            act=Act.CREDENTIAL_STATE_CHANGED,
            about=f"{slug}/{version}",
            before=[found.state],
            after=[changed.state],
        )
        await audit.add(tx, entry)
    return changed


def no_version(slug: str, version: int) -> NotThere:
    """The refusal for a version that does not exist."""
    return NotThere(Text("There is no version %(version)s of a credential %(slug)r.", version=version, slug=slug))


async def _set(
    tx: Tx,
    change_id: UUID,
    before: CredentialDefinition,
    after: CredentialDefinition,
    actor: UUID | None,
    reason: str,
) -> None:
    published = await store.set_state(tx, after)
    await store.note_change(tx, change_id, after, before.state, actor, reason)
    await tx.emit(CredentialPublished(version=published, definition=after, changed_from=before.state))
