"""A real Kafka without containers: one KRaft broker (broker and controller in one process) on 127.0.0.1.

`prepare` brings jars, a Java and the class-data archive into the cache; `kafka_folder` makes a broker's folder;
`command` is what runs it. `Broker` runs one as a child of this process, for tests and benchmarks. Topics are never
created by use.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from devstack import jars
from devstack.child import Child, ServerFailed
from devstack.files import write_whole
from devstack.java import archive_flags, find_java
from devstack.kafka_folder import UNFINISHED, Runtime, properties, remove, set_up_folder, short_uuid
from devstack.paths import cache_folder
from devstack.ports import LOOPBACK, answers, free_ports

_FLAGS = ("-Xmx384m", "-Xms64m", "-XX:+UseSerialGC", "-Djava.awt.headless=true")
_SHORT_LIVED = "-XX:TieredStopAtLevel=1"
"""Flags for a broker that runs for a short time, without Java's second compiler. That compiler pays off only for a
broker that stays: it saves a quarter of the work."""


def prepare(
    cache: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
    arrived: Callable[[int, int], None] = lambda done, of: None,
) -> Runtime:
    """Prepare everything that a broker needs, and check the sha256 of every jar. It takes seconds the first time, 0.1 s
    later.

    `say` is called before long steps, `arrived` with the number of jars that are there and of all jars. Several
    processes may call this at once. Raises JarError or JavaError, whose messages say what to do.
    """
    folder = (cache or cache_folder()) / f"kafka-{jars.KAFKA_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder / ".lock", lambda: say("Another process prepares Kafka; waiting for it")):
        for left in [*folder.glob(f"{UNFINISHED}*"), *folder.glob("libs/incoming-*"), *folder.glob("archives/*.new")]:
            remove(left)  # left by a killed process; a living one would have this lock
        wanted = jars.read_lock()
        if broken := jars.unfit(wanted, folder / "libs"):
            damaged = [jar.filename for jar in broken if (folder / "libs" / jar.filename).exists()]
            if damaged:
                say(f"Damaged in the cache, fetched again: {', '.join(damaged)}")
            say(f"Downloading Kafka {jars.KAFKA_VERSION}: {len(broken)} jars")
            count = iter(range(len(wanted) - len(broken) + 1, len(wanted) + 1))
            jars.fetch(broken, folder / "libs", lambda jar: arrived(next(count), len(wanted)))
        java = find_java()
        bare = Runtime(
            java.program, _FLAGS, tuple(sorted(folder / "libs" / jar.filename for jar in wanted)), folder / "formatted"
        )
        if not _is_whole(bare.formatted):
            _format(bare)

        def train(extra: list[str]) -> None:
            say("Preparing a faster start of Kafka (once)")
            with tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED) as temporary:
                broker = Broker(
                    Path(temporary), runtime=Runtime(bare.java, (*_FLAGS, *extra), bare.classpath, bare.formatted)
                )
                broker.start()
                broker.stop(timeout=60)

        extra = archive_flags(java, bare.classpath, _FLAGS, folder / "archives", train)
        return Runtime(bare.java, (*_FLAGS, *extra), bare.classpath, bare.formatted)


def command(runtime: Runtime, folder: Path) -> list[str]:
    """The command line of a broker whose folder is set up."""
    return runtime.java_command(
        f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}", "kafka.Kafka", str(folder / "server.properties")
    )


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
    """One broker as a child of this process. It ends with this process; `kill`, `pause` and `start` again for crash
    tests keep its data."""

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
        """Start the broker and wait until it answers an admin call. Raises ServerFailed with the end of its log."""
        self.process.start()
        try:
            wait_ready(self.bootstrap, self.process, timeout)
        except ServerFailed:
            self.process.kill()
            raise

    def stop(self, timeout: float = 20) -> None:
        """Stop it in order. Its data stays."""
        self.process.stop(timeout)

    def kill(self) -> None:
        """`kill -9`. After `start`, all acknowledged records are there."""
        self.process.kill()

    def pause(self) -> None:
        """Pause it: connections stay open and nothing answers, until `resume`."""
        self.process.pause()

    def resume(self) -> None:
        """End a pause."""
        self.process.resume()


def wait_ready(bootstrap: str, process: Child, timeout: float) -> None:
    """Wait until the broker answers. Raises ServerFailed if its process ends or after `timeout` seconds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if not process.running():
            raise process.failure("ended while starting")
        if answers_calls(bootstrap):
            return
        time.sleep(0.05)
    raise process.failure(f"did not answer within {timeout:.0f} s")


def answers_calls(bootstrap: str) -> bool:
    """Whether the broker answers an admin call now. It uses a thread of its own, because the caller's may have a
    running loop."""
    from concurrent.futures import ThreadPoolExecutor

    if not answers(int(bootstrap.rpartition(":")[2])):
        return False
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(is_ready(bootstrap))).result()


def _format(runtime: Runtime) -> None:
    with tempfile.TemporaryDirectory(dir=runtime.formatted.parent, prefix=UNFINISHED) as temporary:
        data = Path(temporary) / "data"
        settings = Path(temporary) / "server.properties"
        settings.write_text(properties(LOOPBACK, 9092, 9093, str(data)))
        arguments = runtime.java_command("kafka.tools.StorageTool", "format", "-t", short_uuid(), "-c", str(settings))
        done = subprocess.run(arguments, capture_output=True, text=True)
        if done.returncode != 0:
            raise ServerFailed(f"Kafka could not format its folder:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        remove(runtime.formatted)
        data.replace(runtime.formatted)
        write_whole(_sums_file(runtime.formatted), json.dumps(_sums(runtime.formatted)))


def _sums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _sums_file(formatted: Path) -> Path:
    return formatted.with_name("formatted.json")


def _is_whole(formatted: Path) -> bool:
    """Whether the formatted folder is complete, byte by byte."""
    try:
        return bool(json.loads(_sums_file(formatted).read_text()) == _sums(formatted))
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _one_at_a_time(path: Path, waits: Callable[[], None]) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def bootstrap_from(environ: Mapping[str, str]) -> str | None:
    """The address of a Kafka to use instead of the embedded one (`KAFKA_BOOTSTRAP`), or None."""
    return environ.get("KAFKA_BOOTSTRAP") or None
