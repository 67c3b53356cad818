"""SQL about applications."""

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
from contracts.events.intake import CarriedItem
from contracts.events.review import ItemResult
from contracts.refusals import Refused
from services.intake.domain.applications import (
    Application,
    BasicInformation,
    Decision,
    Earlier,
    Moment,
    no_credential,
    unknown,
)
from services.intake.domain.cohort_places import Taken
from services.intake.domain.materials import Handed
from services.intake.domain.states import State
from services.intake.domain.terms import Term
from services.intake.store.catalog import FIRST, Definitions
from services.intake.store.cohort_places import COHORT_OF, KEEP_COHORTS, taken_from
from services.intake.store.materials import MATERIALS_OF, handed_from
from services.intake.store.reopenings import REOPENED, reopened_from
from services.intake.store.terms import TERM_OF, term_from
from services.intake.store.timeline import timeline_kept

_DECISION = "(SELECT to_jsonb(d) FROM decisions d WHERE d.decision_id = a.decision_id) AS decision"
# Whatever changes of an application, its materials too, counts its version up.
_AS_READ = "(SELECT s.version FROM applications s WHERE s.application_id = a.application_id) AS version_as_read"
_SELECT = f"""
    SELECT a.*, c.published, p.version AS person_version, {_DECISION}, {MATERIALS_OF} AS materials, {TERM_OF},
        {REOPENED} AS reopened, {_AS_READ}, {COHORT_OF} AS cohort
    FROM applications a
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    JOIN people p ON p.person_id = a.person_id AND NOT p.erased
"""
LOAD = f"SELECT a.*, {_DECISION}, {_AS_READ} FROM applications a WHERE a.application_id = $1"
LOAD_ANYBODYS = f"{_SELECT} WHERE a.application_id = $1"
LOAD_OWN = f"{_SELECT} WHERE a.application_id = $1 AND a.person_id = $2"
# Whoever's it is, with who that is.
LOAD_OVERSEEN = f"""
    SELECT a.*, c.published, p.version AS person_version, p.erased, p.name, p.email, {_DECISION},
        {MATERIALS_OF} AS materials, {TERM_OF}, {REOPENED} AS reopened, {COHORT_OF} AS cohort
    FROM applications a
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    JOIN people p ON p.person_id = a.person_id
    WHERE a.application_id = $1
"""
LIST_OWN = (
    f"{_SELECT} WHERE a.person_id = $1 AND (a.started_at, a.application_id) > ($2, $3) ORDER"
    " BY a.started_at, a.application_id LIMIT $4"
)
FIND_LIVE = """
    SELECT application_id FROM applications WHERE person_id = $1 AND credential = $2
        AND state IN ('started', 'fee_due', 'open', 'submitted', 'in_review')
"""
INSERT = """
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, timeline, started_at, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
    ON CONFLICT (person_id, credential) WHERE state IN ('started', 'fee_due', 'open', 'submitted',
        'in_review') DO NOTHING
    RETURNING application_id
"""
UPDATE = """
    UPDATE applications SET version = $2 + 1, state = $3, basic = $4, agreement_version = $5,
        agreement_accepted_at = $6, path = $7, path_answer = $8, on_hold = $9, badge_url = $10, timeline = $11,
        withdrawal_note = $12, decision_id = $13, changed_at = $14
    WHERE application_id = $1 AND version = $2
    RETURNING application_id
"""
# The decision first: the application names it. One that is known stays as it is.
DECIDE = f"""
    WITH decided AS (
        INSERT INTO decisions (decision_id, application_id, outcome, items, letter, feedback, decided_at)
        SELECT $13::uuid, $1::uuid, $15::text, $16::jsonb, $17::jsonb, $18::jsonb, $19::timestamptz
        FROM applications WHERE application_id = $1 AND version = $2
        ON CONFLICT DO NOTHING
    )
    {UPDATE}
"""
# Everything a start depends on, in one round trip: the version to start on, the person's version, the last attempt that
# ended not_yet.
BEGINNING = f"""
    SELECT c.slug, c.version, c.published, p.version AS person_version, e.attempt, e.items, e.rubric_version
    FROM (SELECT slug, version, published FROM credentials WHERE slug = $2 ORDER BY {FIRST} LIMIT 1) c
    JOIN people p ON p.person_id = $1 AND NOT p.erased
    LEFT JOIN LATERAL (
        SELECT a.attempt, d.items, v.definition -> 'rubric' ->> 'version' AS rubric_version
        FROM applications a JOIN decisions d USING (decision_id)
        JOIN credentials v ON v.slug = a.credential AND v.version = a.credential_version
        WHERE a.person_id = $1 AND a.credential = c.slug AND a.state = 'not_yet'
        ORDER BY a.attempt DESC, a.started_at DESC LIMIT 1
    ) e ON true
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An application and its materials at one moment, with what is needed to decide about it."""

    application: Application
    definition: CredentialDefinition
    person_version: int
    started_at: datetime
    handed: tuple[Handed, ...] = ()
    term: Term | None = None
    cohort: Taken | None = None


