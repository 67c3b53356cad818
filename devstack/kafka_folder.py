"""The folder of a Kafka broker: its settings and its data. Neither is ever used while it is incomplete."""

import base64
import os
import shutil
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from devstack.files import damaged, read, write_whole
from devstack.ports import LOOPBACK

UNFINISHED = "unfinished-"
"""The beginning of the names of folders under construction. If an interruption leaves one, it is removed later."""

_IDENTITY = "meta.properties"
_METADATA = "__cluster_metadata-0"

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
# A stack that was down for weeks goes on where it stopped.
offsets.retention.minutes=525600
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A broker that was killed is let in again when its last session is over (9 s by default).
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.io.threads=4
num.network.threads=2
log.index.size.max.bytes=1048576
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=16777216
log.cleaner.backoff.ms=2000
"""

_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
logger.server.name = org.apache.kafka.server
logger.server.level = warn
logger.raft.name = kafka.server.KafkaRaftServer
logger.raft.level = info
"""


@dataclass(frozen=True)
class Runtime:
    """What a broker needs to run: a Java, its flags and Kafka's jars, all complete on disk, and a formatted, empty log
    folder to copy."""

    java: Path
    flags: tuple[str, ...]
    classpath: tuple[Path, ...]
    formatted: Path

    def java_command(self, *arguments: str) -> list[str]:
        """The command line that runs a Java class with Kafka's jars."""
        return [str(self.java), *self.flags, "-cp", os.pathsep.join(map(str, self.classpath)), *arguments]


def set_up_folder(runtime: Runtime, folder: Path, port: int, controller_port: int) -> None:
    """Write the settings of a broker on these ports, and format its log folder the first time. Existing data is kept.

    The log folder is made under another name and moved to its place when it is complete. Raises StateDamaged if an
    existing one has lost its identity.
    """
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{UNFINISHED}*"):
        remove(left)
    if not data.exists() or _is_half_a_copy(data):
        with tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED) as unfinished:
            copy = Path(unfinished) / "data"
            shutil.copytree(runtime.formatted, copy)
            identity = f"version=1\ncluster.id={short_uuid()}\nnode.id=1\ndirectory.id={short_uuid()}\n"
            write_whole(copy / _IDENTITY, identity)
            remove(data)
            copy.rename(data)
    _check_identity(data)
    write_whole(folder / "server.properties", properties(LOOPBACK, port, controller_port, str(data)))
    write_whole(folder / "log4j2.properties", _LOGGING)


def _is_half_a_copy(data: Path) -> bool:
    """Whether an earlier version was interrupted while it made this folder. Then no broker has used it, and it holds no
    topic."""
    names = {path.name for path in data.iterdir()}
    begun = (data / _METADATA / "quorum-state").exists()  # a broker writes it first
    return not begun and names <= {_IDENTITY, _METADATA, "bootstrap.checkpoint"}


def _check_identity(data: Path) -> None:
    try:
        lines = read(data / _IDENTITY).splitlines()
    except FileNotFoundError:
        raise damaged(data, f"is damaged: it has lost {_IDENTITY}") from None
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    if not found.get("cluster.id") or found.get("node.id") != "1":
        raise damaged(data / _IDENTITY, "is damaged: it does not say cluster.id and node.id=1")


def properties(host: str, port: int, controller_port: int, data: str) -> str:
    """The text of a broker's file of settings."""
    return _PROPERTIES.format(host=host, port=port, controller_port=controller_port, data=data)


def settings(host: str, port: int, controller_port: int, data: str) -> dict[str, str]:
    """The settings of a broker, by their names in Kafka's documentation."""
    text = properties(host, port, controller_port, data)
    lines = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in lines}


def short_uuid() -> str:
    """A random id as Kafka writes them: 22 characters of base64. It never begins with a dash, which tools would read as
    an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def remove(path: Path) -> None:
    """Remove a file or a folder with everything in it, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
