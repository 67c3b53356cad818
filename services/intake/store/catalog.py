"""SQL about the catalog, and the definitions that this process has read already."""

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition

# Says a row only where the definition is new or changed; then the row is locked until the commit.
PUBLISH = """
    INSERT INTO credentials (slug, version, published, state, definition) VALUES ($1, $2, 1, $3, $4)
    ON CONFLICT (slug, version) DO UPDATE
        SET published = credentials.published + 1, state = excluded.state, definition = excluded.definition
        WHERE credentials.definition <> excluded.definition
    RETURNING published
"""
# The version to show and to start on: the open one, else the newest.
CURRENT = """
    SELECT slug, version, published FROM credentials WHERE slug = $1 ORDER BY (state = 'open') DESC,
        version DESC LIMIT 1
"""
CURRENT_OF_ALL = """
    SELECT DISTINCT ON (slug) slug, version, published FROM credentials WHERE slug > $1
    ORDER BY slug, (state = 'open') DESC, version DESC LIMIT $2
"""
DEFINITION = "SELECT published, definition FROM credentials WHERE slug = $1 AND version = $2"

MOST_CREDENTIALS = 1000
"""So many names are known to lists; what is beyond is called by its slug."""


class Definitions:
    """Parsed definitions, by slug, version and publication: parsing one costs more than all else in a request."""

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


async def publish(tx: Tx, definition: CredentialDefinition) -> int | None:
    """Keep a definition, its row locked if it is new or changed: the number of this publication, or None if nothing
    changed."""
    key = f"{definition.slug}/{definition.version}"
    row = await tx.lock(
        key, PUBLISH, definition.slug, definition.version, definition.state, definition.model_dump(mode="json")
    )
    return None if row is None else row["published"]


async def current(tx: Tx, definitions: Definitions, slug: str) -> CredentialDefinition | None:
    """The version to show and to start on."""
    row = await tx.fetchrow(CURRENT, slug)
    return None if row is None else await definitions.get(tx, row["slug"], row["version"], row["published"])


async def names(tx: Tx, definitions: Definitions) -> dict[str, str]:
    """What each credential is called, by its slug."""
    return {one.slug: one.name for one in await current_of_all(tx, definitions, "", MOST_CREDENTIALS)}


async def current_of_all(tx: Tx, definitions: Definitions, after: str, limit: int) -> list[CredentialDefinition]:
    """The version to show of each credential whose slug comes after `after`."""
    rows = await tx.fetch(CURRENT_OF_ALL, after, limit)
    return [await definitions.get(tx, row["slug"], row["version"], row["published"]) for row in rows]
