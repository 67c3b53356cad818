"""Cohorts: the acts of applicants and staff, and the effect of time. An application is loaded before a cohort, and each
act of staff writes a line of the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import addresses
from chassis.addresses import NoAddress
from chassis.database.transaction import Tx
from contracts import editions
from contracts.refusals import Fault, Invalid, NotThere, Text
from services.intake.domain import cohort_places, cohort_sessions, cohorts
from services.intake.domain.applications import Application, unknown
from services.intake.domain.audit import Act, By, Entry
from services.intake.domain.cohort_places import Joining
from services.intake.domain.cohort_states import State
from services.intake.domain.cohorts import Change, Cohort, Details, Facilitator, Session, instant
from services.intake.store import applications as applications_store
from services.intake.store import audit, catalog
from services.intake.store import cohorts as store
from services.intake.store import people as people_store
from services.intake.store.catalog import Definitions
from services.intake.store.terms import end_silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What staff typed about a cohort. Times without a zone are those of the cohort's zone. A facilitator is a name and
    an e-mail address, or an empty text."""

    name: str
    description: str
    credentials: Sequence[str]
    capacity: int
    facilitators: Sequence[tuple[str, str]]
    time_zone: str
    joining_opens: datetime | None
    joining_closes: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSession:
    """What staff typed about a session."""

    title: str
    starts_at: datetime
    minutes: int
    link: str


async def join(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, cohort_id: UUID) -> None:
    """Take a place for an application, or one on the waiting list."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    elsewhere = await store.place_of(tx, application_id)
    if elsewhere not in (None, cohort_id):
        raise cohort_places.another_place()
    cohort = await store.load(tx, cohort_id)
    if cohort.state is State.DRAFT:
        raise cohorts.no_cohort(cohort_id)
    await store.save(tx, cohort, *cohort_places.join(cohort, _joining(loaded.application), tx.now))
    await end_silence(tx, application_id, loaded.term)


async def leave(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> None:
    """Give the application's place up. Nothing happens if it has none."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    cohort_id = await store.place_of(tx, application_id)
    if cohort_id is not None:
        cohort = await store.load(tx, cohort_id)
        await store.save(tx, cohort, *cohort_places.leave(cohort, application_id, tx.now))
        await end_silence(tx, application_id, loaded.term)


async def create(tx: Tx, definitions: Definitions, cohort_id: UUID, asked: Asked, by: By) -> Cohort:
    """A new cohort, as a draft that only staff see."""
    details = await _details(tx, definitions, asked)
    cohorts.check_window(details)
    cohort = Cohort(cohort_id=cohort_id, details=details)
    await store.insert(tx, cohort)
    await _note(tx, by, Act.COHORT_CREATED, cohort_id)
    return cohort


async def edit(
    tx: Tx, definitions: Definitions, cohort_id: UUID, asked: Asked, by: By, seen: frozenset[str] | None = None
) -> Cohort:
    """Change the details. `seen`: the edition of them that the editor saw."""
    cohort = await store.load(tx, cohort_id)
    details = await _details(tx, definitions, asked)
    editions.check(seen, cohort.details.kept(), details.kept())
    return await _save(tx, cohort, cohorts.edit(cohort, details, tx.now), by, Act.COHORT_CHANGED)


async def open_to_applicants(tx: Tx, cohort_id: UUID, by: By) -> Cohort:
    """Let applicants join."""
    cohort = await store.load(tx, cohort_id)
    return await _save(tx, cohort, cohorts.open_to_applicants(cohort, tx.now), by, Act.COHORT_OPENED)


async def cancel(tx: Tx, cohort_id: UUID, by: By) -> Cohort:
    """Cancel the whole cohort."""
    cohort = await store.load(tx, cohort_id)
    return await _save(tx, cohort, cohorts.cancel(cohort, tx.now), by, Act.COHORT_CANCELLED)


async def schedule(
    tx: Tx,
    cohort_id: UUID,
    session_id: UUID,
    asked: AskedSession,
    by: By,
    seen: frozenset[str] | None = None,
    *,
    new: bool,
) -> Cohort:
    """Add a session, or change one. `seen`: the edition of the session that the editor saw."""
    cohort = await store.load(tx, cohort_id)
    before = None if new else session_of(cohort, session_id)
    starts_at = instant("starts_at", asked.starts_at, ZoneInfo(cohort.details.time_zone))
    session = Session(session_id, starts_at, asked.minutes, asked.title, asked.link)
    if before is not None:
        editions.check(seen, session_kept(before), session_kept(session))
    return await _save(tx, cohort, cohort_sessions.schedule(cohort, session), by, Act.COHORT_SESSIONS_CHANGED)


async def cancel_session(
    tx: Tx, cohort_id: UUID, session_id: UUID, by: By, seen: frozenset[str] | None = None
) -> Cohort:
    """Cancel one session. `seen`: as for `schedule`. One that is cancelled already stays so."""
    cohort = await store.load(tx, cohort_id)
    before = session_of(cohort, session_id)
    if not before.cancelled:
        editions.check(seen, session_kept(before), None)
    return await _save(tx, cohort, cohort_sessions.cancel_session(cohort, session_id), by, Act.COHORT_SESSIONS_CHANGED)


