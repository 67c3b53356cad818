"""The jars of Kafka: their list (`kafka.lock`), their place in the cache, and the check of each.

`python -m devstack.jars` resolves Kafka's dependencies again and rewrites `kafka.lock`. Only another version of Kafka
needs that.
"""

import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from devstack import download

KAFKA_VERSION = "4.4.0"
MAVEN_CENTRAL = "https://repo.maven.apache.org/maven2"
LOCK = Path(__file__).with_name("kafka.lock")


class JarError(Exception):
    """Jars cannot be downloaded, or differ from the lock. The message says what to do."""


@dataclass(frozen=True)
class Jar:
    """One line of the lock: Maven coordinates and the sha256 of the file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """The name of the file in the cache."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> str:
        """Its path in a Maven repository."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.filename}"


def read_lock(lock: Path = LOCK) -> list[Jar]:
    """The jars of the lock, in the order of its lines. Raises JarError for a line that is not `sha256
    group:artifact:version`."""
    jars = []
    for number, line in enumerate(lock.read_text().splitlines(), 1):
        match line.split():
            case []:
                continue
            case [sha256, coordinates] if len(sha256) == 64 and coordinates.count(":") == 2:
                group, artifact, version = coordinates.split(":")
                jars.append(Jar(group, artifact, version, sha256))
            case _:
                raise JarError(
                    f"{lock}, line {number}: expected 'sha256  group:artifact:version'. Take"
                    " the file from the repository again."
                )
    return jars


def unfit(jars: Sequence[Jar], folder: Path) -> list[Jar]:
    """The jars that are missing in the folder, or whose bytes differ from the lock (a download cut short, a bad
    disk)."""
    with ThreadPoolExecutor(4) as pool:
        digests = pool.map(lambda jar: _digest(folder / jar.filename), jars)
        return [jar for jar, digest in zip(jars, digests, strict=True) if digest != jar.sha256]


def fetch(
    jars: Sequence[Jar],
    folder: Path,
    arrived: Callable[[Jar], None] = lambda jar: None,
    repository: str = MAVEN_CENTRAL,
) -> None:
    """Download the jars into the folder, eight at a time. A file appears there only if its sha256 is that of the lock.

    The system's certificates are trusted, as with pip, because a company's proxy has its certificate there. Raises
    JarError if a jar cannot be downloaded or differs from the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        context = download.trusting_the_system(os.environ)
    except download.DownloadFailed as error:
        raise JarError(f"Kafka cannot be downloaded: {error}") from None
    stop = threading.Event()
    with tempfile.TemporaryDirectory(dir=folder, prefix="incoming-") as incoming, ThreadPoolExecutor(8) as pool:

        def one(jar: Jar) -> Jar:
            path = Path(incoming) / jar.filename
            try:
                download.download(f"{repository}/{jar.path}", path, context, stop)
            except download.DownloadFailed as error:
                raise JarError(f"Cannot download {jar.filename}: {error}") from None
            found = _digest(path)
            if found != jar.sha256:
                raise JarError(
                    f"{jar.filename} came with sha256 {found}, expected {jar.sha256}. The"
                    " download was cut short or altered; try again."
                )
            path.replace(folder / jar.filename)
            return jar

        try:
            for jar in pool.map(one, jars):
                arrived(jar)
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "missing"


def write_lock(lock: Path = LOCK, version: str = KAFKA_VERSION) -> int:
    """Resolve Kafka's dependencies, download them to a temporary folder and write the lock. Returns the number of
    jars."""
    import truststore
    from jgo.maven import MavenContext, PythonResolver  # needed only to change Kafka's version
    from jgo.parse import Coordinate

    truststore.inject_into_ssl()
    with tempfile.TemporaryDirectory() as folder:
        maven = MavenContext(repo_cache=Path(folder), resolver=PythonResolver(), timeout=30)
        kafka = replace(Coordinate.parse(f"org.apache.kafka:kafka_2.13:{version}"), scope="compile")
        direct, transitive = maven.resolver.resolve([maven.create_dependency(kafka)])
        artifacts = [found.artifact for found in [*direct, *transitive] if found.scope in ("compile", "runtime")]
        logging = next(found.version for found in artifacts if found.artifactId == "log4j-core")
        # Kafka's pom names no logging backend. Without one the broker would log nothing.
        artifacts.append(maven.create_dependency(f"org.apache.logging.log4j:log4j-slf4j-impl:{logging}").artifact)
        with ThreadPoolExecutor(8) as pool:
            digests = list(pool.map(lambda artifact: _digest(artifact.resolve()), artifacts))
        lines = sorted(
            f"{sha}  {a.groupId}:{a.artifactId}:{a.version}" for sha, a in zip(digests, artifacts, strict=True)
        )
    lines.sort(key=lambda line: line.split()[1])
    draft = lock.with_suffix(".new")
    draft.write_text("\n".join(lines) + "\n")
    os.replace(draft, lock)
    return len(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{write_lock()} jars written to {LOCK}\n")