@dataclass(frozen=True, slots=True)
class Overseen:
    """Somebody's application, for the program's staff to read. `name` and `email` are the applicant's, empty for who
    was erased."""

    loaded: Loaded
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the start of an application depends on."""

    definition: CredentialDefinition
    person_version: int
    earlier: Earlier | None


async def beginning(tx: Tx, definitions: Definitions, person_id: UUID, credential: str) -> Beginning:
    """What a start on this credential depends on (the person is signed in, so known). Raises NotThere."""
    row = await tx.fetchrow(BEGINNING, person_id, credential)
    if row is None:
        raise no_credential(credential)
    definition = await definitions.get(tx, row["slug"], row["version"], row["published"])
    earlier = None
    if row["attempt"] is not None:
        earlier = Earlier(row["attempt"], row["rubric_version"], _items(row["items"]))
    return Beginning(definition, row["person_version"], earlier)


async def find_live(tx: Tx, person_id: UUID, credential: str) -> UUID | None:
    """The person's live application for a credential, if there is one."""
    found: UUID | None = await tx.fetchval(FIND_LIVE, person_id, credential)
    return found


async def load(tx: Tx, application_id: UUID) -> Application | None:
    """Anybody's application. Load the person first, if at all."""
    row = await tx.load(application_id, LOAD, application_id, lock="a")
    return None if row is None else application_from(row)


async def load_own(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    """This person's application with its materials. Load the person first, if at all. Raises NotThere."""
    row = await tx.load(application_id, LOAD_OWN, application_id, person_id, lock="a")
    return await _loaded(tx, definitions, _there(row, application_id))


async def load_anybodys(tx: Tx, definitions: Definitions, application_id: UUID) -> Loaded:
    """Anybody's application with its materials, for an act of the staff. Raises NotThere."""
    row = await tx.load(application_id, LOAD_ANYBODYS, application_id, lock="a")
    return await _loaded(tx, definitions, _there(row, application_id))


async def load_overseen(tx: Tx, definitions: Definitions, application_id: UUID) -> Overseen:
    """Anybody's application with its materials, to be read and not to be saved. Raises NotThere."""
    row = await tx.fetchrow(LOAD_OVERSEEN, application_id)
    if row is None:
        raise unknown(application_id)
    loaded = await _loaded(tx, definitions, row)
    if row["erased"]:
        return Overseen(replace(loaded, application=replace(loaded.application, basic=None)), "", "")
    return Overseen(loaded, row["name"], row["email"])


async def list_own(
    tx: Tx, definitions: Definitions, person_id: UUID, after: tuple[datetime, UUID], limit: int
) -> list[Loaded]:
    """This person's applications in the order of their start."""
    return [await _loaded(tx, definitions, row) for row in await tx.fetch(LIST_OWN, person_id, *after, limit)]


async def insert(tx: Tx, application: Application, says: Sequence[Event], otherwise: Refused) -> None:
    """Keep a new application, and say what follows. `otherwise`: the refusal where the person has a live one for the
    credential."""
    await tx.save(
        application.application_id,
        INSERT,
        application.application_id,
        application.person_id,
        application.credential,
        application.credential_version,
        application.attempt,
        application.state.value,
        application.version,
        application.fee.model_dump(),
        [item.model_dump() for item in application.carried_forward],
        timeline_kept(application.timeline),
        tx.now,
        says=says,
        otherwise=otherwise,
    )


async def save(tx: Tx, before: Application, after: Application, says: Sequence[Event] = ()) -> None:
    """Keep a changed application, and say what follows. Ratings are saved with their material (`store.materials`)."""
    if after == before:
        return
    if after.state is not before.state:
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


def _there(row: asyncpg.Record | None, application_id: UUID) -> asyncpg.Record:
    if row is None:
        raise unknown(application_id)
    return row


async def _loaded(tx: Tx, definitions: Definitions, row: asyncpg.Record) -> Loaded:
    definition = await definitions.get(tx, row["credential"], row["credential_version"], row["published"])
    handed = tuple(handed_from(material) for material in row["materials"])
    read = (row["person_version"], row["started_at"], handed, term_from(row["term"], row["changed_at"]))
    return Loaded(application_from(row), definition, *read, taken_from(row["cohort"]))


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
