"""A real Kafka without containers: one KRaft broker (broker and controller in one process) on 127.0.0.1.

`prepare` brings jars, a Java and the class-data archive into the cache; `set_up_folder` makes a broker's folder; `command` is what runs it.
`Broker` runs one as a child of this process, for tests and benchmarks. Topics are never created by use.
"""

import asyncio
import base64
import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from devstack import jars
from devstack.child import Child, ServerFailed
from devstack.java import archive_flags, find_java
from devstack.paths import cache_folder
from devstack.ports import LOOPBACK, answers, free_ports

_FLAGS = ("-Xmx384m", "-Xms64m", "-XX:+UseSerialGC", "-Djava.awt.headless=true")
_SHORT_LIVED = "-XX:TieredStopAtLevel=1"
"""A broker that lives for a minute does not earn back what Java's second compiler costs; one that stays saves a quarter of its work."""

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
    """What runs a broker: a Java, its flags and Kafka's jars, all on disk and whole; and a formatted, empty log folder to copy."""

    java: Path
    flags: tuple[str, ...]
    classpath: tuple[Path, ...]
    formatted: Path

    def java_command(self, *arguments: str) -> list[str]:
        """The command line that runs a Java class with Kafka's jars."""
        return [str(self.java), *self.flags, "-cp", os.pathsep.join(map(str, self.classpath)), *arguments]


def prepare(
    cache: Path | None = None, say: Callable[[str], None] = lambda line: None, arrived: Callable[[int, int], None] = lambda done, of: None
) -> Runtime:
    """Makes everything ready that a broker needs, and checks the sha256 of every jar. Seconds the first time, 0.1 s later.

    `say` is told what takes long, `arrived` how many jars of how many are there. Several processes may call this at once.
    Raises JarError or JavaError, whose messages say what to do.
    """
    folder = (cache or cache_folder()) / f"kafka-{jars.KAFKA_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder / ".lock"):
        wanted = jars.read_lock()
        if broken := jars.unfit(wanted, folder / "libs"):
            damaged = [jar.filename for jar in broken if (folder / "libs" / jar.filename).exists()]
            if damaged:
                say(f"Damaged in the cache, fetched again: {', '.join(damaged)}")
            say(f"Downloading Kafka {jars.KAFKA_VERSION}: {len(broken)} jars")
            count = iter(range(len(wanted) - len(broken) + 1, len(wanted) + 1))
            jars.fetch(broken, folder / "libs", lambda jar: arrived(next(count), len(wanted)))
        java = find_java()
        bare = Runtime(java.program, _FLAGS, tuple(sorted(folder / "libs" / jar.filename for jar in wanted)), folder / "formatted")
        if not (bare.formatted / "meta.properties").exists():
            _format(bare)

        def train(extra: list[str]) -> None:
            say("Preparing a faster start of Kafka (once)")
            with tempfile.TemporaryDirectory(prefix="microcred-kafka-") as temporary:
                broker = Broker(Path(temporary), runtime=Runtime(bare.java, (*_FLAGS, *extra), bare.classpath, bare.formatted))
                broker.start()
                broker.stop(timeout=60)

        extra = archive_flags(java, bare.classpath, _FLAGS, folder / "archives", train)
        return Runtime(bare.java, (*_FLAGS, *extra), bare.classpath, bare.formatted)


def set_up_folder(runtime: Runtime, folder: Path, port: int, controller_port: int) -> None:
    """Writes the settings of a broker on these ports; formats its log folder the first time. Data that is there is kept."""
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    if not (data / "meta.properties").exists():
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(runtime.formatted, data)
        identity = f"version=1\ncluster.id={_short_uuid()}\nnode.id=1\ndirectory.id={_short_uuid()}\n"
        (data / "meta.properties").write_text(identity)
    settings = _PROPERTIES.format(host=LOOPBACK, port=port, controller_port=controller_port, data=data)
    (folder / "server.properties").write_text(settings)
    (folder / "log4j2.properties").write_text(_LOGGING)


