"""Staff move applications to another version of their credential: with a preview, in the background, and reversible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition
from contracts.refusals import Fault, Invalid, NotThere, Text
from services.intake.domain import left_behind, move_beside, moves
from services.intake.domain.audit import Act, Entry
from services.intake.domain.move_beside import Beside
from services.intake.domain.moves import MOVABLE, Outcome, Plan
from services.intake.store import applications as applications_store
from services.intake.store import audit
from services.intake.store import move_beside as beside_store
from services.intake.store import moves as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.store.moves import Move, Totals
from services.intake.usecases.catalog import no_version

JOB = "move-applications"
A_PAGE = 50
MOST_VERSION = 2**31 - 1
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a move would do: in total, and to some of the applications. `plan` is the mapping."""

    before: CredentialDefinition
    after: CredentialDefinition
    plan: Plan
    totals: Totals
    beside: beside_store.Totals
    outcomes: Sequence[tuple[Loaded, Outcome]]
    next: UUID | None


async def preview(
    tx: Tx,
    definitions: Definitions,
    before_version: int,
    after: CredentialDefinition,
    plan: Plan | None,
    place: UUID = NOBODY,
) -> Preview:
    """What moving applications to `after` would do. Without a plan, each thing becomes the one with the same key."""
    before = await _definition(tx, definitions, after.slug, before_version)
    whole = moves.usual(before, after) if plan is None else moves.check(plan, before, after)
    found = await store.movable(tx, definitions, after.slug, before_version, place, A_PAGE + 1)
    shown = found[:A_PAGE]
    beside = await beside_store.of(tx, [one.application.application_id for one in shown])
    return Preview(
        before=before,
        after=after,
        plan=whole,
        totals=await store.totals(tx, after.slug, before_version),
        beside=await beside_store.totals(tx, before, after, whole, store.MOST_COUNTED + 1),
        outcomes=[
            (
                one,
                moves.outcome(
                    one.application, one.handed, before, after, whole, beside[one.application.application_id]
                ),
            )
            for one in shown
        ],
        next=shown[-1].application.application_id if len(found) > A_PAGE else None,
    )


async def start(
    tx: Tx,
    definitions: Definitions,
    ids: tuple[UUID, UUID],
    versions: tuple[str, int, int],
    plan: Plan | None,
    chosen: Sequence[UUID] | None,
    reason: str,
    actor: UUID,
) -> None:
    """Begin to move the chosen applications, or (None) all that can be. `ids` are those of the move and of its line in
    the audit trail; `versions`: slug, from, to."""
    move_id, audit_id = ids
    slug, before_version, after_version = versions
    if before_version == after_version:
        raise Invalid(Fault("from_version", Text("choose another version than this one")))
    if chosen is not None and not chosen:
        raise Invalid(Fault("applications", Text("choose at least one, or all")))
    before = await _definition(tx, definitions, slug, before_version)
    after = await _definition(tx, definitions, slug, after_version)
    whole = moves.usual(before, after) if plan is None else moves.check(plan, before, after)
    await store.add(tx, move_id, versions, whole, reason, actor, chosen)
    entry = Entry(
        audit_id=audit_id,
        actor=actor,
        act=Act.APPLICATIONS_MOVED,
        about=f"{slug}/{after_version}",
        before=[str(before_version)],
        after=[str(after_version)],
    )
    await audit.add(tx, entry)
    tx.wake(JOB)


async def find(tx: Tx, move_id: UUID) -> Move:
    """A move. Raises NotThere."""
    found = await store.find(tx, move_id)
    if found is None:
        raise NotThere(Text("There is no such move."))
    return found


async def undo(tx: Tx, move_id: UUID, audit_id: UUID, actor: UUID) -> None:
    """Begin to move all back. A second time changes nothing."""
    found = await find(tx, move_id)
    if found.undone_at is not None:
        return
    await store.undo(tx, move_id, actor)
    entry = Entry(
        audit_id=audit_id,
        actor=actor,
        act=Act.MOVE_UNDONE,
        about=f"{found.slug}/{found.to_version}",
        before=[str(found.to_version)],
        after=[str(found.from_version)],
    )
    await audit.add(tx, entry)
    tx.wake(JOB)


