"""SQL about applications."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
from services.intake.domain.applications import Application, BasicInformation, Decision, Earlier, Moment
from services.intake.domain.materials import Handed
from services.intake.domain.states import State
from services.intake.store.catalog import Definitions
from services.intake.store.materials import MATERIALS_OF, handed_from

_SELECT = f"""
    SELECT a.*, c.published, p.version AS person_version, {MATERIALS_OF} AS materials
    FROM applications a
    JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version
    JOIN people p ON p.person_id = a.person_id
"""
LOCK = "SELECT * FROM applications WHERE application_id = $1 FOR NO KEY UPDATE"
READ_OWN = f"{_SELECT} WHERE a.application_id = $1 AND a.person_id = $2"
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
        carried_forward, timeline,
        started_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (person_id, credential) WHERE state IN ('started', 'fee_due', 'open', 'submitted',
        'in_review') DO NOTHING
    RETURNING application_id
"""
UPDATE = """
    UPDATE applications SET version = $2 + 1, state = $3, basic = $4, agreement_version = $5,
        agreement_accepted_at = $6, path = $7,
        path_answer = $8, ratings = $9, on_hold = $10, decision = $11, badge_url = $12, timeline = $13,
            withdrawal_note = $14
    WHERE application_id = $1 AND version = $2
    RETURNING application_id
"""
# Everything a start depends on, in one round trip: the version to start on, the person's version, the last attempt that
# ended not_yet.
BEGINNING = """
    SELECT c.slug, c.version, c.published, p.version AS person_version, e.attempt, e.decision, e.rubric_version
    FROM (SELECT slug, version, published FROM credentials WHERE slug = $2 ORDER BY (state = 'open') DESC,
        version DESC LIMIT 1) c
    JOIN people p ON p.person_id = $1
    LEFT JOIN LATERAL (
        SELECT a.attempt, a.decision, d.definition -> 'rubric' ->> 'version' AS rubric_version
        FROM applications a JOIN credentials d ON d.slug = a.credential AND d.version = a.credential_version
        WHERE a.person_id = $1 AND a.credential = c.slug AND a.state = 'not_yet'
        ORDER BY a.attempt DESC, a.started_at DESC LIMIT 1
    ) e ON true
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An application and its materials at one moment, with what is needed to decide about it. Whatever changes any of
    it counts its version up."""

    application: Application
    definition: CredentialDefinition
    person_version: int
    started_at: datetime
    handed: tuple[Handed, ...] = ()


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the start of an application depends on."""

    definition: CredentialDefinition
    person_version: int
    earlier: Earlier | None


async def beginning(tx: Tx, definitions: Definitions, person_id: UUID, credential: str) -> Beginning | None:
    """What a start on this credential depends on; None if there is no such credential (the person is signed in, so
    known)."""
    row = await tx.fetchrow(BEGINNING, person_id, credential)
    if row is None:
        return None
    definition = await definitions.get(tx, row["slug"], row["version"], row["published"])
    earlier = (
        None
        if row["attempt"] is None
        else Earlier(row["attempt"], row["rubric_version"], _decision(row["decision"]).items)
    )
    return Beginning(definition, row["person_version"], earlier)


async def find_live(tx: Tx, person_id: UUID, credential: str) -> UUID | None:
    """The person's live application for a credential, if there is one."""
    found: UUID | None = await tx.fetchval(FIND_LIVE, person_id, credential)
    return found


async def lock(tx: Tx, application_id: UUID) -> Application | None:
    """Anybody's application, its row locked. Lock the person first, if at all."""
    row = await tx.lock(application_id, LOCK, application_id)
    return None if row is None else _application(row)


async def read_own(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded | None:
    """This person's application; not locked."""
    row = await tx.fetchrow(READ_OWN, application_id, person_id)
    return None if row is None else await _loaded(tx, definitions, row)


async def list_own(
    tx: Tx, definitions: Definitions, person_id: UUID, after: tuple[datetime, UUID], limit: int
) -> list[Loaded]:
    """This person's applications in the order of their start."""
    return [await _loaded(tx, definitions, row) for row in await tx.fetch(LIST_OWN, person_id, *after, limit)]


async def insert(tx: Tx, application: Application, says: Sequence[Event]) -> bool:
    """Keep a new application, its row locked, and say what follows; False if the person has a live one for the
    credential."""
    row = await tx.write(
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
        _timeline(application.timeline),
        tx.now,
        says=says,
    )
    return row is not None


async def save(tx: Tx, application: Application, says: Sequence[Event] = ()) -> bool:
    """Keep a changed application, its row locked from now on, and say what follows; False if somebody else changed it
    since it was read."""
    decision = application.decision
    row = await tx.write(
        application.application_id,
        UPDATE,
        application.application_id,
        application.version,
        application.state.value,
        None if application.basic is None else asdict(application.basic),
        application.agreement_version,
        application.agreement_accepted_at,
        application.path,
        application.path_answer,
        application.ratings,
        application.on_hold,
        None if decision is None else _decision_as_json(decision),
        application.badge_url,
        _timeline(application.timeline),
        None if application.withdrawal_note is None else application.withdrawal_note.model_dump(),
        says=says,
    )
    return row is not None


async def _loaded(tx: Tx, definitions: Definitions, row: asyncpg.Record) -> Loaded:
    definition = await definitions.get(tx, row["credential"], row["credential_version"], row["published"])
    handed = tuple(handed_from(material) for material in row["materials"])
    return Loaded(_application(row), definition, row["person_version"], row["started_at"], handed)


def _application(row: asyncpg.Record) -> Application:
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
        timeline=tuple(Moment(datetime.fromisoformat(moment["at"]), moment["what"]) for moment in row["timeline"]),
    )


def _timeline(timeline: Sequence[Moment]) -> list[dict[str, str]]:
    return [{"at": moment.at.isoformat(), "what": moment.what} for moment in timeline]


def _decision(found: dict[str, Any]) -> Decision:
    return Decision(
        decision_id=UUID(found["decision_id"]),
        outcome=found["outcome"],
        items=tuple(ItemResult(**item) for item in found["items"]),
        letter=ObjectClaim(**found["letter"]),
        feedback=ObjectClaim(**found["feedback"]),
    )


def _decision_as_json(decision: Decision) -> dict[str, object]:
    return {
        "decision_id": str(decision.decision_id),
        "outcome": decision.outcome,
        "items": [item.model_dump() for item in decision.items],
        "letter": decision.letter.model_dump(),
        "feedback": decision.feedback.model_dump(),
    }
