"""The program as staff see it: its published versions, and one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition
from contracts.refusals import Text, WrongState
from services.intake.store import program as store
from services.intake.store.program import Change, Version
from services.intake.usecases.catalog import no_version

MOST_CHANGES = 50
MOST_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Seen:
    """A version, the version before it, who changed its state, and its number of applications."""

    version: Version | None
    former: Version | None
    changes: Sequence[Change]
    under_way: Mapping[str, int]


async def versions(tx: Tx) -> Sequence[Version]:
    """Every version of every credential, as it is published."""
    return await store.versions(tx)


async def one_version(tx: Tx, slug: str, version: int, *, known: bool) -> Seen:
    """One version. `known`: the files have it. Raises NotThere if neither they nor the catalog have it."""
    if version > MOST_VERSION:
        raise no_version(slug, version)
    found = await store.version(tx, slug, version)
    if found is None and not known:
        raise no_version(slug, version)
    former = await store.version(tx, slug, version - 1)
    changes = await store.changes(tx, slug, version, MOST_CHANGES)
    return Seen(found, former, changes, await store.under_way(tx, slug, version))


def right(
    definitions: Mapping[tuple[str, int], CredentialDefinition], faults: Sequence[object]
) -> Sequence[CredentialDefinition]:
    """The content of the files, to be published. Refuses files with faults."""
    if faults:
        raise WrongState(
            Text("Something is wrong with the program's files. Correct it first: nothing was published."),
            type="files_at_fault",
        )
    return tuple(definitions.values())
