"""The contract files as they are in a folder, and as they were at a git revision."""

import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, bytes]
"""The contents of generated files, examples and released files, by path under `contracts/`."""

_KEPT = ("asyncapi.json", "schemas/", "examples/", "released/")


class NoBase(Exception):
    """There is nothing to compare with; the text says why."""


def in_folder(folder: Path) -> dict[str, bytes]:
    """The contract files in `folder`."""
    paths = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return {path: (folder / path).read_bytes() for path in paths if path.startswith(_KEPT)}


def at_base(folder: Path, base: str) -> tuple[str, dict[str, bytes]]:
    """The contract files at the revision where this branch left `base` (or `origin/<base>`), and that revision. On
    `base` itself, those of HEAD's parent.

    Raises NoBase without git, without such a revision or parent, or if the history was cut short.
    """
    head = _git(folder, "rev-parse", "HEAD").decode().strip()
    tip = _commit(folder, base) or _commit(folder, f"origin/{base}")
    try:
        revision = _git(folder, "merge-base", tip, head).decode().strip()
    except NoBase:
        raise NoBase(f"there is no revision {base!r} that this branch comes from") from None
    if revision == head:
        revision = _commit(folder, "HEAD^")
        if not revision:
            raise NoBase(f"HEAD is {base}, and its parent is not here")
    names = _git(folder, "ls-tree", "--name-only", revision).decode().split("\n")
    if not any(names):
        return revision, {}
    with tarfile.open(fileobj=io.BytesIO(_git(folder, "archive", "--format=tar", revision, "."))) as archive:
        members = {member.name: archive.extractfile(member) for member in archive.getmembers() if member.isfile()}
        return revision, {
            name: file.read() for name, file in members.items() if file is not None and name.startswith(_KEPT)
        }


def _commit(folder: Path, name: str) -> str:
    """The full id of a commit; empty when it is not here."""
    try:
        return _git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()
    except NoBase:
        return ""


def _git(folder: Path, *arguments: str) -> bytes:
    own = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_")
    }  # in a git hook they would name another folder
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], env=own, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise NoBase("there is no git here") from None
    except subprocess.CalledProcessError as error:
        raise NoBase(error.stderr.decode(errors="replace").strip() or f"git {arguments[0]} failed") from None
