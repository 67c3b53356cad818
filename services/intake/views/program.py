"""The program, as its staff see it: what is published, what its files say now, and the differences."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database.pool import Database
from contracts.catalog import CredentialDefinition
from services.intake.clients import Files, ProgramFolder
from services.intake.domain.catalog import moves
from services.intake.domain.differences import Difference as Found
from services.intake.domain.differences import differences
from services.intake.store.program import MOST_COUNTED
from services.intake.store.program import Change as Noted
from services.intake.store.program import Version as Published
from services.intake.usecases import program as usecase
from services.intake.views import Maybe, View


class Fault(View):
    """A fault in the program's folder: its place (line and column count from 1), the problem, and the remedy."""

    file: str
    line: int
    column: int
    field: str
    problem: str
    remedy: str


class Difference(View):
    """A difference: `kind` is added, removed or changed; `place` leads to it through names and keys."""

    kind: str
    place: Sequence[str]
    name: str
    before: Maybe[str] = None
    after: Maybe[str] = None


class Change(View):
    """Who changed the state, when and why. Without `actor` it was the file. After an erasure only the id is left."""

    before: str
    after: str
    at: datetime
    reason: str
    actor: Maybe[UUID] = None
    name: Maybe[str] = None


class Version(View):
    """A version of a credential.

    `published` counts its publications; None if only the files have it. `file_state` is the state in the file; None if
    the file does not exist any more or the folder has faults. `differs` is the number of differences between the file
    and the published version, without the state.
    """

    version: int
    name: str
    state: Maybe[str] = None
    published: Maybe[int] = None
    published_at: Maybe[datetime] = None
    file_state: Maybe[str] = None
    pinned: bool
    differs: int


class Credential(View):
    """A credential with its versions."""

    slug: str
    name: str
    versions: Sequence[Version]


class Program(View):
    """The whole program. `faults` is empty if the folder has none."""

    faults: Sequence[Fault]
    credentials: Sequence[Credential]


class OneVersion(Version):
    """A version with everything that is known of it. `moves`: the states that staff may give it. `under_way`:
    applications by state, with `more` if there are more than were counted. `file`: differences between the file and the
    published version. `former`: differences from the version before."""

    slug: str
    moves: Sequence[str]
    changes: Sequence[Change]
    under_way: Mapping[str, int]
    more: bool
    file: Sequence[Difference]
    former: Maybe[Sequence[Difference]] = None


async def read(database: Database, folder: ProgramFolder, slug: str, version: int) -> OneVersion:
    """A version with everything that is known of it. Raises NotThere."""
    files = await folder.read()
    async with database.reading() as tx:
        found = await usecase.one_version(tx, slug, version, known=(slug, version) in files.definitions)
    return one_version(found.version, found.former, files, (slug, version), found.changes, found.under_way)


def program(published: Iterable[Published], files: Files) -> Program:
    """The whole program."""
    known = {(one.definition.slug, one.definition.version): one for one in published}
    found: dict[str, list[Version]] = {}
    for key in sorted({*known, *files.definitions}):
        found.setdefault(key[0], []).append(Version(**_version(known.get(key), files.definitions.get(key), files)))
    return Program(
        faults=[
            Fault(
                file=one.file,
                line=one.line,
                column=one.column,
                field=one.field,
                problem=one.problem,
                remedy=one.remedy,
            )
            for one in files.faults
        ],
        credentials=[
            Credential(slug=slug, name=versions[-1].name, versions=versions) for slug, versions in found.items()
        ],
    )


def one_version(
    there: Published | None,
    former: Published | None,
    files: Files,
    key: tuple[str, int],
    changes: Iterable[Noted],
    under_way: Mapping[str, int],
) -> OneVersion:
    """A version with everything that is known of it: published, or only in a file."""
    in_file = files.definitions.get(key)
    now = there.definition if there is not None else in_file
    before = former.definition if former is not None else files.definitions.get((key[0], key[1] - 1))
    return OneVersion(
        **_version(there, in_file, files),
        slug=key[0],
        moves=() if there is None else moves(there.definition.state),
        changes=[
            Change(
                before=one.before,
                after=one.after,
                at=one.at,
                reason=one.reason,
                actor=one.actor,
                name=one.name or one.email or None,
            )
            for one in changes
        ],
        under_way=under_way,
        more=sum(under_way.values()) > MOST_COUNTED,
        file=[] if there is None or in_file is None else shown(_of_the_file(there.definition, in_file)),
        former=None if before is None or now is None else shown(differences(before, now)),
    )


def shown(found: Iterable[Found]) -> Sequence[Difference]:
    """Differences."""
    return [
        Difference(kind=one.kind, place=one.place, name=one.name, before=one.before, after=one.after) for one in found
    ]


def _version(there: Published | None, in_file: CredentialDefinition | None, files: Files) -> dict[str, object]:
    definition = there.definition if there is not None else in_file
    if definition is None:
        raise LookupError("a version is published, or in the files")
    differs = () if there is None or in_file is None else _of_the_file(there.definition, in_file)
    return {
        "version": definition.version,
        "name": definition.name,
        "state": None if there is None else there.definition.state,
        "published": None if there is None else there.published,
        "published_at": None if there is None else there.published_at,
        "file_state": None if in_file is None else in_file.state,
        "pinned": f"{definition.slug}/v{definition.version}" in files.pinned,
        "differs": len(differs),
    }


def _of_the_file(published: CredentialDefinition, in_file: CredentialDefinition) -> Sequence[Found]:
    """What a file says differently. The state has its own field, because staff may have changed it."""
    return differences(published, in_file.model_copy(update={"state": published.state}))
