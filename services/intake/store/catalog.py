"""SQL of the catalog, and a cache of parsed definitions."""

from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition

# The last change of the state counts. A file's state counts only if the file changed it.
_STATE = "CASE WHEN credentials.file_state = excluded.file_state THEN credentials.state ELSE excluded.state END"
# Returns a row only if the definition is new or changed. Then the row is locked until the commit.
PUBLISH = f"""
    WITH before AS (SELECT state FROM credentials WHERE slug = $1 AND version = $2)
    INSERT INTO credentials (slug, version, published, state, file_state, definition, published_at)
    VALUES ($1, $2, 1, $3, $3, $4, $5)
    ON CONFLICT (slug, version) DO UPDATE
        SET published = credentials.published + 1, state = {_STATE}, file_state = excluded.file_state,
            definition = jsonb_set(excluded.definition, '{{state}}', to_jsonb({_STATE})), published_at = $5
        WHERE credentials.file_state IS DISTINCT FROM excluded.file_state
            OR credentials.definition - 'state' <> excluded.definition - 'state'
    RETURNING published, state, (SELECT state FROM before) AS before
"""
# All versions of one credential, locked, because at most one of them is open.
HOLD = """
    SELECT slug, version, published, state, definition FROM credentials WHERE slug = $1 ORDER BY version FOR UPDATE
"""
SET_STATE = """
    UPDATE credentials SET published = published + 1, state = $3, definition = jsonb_set(definition, '{state}',
        to_jsonb($3::text)), published_at = $4
    WHERE slug = $1 AND version = $2
    RETURNING published
"""
VERSIONS_OF = "SELECT version FROM credentials WHERE slug = $1"
NOTE_CHANGE = """
    INSERT INTO credential_changes (change_id, slug, version, before, after, at, actor, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# The version to show and to start on: the open one, else the paused one, else the newest.
FIRST = "(state = 'open') DESC, (state = 'paused') DESC, version DESC"
CURRENT = f"SELECT slug, version, published FROM credentials WHERE slug = $1 ORDER BY {FIRST} LIMIT 1"
CURRENT_OF_ALL = f"""
    SELECT DISTINCT ON (slug) slug, version, published FROM credentials WHERE slug > $1
    ORDER BY slug, {FIRST} LIMIT $2
"""
DEFINITION = "SELECT published, definition FROM credentials WHERE slug = $1 AND version = $2"

MOST_CREDENTIALS = 1000
"""The most names that lists know. Other credentials are called by their slug."""


class Definitions:
    """Parsed definitions, by slug, version and publication. Parsing one costs more than the rest of a request."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[int, CredentialDefinition]] = {}

    async def get(self, tx: Tx, slug: str, version: int, published: int) -> CredentialDefinition:
        """The definition in this publication or a later one. The row must exist."""
        known = self._known.get((slug, version))
        if known is None or known[0] < published:
            row = await tx.fetchrow(DEFINITION, slug, version)
            if row is None:
                raise LookupError(f"credential {slug}/{version} is gone")
            known = row["published"], CredentialDefinition.model_validate(row["definition"])
            self._known[slug, version] = known
        return known[1]


@dataclass(frozen=True, slots=True)
class Publication:
    """A published definition: the number of its publication, and the state before, if there was one."""

    published: int
    definition: CredentialDefinition
    before: str | None

    @property
    def changed_from(self) -> str | None:
        """The state before, if this publication changed it."""
        return None if self.before == self.definition.state else self.before


async def publish(tx: Tx, definition: CredentialDefinition) -> Publication | None:
    """Save a definition and lock its row if it is new or changed; None if nothing changed. The state of a published
    version follows its file only if the file changed it."""
    key = f"{definition.slug}/{definition.version}"
    row = await tx.lock(
        key, PUBLISH, definition.slug, definition.version, definition.state, definition.model_dump(mode="json"), tx.now
    )
    if row is None:
        return None
    return Publication(row["published"], definition.model_copy(update={"state": row["state"]}), row["before"])


async def hold(tx: Tx, slug: str) -> list[CredentialDefinition]:
    """All versions of a credential, locked until the commit."""
    keys = [f"{slug}/{row['version']}" for row in await tx.fetch(VERSIONS_OF, slug)]
    return [CredentialDefinition.model_validate(row["definition"]) for row in await tx.lock_many(keys, HOLD, slug)]


async def set_state(tx: Tx, definition: CredentialDefinition) -> int:
    """Save the state of a locked version. Returns the number of this publication."""
    published: int = await tx.fetchval(SET_STATE, definition.slug, definition.version, definition.state, tx.now)
    return published


async def note_change(
    tx: Tx, change_id: UUID, definition: CredentialDefinition, before: str, actor: UUID | None, reason: str
) -> None:
    """Note who changed the state of a version. `actor` is None for the program's files."""
    await tx.execute(
        NOTE_CHANGE, change_id, definition.slug, definition.version, before, definition.state, tx.now, actor, reason
    )


async def current(tx: Tx, definitions: Definitions, slug: str) -> CredentialDefinition | None:
    """The version to show and to start on."""
    row = await tx.fetchrow(CURRENT, slug)
    return None if row is None else await definitions.get(tx, row["slug"], row["version"], row["published"])


async def names(tx: Tx, definitions: Definitions) -> dict[str, str]:
    """The name of each credential, by its slug."""
    return {one.slug: one.name for one in await current_of_all(tx, definitions, "", MOST_CREDENTIALS)}


async def current_of_all(tx: Tx, definitions: Definitions, after: str, limit: int) -> list[CredentialDefinition]:
    """The version to show of each credential whose slug comes after `after`."""
    rows = await tx.fetch(CURRENT_OF_ALL, after, limit)
    return [await definitions.get(tx, row["slug"], row["version"], row["published"]) for row in rows]
