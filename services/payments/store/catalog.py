"""The names of the versions of credentials."""

from chassis.database.transaction import Tx

SAVE = """
    INSERT INTO credentials (slug, version, published, name) VALUES ($1, $2, $3, $4)
    ON CONFLICT (slug, version) DO UPDATE SET published = excluded.published,
        name = excluded.name WHERE credentials.published < excluded.published
"""


async def save(tx: Tx, slug: str, version: int, published: int, name: str) -> None:
    """Keep a name, unless there is one from a later publication."""
    await tx.execute(SAVE, slug, version, published, name)
