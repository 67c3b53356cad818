"""The projection of the catalog."""

import asyncpg

from chassis.database.transaction import Tx
from chassis.kafka.outcome import NotYet
from contracts.catalog import Level
from services.review.domain.credentials import Credential, Terms

UPSERT = """
    INSERT INTO credentials (slug, version, published, state, name, items, levels, requirements, panel,
        business_days,
        agreement_version, agreement_text)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (slug, version) DO UPDATE SET published = excluded.published, state = excluded.state,
        name = excluded.name,
        items = excluded.items, levels = excluded.levels, requirements = excluded.requirements,
            panel = excluded.panel,
        business_days = excluded.business_days, agreement_version = excluded.agreement_version,
            agreement_text = excluded.agreement_text
    WHERE credentials.published < excluded.published
"""


async def project(tx: Tx, credential: Credential, published: int) -> None:
    """Keep a definition if it is newer than ours."""
    await tx.execute(
        UPSERT,
        credential.slug,
        credential.version,
        published,
        credential.state,
        credential.name,
        list(credential.items.items()),
        [level.model_dump() for level in credential.levels],
        list(credential.requirements.items()),
        credential.panel,
        credential.business_days,
        credential.agreement_version,
        credential.agreement_text,
    )


TERMS = """
    SELECT panel, business_days, agreement_version,
        (SELECT agreement_version FROM credentials WHERE slug = $1 ORDER BY version DESC LIMIT 1) AS newest_agreement
    FROM credentials WHERE slug = $1 AND version = $2
"""


async def require_terms(tx: Tx, slug: str, version: int) -> Terms:
    """The terms of one version of a credential. Raises NotYet if the version is not known yet."""
    row = await tx.fetchrow(TERMS, slug, version)
    if row is None:
        raise NotYet(f"credential/{slug}/{version}")
    agreements = frozenset((row["agreement_version"], row["newest_agreement"]))
    return Terms(tuple(row["panel"]), row["business_days"], agreements)


NEWEST = "SELECT DISTINCT ON (slug) * FROM credentials ORDER BY slug, version DESC"


async def newest(tx: Tx) -> list[Credential]:
    """The newest version of each credential, by slug."""
    return [_credential(row) for row in await tx.fetch(NEWEST)]


NAMES = "SELECT DISTINCT ON (slug) slug, name FROM credentials ORDER BY slug, version DESC"


async def names(tx: Tx) -> dict[str, str]:
    """The newest name of each credential, by slug."""
    return {row["slug"]: row["name"] for row in await tx.fetch(NAMES)}


def _credential(row: asyncpg.Record) -> Credential:
    """Items and requirements are pairs, because jsonb does not keep the order of keys."""
    return Credential(
        slug=row["slug"],
        version=row["version"],
        state=row["state"],
        name=row["name"],
        items=dict(row["items"]),
        levels=tuple(Level.model_validate(level) for level in row["levels"]),
        requirements=dict(row["requirements"]),
        panel=tuple(row["panel"]),
        business_days=row["business_days"],
        agreement_version=row["agreement_version"],
        agreement_text=row["agreement_text"],
    )