async def remove(tx: Tx, cohort_id: UUID, application_id: UUID, reason: str, by: By) -> Cohort:
    """Remove somebody from a cohort."""
    cohort = await store.load(tx, cohort_id)
    change = cohort_places.remove(cohort, application_id, reason, tx.now)
    return await _save(tx, cohort, change, by, Act.COHORT_MEMBER_REMOVED, _whose(cohort, application_id))


async def move(tx: Tx, cohort_id: UUID, application_id: UUID, target_id: UUID, reason: str, by: By) -> Cohort:
    """Move somebody to another cohort."""
    application = await applications_store.load(tx, application_id)
    if application is None:
        raise unknown(application_id)
    found = {one: await store.load(tx, one) for one in sorted({cohort_id, target_id})}
    source, target = found[cohort_id], found[target_id]
    left, entered = cohort_places.move(source, target, _joining(application), reason, tx.now)
    await store.save_all(tx, [(source, *left), (target, *entered)])
    who = application_id, application.person_id
    await _note(tx, by, Act.COHORT_MEMBER_MOVED, cohort_id, who, (source.details.name,), (target.details.name,))
    return left[0]


async def keep(tx: Tx, cohort_id: UUID) -> None:
    """The effect of time on a cohort. Applications that ended lose their places."""
    cohort = await store.load(tx, cohort_id)
    after, events = cohort_places.drop_ended(cohort, tx.now)
    await store.save(tx, cohort, cohorts.pass_time(after, tx.now), events)


def session_of(cohort: Cohort, session_id: UUID) -> Session:
    """One session. Raises NotThere."""
    found = next((one for one in cohort.sessions if one.session_id == session_id), None)
    if found is None:
        raise cohorts.no_session(session_id)
    return found


def session_kept(session: Session) -> dict[str, str | int]:
    """The editable fields of a session, for its edition."""
    return {
        "title": session.title,
        "starts_at": session.starts_at.isoformat(),
        "minutes": session.minutes,
        "link": session.link,
    }


async def _details(tx: Tx, definitions: Definitions, asked: Asked) -> Details:
    known = await catalog.names(tx, definitions)
    if unknown_ones := [slug for slug in asked.credentials if slug not in known]:
        raise Invalid(
            Fault("credentials", Text("there is no credential %(slug)r", slug=unknown_ones[0])),
            text=Text("A cohort is for credentials of the catalog."),
        )
    zone = ZoneInfo(asked.time_zone)
    opens, closes = asked.joining_opens, asked.joining_closes
    return Details(
        name=asked.name,
        description=asked.description,
        credentials=tuple(sorted(set(asked.credentials))),
        capacity=asked.capacity,
        facilitators=tuple([await _facilitator(tx, *one) for one in asked.facilitators]),
        time_zone=asked.time_zone,
        joining_opens=None if opens is None else instant("joining_opens", opens, zone),
        joining_closes=None if closes is None else instant("joining_closes", closes, zone),
    )


async def _facilitator(tx: Tx, name: str, email: str) -> Facilitator:
    if not email:
        return Facilitator(name)
    try:
        key = addresses.read(email).key
    except NoAddress as error:
        raise Invalid(Fault("facilitators", error.args[0])) from None
    row = await tx.fetchrow(people_store.LOAD_BY_KEY, key)
    if row is None:
        raise Invalid(
            Fault("facilitators", Text("nobody here has the address %(email)s; leave it out", email=email)),
            text=Text("The address of a facilitator must belong to an account."),
        )
    return Facilitator(name, row["person_id"])


async def _save(
    tx: Tx, before: Cohort, change: Change, by: By, act: Act, whose: tuple[UUID, UUID] | None = None
) -> Cohort:
    after, events = change
    if after == before:
        return before
    await store.save(tx, before, after, events)
    moved = after.state is not before.state
    states = ((before.state.value,), (after.state.value,)) if moved else (None, None)
    await _note(tx, by, act, before.cohort_id, whose, *states)
    return replace(after, version=after.version + 1)


async def _note(
    tx: Tx,
    by: By,
    act: Act,
    cohort_id: UUID,
    whose: tuple[UUID, UUID] | None = None,
    before: Sequence[str] | None = None,
    after: Sequence[str] | None = None,
) -> None:
    application_id, person_id = whose or (None, None)
    entry = Entry(
        audit_id=by.audit_id,
        actor=by.actor,
        act=act,
        application_id=application_id,
        person_id=person_id,
        about=f"cohorts/{cohort_id}",
        before=before,
        after=after,
    )
    await audit.add(tx, entry)


def _whose(cohort: Cohort, application_id: UUID) -> tuple[UUID, UUID]:
    for place in cohort.places:
        if place.application_id == application_id:
            return application_id, place.person_id
    raise NotThere(Text("This application has no place in this cohort."))


def _joining(application: Application) -> Joining:
    return Joining(application.application_id, application.person_id, application.credential, application.state)
