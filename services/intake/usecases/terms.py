"""Deadlines: the applicant's requests, the staff's extensions, and the paid renewal fee. The clock has a module of its
own."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from chassis.database.transaction import Tx
from chassis.kafka.outcome import NotYet
from services.intake.domain import applications, terms
from services.intake.domain.applications import Application
from services.intake.domain.audit import Act, Entry
from services.intake.domain.terms import Rules
from services.intake.store import applications as applications_store
from services.intake.store import audit, periods
from services.intake.store import terms as store
from services.intake.store.applications import Loaded, Overseen
from services.intake.store.catalog import Definitions


async def ask_renewal(
    tx: Tx, definitions: Definitions, rules: Rules, application_id: UUID, person_id: UUID, renewal_id: UUID
) -> Loaded:
    """The applicant asks to be carried over to the next period. It is done when the fee is paid."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    known = await periods.all_of_them(tx)
    moved = terms.ask_renewal(
        loaded.application,
        loaded.term,
        known,
        rules,
        renewal_id=renewal_id,
        person_version=loaded.person_version,
        now=tx.now,
    )
    return await _keep(tx, loaded, moved)


async def settle_renewal(tx: Tx, rules: Rules, application_id: UUID, renewal_id: UUID) -> None:
    """The fee of a renewal is paid or waived."""
    application = await applications_store.load(tx, application_id)
    if application is None:
        raise NotYet(f"application/{application_id}")
    term = await store.find(tx, application_id)
    if term is None:
        return
    after, renewed, events = terms.settle_renewal(application, term, renewal_id, rules, tx.happened)
    if renewed == term:
        return
    await applications_store.save(tx, application, after, events)
    await store.save(tx, renewed)


async def extend(
    tx: Tx,
    definitions: Definitions,
    rules: Rules,
    application_id: UUID,
    day: date,
    reason: str,
    entry: tuple[UUID, UUID],
) -> Overseen:
    """Staff extend one application until the end of a later day. `entry`: the id of the line in the audit trail, and
    who acts."""
    seen = await applications_store.load_overseen(tx, definitions, application_id)
    application = await applications_store.load(tx, application_id)
    if application is None:
        raise applications.unknown(application_id)
    term = await store.find(tx, application_id)
    before = None if term is None else term.last_day
    loaded = replace(seen.loaded, application=application, term=term)
    after, extended, events = terms.extend(application, term, day, rules, tx.now)
    kept = await _keep(tx, loaded, (after, replace(extended, reason=reason), events))
    audit_id, actor = entry
    await store.add_extension(tx, audit_id, application_id, day, reason)
    await audit.add(
        tx,
        Entry(
            audit_id=audit_id,
            actor=actor,
            act=Act.DEADLINE_EXTENDED,
            application_id=application_id,
            person_id=application.person_id,
            before=[] if before is None else [before.isoformat()],
            after=[day.isoformat()],
        ),
    )
    return replace(seen, loaded=kept)


async def end_renewal(tx: Tx, before: Loaded, after: Application) -> Loaded:
    """The application was saved as submitted or withdrawn: a requested renewal ends with it."""
    term, events = terms.end_renewal(after, before.term)
    if term is not None and term != before.term:
        await store.save(tx, term)
        for event in events:
            await tx.emit(event)
    return replace(before, application=after, term=term)


async def _keep(tx: Tx, before: Loaded, moved: terms.Moved) -> Loaded:
    application, term, events = moved
    if application != before.application:
        await applications_store.save(tx, before.application, application, events)
        await store.save(tx, term)
    return replace(before, application=application, term=term)
