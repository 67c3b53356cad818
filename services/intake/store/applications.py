"""SQL of applications."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition
from contracts.claims import Money, ObjectClaim
from contracts.event import Event
from contracts.events.applications import CarriedItem
from contracts.events.review import ItemResult
from services.intake.domain.applications import (
    Application,
    BasicInformation,
    Decision,
    Moment,
    unknown,
)
from services.intake.domain.cohort_places import Taken
from services.intake.domain.drafts import Draft
from services.intake.domain.materials import Handed
from services.intake.domain.states import GIVEN_UP, State
from services.intake.domain.terms import Term
from services.intake.store.catalog import Definitions
from services.intake.store.cohort_places import COHORT_OF, KEEP_COHORTS, taken_from
from services.intake.store.drafts import DRAFTS_OF, draft_from
from services.intake.store.materials import MATERIALS_OF, handed_from
from services.intake.store.reopenings import REOPENED, reopened_from
from services.intake.store.terms import TERM_OF, term_from
from services.intake.store.timeline import timeline_kept

_DECISION = "(SELECT to_jsonb(d) FROM decisions d WHERE d.decision_id = a.decision_id) AS decision"
_ELIGIBILITY = "(SELECT e.answer FROM eligibility e WHERE e.application_id = a.application_id) AS eligibility"
# Every change of an application, also of its materials, adds one to its version.
_AS_READ = "(SELECT s.version FROM applications s WHERE s.application_id = a.application_id) AS version_as_read"
_COLUMNS = f"""
    a.*, c.published, p.version AS person_version, {_DECISION}, {_ELIGIBILITY}, {MATERIALS_OF} AS materials,
        {TERM_OF}, {REOPENED} AS reopened, {_AS_READ}, {COHORT_OF} AS cohort
"""
_FROM = """
    FROM applications a
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    JOIN people p ON p.person_id = a.person_id AND NOT p.erased
"""
_SELECT = f"SELECT {_COLUMNS} {_FROM}"
LOAD = f"SELECT a.*, {_DECISION}, {_ELIGIBILITY}, {_AS_READ} FROM applications a WHERE a.application_id = $1"
LOAD_ANYBODYS = f"{_SELECT} WHERE a.application_id = $1"
LOAD_OWN = f"SELECT {_COLUMNS}, {DRAFTS_OF} AS drafts {_FROM} WHERE a.application_id = $1 AND a.person_id = $2"
# Somebody's application, with its owner.
LOAD_OVERSEEN = f"""
    SELECT a.*, c.published, p.version AS person_version, p.erased, p.name, p.email, {_DECISION},
        {_ELIGIBILITY}, {MATERIALS_OF} AS materials, {TERM_OF}, {REOPENED} AS reopened, {COHORT_OF} AS cohort
    FROM applications a
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    JOIN people p ON p.person_id = a.person_id
    WHERE a.application_id = $1
"""
LOCK = "SELECT application_id FROM applications WHERE application_id = $1 FOR NO KEY UPDATE"
LIST_OWN = (
    f"{_SELECT} WHERE a.person_id = $1 AND (a.started_at, a.application_id) > ($2, $3) ORDER"
    " BY a.started_at, a.application_id LIMIT $4"
)
UPDATE = """
    UPDATE applications SET version = $2 + 1, state = $3, basic = $4, agreement_version = $5,
        agreement_accepted_at = $6, path = $7, path_answer = $8, on_hold = $9, badge_url = $10, timeline = $11,
        withdrawal_note = $12, decision_id = $13, changed_at = $14
    WHERE application_id = $1 AND version = $2
    RETURNING application_id
"""
# The decision comes first, because the application names it. A known decision stays as it is.
DECIDE = f"""
    WITH decided AS (
        INSERT INTO decisions (decision_id, application_id, outcome, items, letter, feedback, decided_at)
        SELECT $13::uuid, $1::uuid, $15::text, $16::jsonb, $17::jsonb, $18::jsonb, $19::timestamptz
        FROM applications WHERE application_id = $1 AND version = $2
        ON CONFLICT DO NOTHING
    )
    {UPDATE}
"""
# The latest attempt before this one that ended not_yet.
EARLIER = f"""
    {_SELECT} WHERE a.person_id = $1 AND a.credential = $2 AND a.state = 'not_yet' AND a.attempt < $3
    ORDER BY a.attempt DESC, a.started_at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An application and its materials at one moment, with everything that is needed to decide about it.

    `earlier` is the last attempt before it that was decided not_yet, or None. Lists leave it out. `drafts` are there
    only for its own applicant.
    """

    application: Application
    definition: CredentialDefinition
    person_version: int
    started_at: datetime
    handed: tuple[Handed, ...] = ()
    term: Term | None = None
    cohort: Taken | None = None
    earlier: Application | None = None
    drafts: tuple[Draft, ...] = ()


@dataclass(frozen=True, slots=True)
class Overseen:
    """Somebody's application, for the program's staff to read. `name` and `email` are the applicant's; they are empty
    after an erasure."""

    loaded: Loaded
    name: str
    email: str


async def load(tx: Tx, application_id: UUID) -> Application | None:
    """Anybody's application. If the person is loaded too, load them first."""
    row = await tx.load(application_id, LOAD, application_id, lock="a")
    return None if row is None else application_from(row)