def settings(host: str, port: int, controller_port: int, data: str) -> dict[str, str]:
    """The settings of a broker, by the names that Kafka's documentation has for them."""
    text = _PROPERTIES.format(host=host, port=port, controller_port=controller_port, data=data)
    lines = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in lines}


def command(runtime: Runtime, folder: Path) -> list[str]:
    """The command line of the broker whose folder was set up."""
    return runtime.java_command(f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}", "kafka.Kafka", str(folder / "server.properties"))


async def is_ready(bootstrap: str) -> bool:
    """Whether the broker answers an admin call and takes part in its cluster."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        await client.start()
        return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


class Broker:
    """One broker as a child of this process. It ends with this process; `kill`, `pause` and `start` again for crash tests keep its data."""

    def __init__(self, folder: Path, *, runtime: Runtime | None = None, port: int | None = None) -> None:
        first, second = free_ports(2)
        self.port, self._controller_port = port or first, second
        self._folder = folder
        self._runtime = runtime or prepare()
        set_up_folder(self._runtime, folder, self.port, self._controller_port)
        java, *arguments = command(self._runtime, folder)
        self.process = Child("Kafka", [java, _SHORT_LIVED, *arguments], folder / "kafka.log")

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{LOOPBACK}:{self.port}"

    def start(self, timeout: float = 60) -> None:
        """Starts the broker and waits until it answers an admin call. Raises ServerFailed with the end of its log."""
        self.process.start()
        try:
            wait_ready(self.bootstrap, self.process, timeout)
        except ServerFailed:
            self.process.kill()
            raise

    def stop(self, timeout: float = 20) -> None:
        """Ends it in order; data stays."""
        self.process.stop(timeout)

    def kill(self) -> None:
        """`kill -9`; `start` finds all that was acknowledged."""
        self.process.kill()

    def pause(self) -> None:
        """Connections stay open and nothing answers, until `resume`."""
        self.process.pause()

    def resume(self) -> None:
        """The end of a pause."""
        self.process.resume()


def wait_ready(bootstrap: str, process: Child, timeout: float) -> None:
    """Returns when the broker answers. Raises ServerFailed when its process ends or `timeout` seconds pass."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if not process.running():
            raise process.failure("ended while starting")
        if answers_calls(bootstrap):
            return
        time.sleep(0.05)
    raise process.failure(f"did not answer within {timeout:.0f} s")


def answers_calls(bootstrap: str) -> bool:
    """Whether the broker answers an admin call now. (In a thread of its own, as the caller's may have a running loop.)"""
    from concurrent.futures import ThreadPoolExecutor

    if not answers(int(bootstrap.rpartition(":")[2])):
        return False
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(is_ready(bootstrap))).result()


def _format(runtime: Runtime) -> None:
    with tempfile.TemporaryDirectory(dir=runtime.formatted.parent, prefix="formatting-") as temporary:
        data = Path(temporary) / "data"
        settings = Path(temporary) / "server.properties"
        settings.write_text(_PROPERTIES.format(host=LOOPBACK, port=9092, controller_port=9093, data=data))
        arguments = runtime.java_command("kafka.tools.StorageTool", "format", "-t", _short_uuid(), "-c", str(settings))
        done = subprocess.run(arguments, capture_output=True, text=True)
        if done.returncode != 0:
            raise ServerFailed(f"Kafka could not format its folder:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        shutil.rmtree(runtime.formatted, ignore_errors=True)
        data.replace(runtime.formatted)


def _short_uuid() -> str:
    """A random id as Kafka writes them: 22 characters of base64, none of them a leading dash (tools take that for an option)."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def bootstrap_from(environ: Mapping[str, str]) -> str | None:
    """The address of a Kafka that is to be used instead of the embedded one (`KAFKA_BOOTSTRAP`), or None."""
    return environ.get("KAFKA_BOOTSTRAP") or None
