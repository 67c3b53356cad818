"""The memory of a real process does not grow with a large video that is uploaded and downloaded."""

import asyncio
import contextlib
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest

from devstack.child import Child
from devstack.paths import CHECKOUT
from devstack.ports import free_ports
from tests import one_service
from tests.component.intake.conftest import PROGRAM_OF_FILES
from tests.component.intake.walker import Walker
from tests.conftest import NewDatabase
from tests.forked import ForkedChild
from tests.waiting import until

MEGABYTE = 1024 * 1024
SIZE = 200 * MEGABYTE
GROWTH = 64 * MEGABYTE
"""Of a container with 256 MB the process takes some 110 by itself."""
HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42"


async def video(size: int) -> AsyncIterator[bytes]:
    """A form with a video of so many bytes."""
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="talk.mp4"\r\n\r\n' + HEAD
    left, piece = size - len(HEAD), bytes(range(256)) * 4096
    while left:
        yield piece[:left]
        left -= len(piece[:left])
    yield b"\r\n--b--\r\n"


@pytest.mark.slow
async def test_a_video_of_200_mb_comes_and_goes_in_bounded_memory(new_database: NewDatabase, tmp_path: Path) -> None:
    dsn = await new_database("intake")
    inside = Walker(await one_service.start("intake", dsn, tmp_path, program_dir=PROGRAM_OF_FILES))
    ada = await inside.sign_in()
    path = await inside.open(ada, "knotting")
    process, url = a_process(dsn, tmp_path)
    watch = Watch(process)
    try:
        process.start()
        async with httpx.AsyncClient(base_url=url, headers=ada.headers, timeout=120) as client:
            await ready(client, process)
            before = resident(process)
            watching = asyncio.create_task(watch.run())
            put = await client.put(
                f"{path}/materials/talk",
                content=video(SIZE),
                headers={"Content-Type": "multipart/form-data; boundary=b"},
            )
            assert put.status_code == 200, put.text
            uploaded = watch.most
            digest, size = hashlib.sha256(), 0
            async with client.stream("GET", f"{path}/materials/talk") as answer:
                assert answer.status_code == 200
                async for piece in answer.aiter_bytes():
                    digest.update(piece)
                    size += len(piece)
    finally:
        process.stop()
        await inside.one.close()
    await watching
    (file,) = inside.objects(ada)
    assert (put.json()["size"], size, digest.hexdigest()) == (SIZE, SIZE, await asyncio.to_thread(hash_of, file))
    print(f"resident: {before >> 20} MB before, at most {uploaded >> 20} during the upload, {watch.most >> 20} in all")
    assert watch.most - before < GROWTH


def hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def resident(process: Child) -> int:
    assert process.pid is not None
    return int(psutil.Process(process.pid).memory_info().rss)


class Watch:
    """The most memory that a process has had while this watched."""

    def __init__(self, process: Child) -> None:
        self.process, self.most = process, 0

    async def run(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            while self.process.running():
                self.most = max(self.most, resident(self.process))
                await asyncio.sleep(0.005)  # between two looks: this measures, and waits for nothing


async def ready(client: httpx.AsyncClient, process: Child) -> None:
    async def answers() -> bool:
        if not process.running():
            raise process.failure("did not get ready")
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    await until(answers, 60, why=process.last_lines)


def a_process(dsn: str, folder: Path) -> tuple[Child, str]:
    """The service as a process of its own, and its address; its Kafka is away."""
    http, kafka = free_ports(2)
    environ = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL_INTAKE": dsn,
        "HTTP_PORT": str(http),
        "KAFKA_BOOTSTRAP": f"127.0.0.1:{kafka}",
        "OBJECT_STORE_URL": (folder / "objects").as_uri(),
        "SESSION_JWKS_FILE": str(folder / "session.jwks"),
        "SESSION_KEY_FILE": str(folder / "session.jwk"),
        "SEAL_PUBLIC_KEY_FILE": str(folder / "seal.public"),
        "PROGRAM_DIR": str(PROGRAM_OF_FILES),
    }
    child = ForkedChild("intake", [sys.executable, "-m", "services.intake"], folder / "intake.log", environ, CHECKOUT)
    return child, f"http://127.0.0.1:{http}"
