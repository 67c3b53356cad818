"""SQL of the beginning of an application: what it depends on, and what it takes over from an earlier attempt."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition
from contracts.event import Event
from contracts.refusals import Refused
from services.intake.domain.applications import Application
from services.intake.domain.beginning import Earlier, no_credential
from services.intake.store import applications
from services.intake.store.catalog import FIRST, Definitions
from services.intake.store.timeline import timeline_kept

FIND_LIVE = """
    SELECT application_id FROM applications WHERE person_id = $1 AND credential = $2
        AND state IN ('started', 'fee_due', 'open', 'submitted', 'in_review')
"""
INSERT = """
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, timeline, started_at, changed_at, basic, agreement_version, agreement_accepted_at, path,
        path_answer, ratings)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14, $15, $16, $17)
    ON CONFLICT (person_id, credential) WHERE state IN ('started', 'fee_due', 'open', 'submitted',
        'in_review') DO NOTHING
    RETURNING application_id
"""
# Everything that a start depends on, in one round trip: the version to start on, the person's version, the last attempt
# that ended not_yet.
BEGINNING = f"""
    SELECT c.slug, c.version, c.published, p.version AS person_version,
        (SELECT max(a.attempt) FROM applications a WHERE a.person_id = $1 AND a.credential = c.slug
            AND a.state = 'not_yet') AS attempt
    FROM (SELECT slug, version, published FROM credentials WHERE slug = $2 ORDER BY {FIRST} LIMIT 1) c
    JOIN people p ON p.person_id = $1 AND NOT p.erased
"""
# Both attempts share the objects. An object is deleted only if no row of another attempt names it.
TAKE_MATERIALS = """
    INSERT INTO materials (application_id, requirement, artifact_id, kind, content, annotation, items, words, minutes,
        handed_in_at, filename)
    SELECT $1, requirement, artifact_id, kind, content, annotation,
        ARRAY(SELECT item FROM unnest(items) WITH ORDINALITY AS of (item, place) WHERE item = ANY ($4) ORDER BY place),
        words, minutes, handed_in_at, filename
    FROM materials WHERE application_id = $2 AND requirement = ANY ($3)
"""
TAKE_ANSWER = """
    INSERT INTO eligibility (application_id, answer, answered_at)
    SELECT $1, answer, answered_at FROM eligibility WHERE application_id = $2
"""
TAKE_ASSESSMENTS = """
    INSERT INTO assessments (application_id, ratings, at)
    SELECT $1, ratings, at FROM assessments WHERE application_id = $2 ORDER BY assessment_id
"""
TAKE_PLAN = """
    INSERT INTO study_plan (entry_id, application_id, title, resource, item, by, done, added_at)
    SELECT gen_random_uuid(), $1, title, resource, item, by, done, added_at FROM study_plan WHERE application_id = $2
    ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Everything that the start of an application depends on."""

    definition: CredentialDefinition
    person_version: int
    earlier: Earlier | None


async def beginning(tx: Tx, definitions: Definitions, person_id: UUID, credential: str) -> Beginning:
    """Everything that a start on this credential depends on. The person is signed in, so they exist. Raises
    NotThere."""
    row = await tx.fetchrow(BEGINNING, person_id, credential)
    if row is None:
        raise no_credential(credential)
    definition = await definitions.get(tx, row["slug"], row["version"], row["published"])
    earlier = None
    if row["attempt"] is not None:
        found = await applications.earlier(tx, definitions, person_id, row["slug"], row["attempt"] + 1)
        earlier = None if found is None else Earlier(found.application, found.definition, found.handed)
    return Beginning(definition, row["person_version"], earlier)


async def find_live(tx: Tx, person_id: UUID, credential: str) -> UUID | None:
    """The person's live application for a credential, if there is one."""
    found: UUID | None = await tx.fetchval(FIND_LIVE, person_id, credential)
    return found


async def insert(tx: Tx, application: Application, says: Sequence[Event], otherwise: Refused) -> None:
    """Add a new application and say the events. `otherwise`: the refusal if the person has a live one for the
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
        None if application.basic is None else asdict(application.basic),
        application.agreement_version,
        application.agreement_accepted_at,
        application.path,
        application.path_answer,
        application.ratings,
        says=says,
        otherwise=otherwise,
    )


async def take_over(
    tx: Tx, application: Application, earlier: UUID, requirements: Collection[str], items: Collection[str]
) -> None:
    """Take over from an earlier attempt the materials for these requirements (with these items as evidence), the answer
    about who may apply, the self-assessments and the study plan. Add the application first."""
    own = application.application_id
    await tx.note(TAKE_MATERIALS, own, earlier, list(requirements), list(items))
    if application.eligibility is not None:
        await tx.note(TAKE_ANSWER, own, earlier)
    if application.ratings is not None:
        await tx.note(TAKE_ASSESSMENTS, own, earlier)
    await tx.note(TAKE_PLAN, own, earlier)