async def load_own(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    """This person's application with its materials. If the person is loaded too, load them first. Raises NotThere."""
    row = await tx.load(application_id, LOAD_OWN, application_id, person_id, lock="a")
    found = await _loaded(tx, definitions, _there(row, application_id))
    return await _with_earlier(tx, definitions, found)


async def load_anybodys(tx: Tx, definitions: Definitions, application_id: UUID) -> Loaded:
    """Anybody's application with its materials, for an act of the staff. Raises NotThere."""
    row = await tx.load(application_id, LOAD_ANYBODYS, application_id, lock="a")
    return await _loaded(tx, definitions, _there(row, application_id))


async def lock(tx: Tx, application_id: UUID) -> None:
    """Locks an application: until the end of the transaction nobody else changes the things that belong to it, and
    events may be said under its key."""
    await tx.lock(application_id, LOCK, application_id)


async def load_overseen(tx: Tx, definitions: Definitions, application_id: UUID) -> Overseen:
    """Anybody's application with its materials, only to read. Raises NotThere."""
    row = await tx.fetchrow(LOAD_OVERSEEN, application_id)
    if row is None:
        raise unknown(application_id)
    loaded = await _with_earlier(tx, definitions, await _loaded(tx, definitions, row))
    if row["erased"]:
        return Overseen(replace(loaded, application=replace(loaded.application, basic=None)), "", "")
    return Overseen(loaded, row["name"], row["email"])


async def list_own(
    tx: Tx, definitions: Definitions, person_id: UUID, after: tuple[datetime, UUID], limit: int
) -> list[Loaded]:
    """This person's applications in the order of their start."""
    return [await _loaded(tx, definitions, row) for row in await tx.fetch(LIST_OWN, person_id, *after, limit)]


async def save(tx: Tx, before: Application, after: Application, says: Sequence[Event] = ()) -> None:
    """Save a changed application and say the events. Ratings are saved with their material (`store.materials`)."""
    if after == before:
        return
    if after.state in GIVEN_UP and after.state is not before.state:
        tx.wake(KEEP_COHORTS)
    decision = after.decision
    fields = (
        after.application_id,
        after.version,
        after.state.value,
        None if after.basic is None else asdict(after.basic),
        after.agreement_version,
        after.agreement_accepted_at,
        after.path,
        after.path_answer,
        after.on_hold,
        after.badge_url,
        timeline_kept(after.timeline),
        None if after.withdrawal_note is None else after.withdrawal_note.model_dump(),
        None if decision is None else decision.decision_id,
        tx.now,
    )
    if decision is None or decision == before.decision:
        await tx.save(after.application_id, UPDATE, *fields, says=says)
    else:
        await tx.save(after.application_id, DECIDE, *fields, *_decided(decision), says=says)


async def earlier(
    tx: Tx, definitions: Definitions, person_id: UUID, credential: str, before_attempt: int
) -> Loaded | None:
    """This person's latest attempt for this credential that ended not_yet and has a lower number."""
    row = await tx.fetchrow(EARLIER, person_id, credential, before_attempt)
    return None if row is None else await _loaded(tx, definitions, row)


async def _with_earlier(tx: Tx, definitions: Definitions, loaded: Loaded) -> Loaded:
    found = loaded.application
    if found.attempt == 1:
        return loaded
    before = await earlier(tx, definitions, found.person_id, found.credential, found.attempt)
    return loaded if before is None else replace(loaded, earlier=before.application)


def _there(row: asyncpg.Record | None, application_id: UUID) -> asyncpg.Record:
    if row is None:
        raise unknown(application_id)
    return row


async def _loaded(tx: Tx, definitions: Definitions, row: asyncpg.Record) -> Loaded:
    definition = await definitions.get(tx, row["credential"], row["credential_version"], row["published"])
    handed = tuple(handed_from(material) for material in row["materials"])
    read = (row["person_version"], row["started_at"], handed, term_from(row["term"], row["changed_at"]))
    drafts = tuple(draft_from(draft) for draft in row.get("drafts", []))
    return Loaded(application_from(row), definition, *read, taken_from(row["cohort"]), drafts=drafts)


def application_from(row: asyncpg.Record) -> Application:
    """An application as PostgreSQL gives it."""
    return Application(
        application_id=row["application_id"],
        person_id=row["person_id"],
        credential=row["credential"],
        credential_version=row["credential_version"],
        fee=Money(**row["fee"]),
        attempt=row["attempt"],
        state=State(row["state"]),
        version=row["version"],
        basic=None if row["basic"] is None else BasicInformation(**row["basic"]),
        agreement_version=row["agreement_version"],
        agreement_accepted_at=row["agreement_accepted_at"],
        eligibility=row.get("eligibility"),
        path=row["path"],
        path_answer=row["path_answer"],
        ratings=row["ratings"],
        carried_forward=tuple(CarriedItem(**item) for item in row["carried_forward"]),
        on_hold=row["on_hold"],
        decision=None if row["decision"] is None else _decision(row["decision"]),
        badge_url=row["badge_url"],
        withdrawal_note=None if row["withdrawal_note"] is None else ObjectClaim(**row["withdrawal_note"]),
        reopened=reopened_from(row.get("reopened", [])),
        timeline=tuple(Moment(datetime.fromisoformat(moment["at"]), moment["what"]) for moment in row["timeline"]),
    )


def _decision(found: dict[str, Any]) -> Decision:
    return Decision(
        decision_id=UUID(found["decision_id"]),
        outcome=found["outcome"],
        items=_items(found["items"]),
        letter=ObjectClaim(**found["letter"]),
        feedback=ObjectClaim(**found["feedback"]),
        decided_at=datetime.fromisoformat(found["decided_at"]),
    )


def _items(found: list[dict[str, Any]]) -> tuple[ItemResult, ...]:
    return tuple(ItemResult(**item) for item in found)


def _decided(decision: Decision) -> tuple[object, ...]:
    return (
        decision.outcome,
        [item.model_dump() for item in decision.items],
        decision.letter.model_dump(),
        decision.feedback.model_dump(),
        decision.decided_at,
    )