async def carry_on(tx: Tx, definitions: Definitions, move_id: UUID, application_id: UUID, audit_id: UUID) -> None:
    """Move one application that waits for it, or move it back. If it cannot be moved, it stays, with the reasons."""
    move = await find(tx, move_id)
    loaded = await applications_store.load_anybodys(tx, definitions, application_id)
    row = await store.one(tx, move_id, application_id)
    if row is None or row["state"] not in ("waiting", "undoing"):
        return
    undone = row["state"] == "undoing"
    if undone:
        done = await _back(tx, definitions, move, loaded, row["before"], row["after"])
    else:
        done = await _forth(tx, definitions, move, loaded)
    if done:
        entry = Entry(
            audit_id=audit_id,
            actor=move.actor,
            act=Act.APPLICATION_MOVED_BACK if undone else Act.APPLICATION_MOVED,
            application_id=application_id,
            person_id=loaded.application.person_id,
            about=f"{move.slug}/{move.from_version if undone else move.to_version}",
        )
        await audit.add(tx, entry)


async def _forth(tx: Tx, definitions: Definitions, move: Move, loaded: Loaded) -> bool:
    application, handed = loaded.application, loaded.handed
    own = application.application_id
    if application.state not in MOVABLE or application.credential_version != move.from_version:
        elsewhere = application.credential_version != move.from_version
        await store.settle(tx, move.move_id, own, "stayed", ["moved again" if elsewhere else application.state.value])
        return False
    after = await _definition(tx, definitions, move.slug, move.to_version)
    now = moves.moved(application, loaded.definition, after, move.plan)
    carried = moves.carry(handed, move.plan, move.from_version)
    noted, event = moves.told(now, move.from_version, tx.now, undone=False)
    keys = [(old, new.requirement, new.items) for old, new in zip(handed, carried, strict=True)]
    renamed = move.plan.requirements, left_behind.prefix(move.from_version)
    beside = await _held_beside(tx, own)
    plan = move_beside.carry_plan(beside.study_plan, move.plan.items, after)
    await store.pin(tx, application, noted, keys, renamed, (event,))
    await beside_store.rename_letters(tx, own, *renamed)
    await beside_store.put_plan(tx, own, move_beside.changed(beside.study_plan, plan))
    then = (await beside_store.of(tx, [own]))[own]
    records = moves.record(application, handed, beside), moves.record(now, carried, then)
    await store.settle(tx, move.move_id, own, "moved", (), *records)
    return True


async def _back(
    tx: Tx,
    definitions: Definitions,
    move: Move,
    loaded: Loaded,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> bool:
    application, handed = loaded.application, loaded.handed
    own = application.application_id
    beside = await _held_beside(tx, own)
    if since := moves.came_since(application, handed, beside, after):
        await store.settle(tx, move.move_id, own, "kept", since)
        return False
    noted, event = moves.told(moves.restored(application, before), move.to_version, tx.now, undone=True)
    keys = [(one, key, items) for one, (key, items) in zip(handed, moves.former_keys(handed, before), strict=True)]
    former = await _definition(tx, definitions, move.slug, move.from_version)
    back = {new: old for old, new in move.plan.requirements.items()}
    back |= {f"{left_behind.prefix(move.from_version)}{one.key}": one.key for one in former.requirements}
    renamed = back, left_behind.prefix(move.to_version)
    plan = move_beside.plan_brought_back(beside.study_plan, move.plan.items, former, before, after)
    await store.pin(tx, application, noted, keys, renamed, (event,))
    if move_beside.LETTERS in before:
        await beside_store.rename_letters(tx, own, *renamed)
    await beside_store.put_plan(tx, own, move_beside.changed(beside.study_plan, plan))
    await store.settle(tx, move.move_id, own, "undone")
    return True


async def _held_beside(tx: Tx, application_id: UUID) -> Beside:
    """What hangs on an application's version beside its materials. Nobody changes it until the end of the
    transaction."""
    await applications_store.lock(tx, application_id)
    return (await beside_store.of(tx, [application_id]))[application_id]


async def _definition(tx: Tx, definitions: Definitions, slug: str, version: int) -> CredentialDefinition:
    found = await store.definition(tx, definitions, slug, version)
    if found is None:
        raise no_version(slug, version)
    return found
