"""`python -m bench.uploads`: what an upload costs.

One large file: by how much the resident memory of `intake` grows while it comes. Many of one megabyte: how many a
second, one after the other, against raw puts of the same bytes by `obstore` into a folder of the same disk. `intake` is
a process of its own with a real PostgreSQL; its Kafka is away.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import obstore
from obstore.store import LocalStore

from bench.ground import folder_of_servers
from bench.lists import MIGRATIONS
from chassis.database.migrations import CHASSIS_FOLDER, migrate
from devstack.postgres import Server
from tests import one_service
from tests.component.intake.conftest import PROGRAM_OF_FILES
from tests.component.intake.test_memory import Watch, a_process, ready, resident
from tests.component.intake.walker import Applicant, Walker
from tests.unit.intake.archives import office

MEGABYTE = 1_000_000
HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42"
OPENING = b'--b\r\nContent-Disposition: form-data; name="file"; filename="talk.mp4"\r\n\r\n'
CLOSING = b"\r\n--b--\r\n"
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


async def form_of(size: int) -> AsyncIterator[bytes]:
    """A form with a file of so many bytes, piece by piece."""
    yield OPENING + HEAD
    left, piece = size - len(HEAD), os.urandom(256 * 1024)
    while left > 0:
        yield piece[:left]
        left -= len(piece)
    yield CLOSING


async def large(client: httpx.AsyncClient, watch: Watch, path: str, size: int) -> int:
    """The growth of the process's memory, in bytes, over one large upload."""
    before = resident(watch.process)
    watch.most = before
    put = await client.put(f"{path}/materials/talk", content=form_of(size), headers=MULTIPART)
    assert put.status_code == 200, put.text
    return watch.most - before


async def small(client: httpx.AsyncClient, path: str, number: int) -> float:
    """Uploads of a document of a megabyte, which is looked into, a second."""
    document = office("docx", ("word/media/picture.png", os.urandom(MEGABYTE)), how=zipfile.ZIP_STORED)
    body = OPENING.replace(b"talk.mp4", b"plan.docx") + document + CLOSING
    began = time.perf_counter()
    for _ in range(number):
        put = await client.put(f"{path}/materials/plan", content=body, headers=MULTIPART)
        assert put.status_code == 200, put.text
    return number / (time.perf_counter() - began)


async def raw(folder: Path, number: int) -> float:
    """The same by `obstore` alone."""
    store, data = LocalStore(folder, mkdir=True), os.urandom(MEGABYTE)
    began = time.perf_counter()
    for n in range(number):
        await obstore.put_async(store, f"object-{n % 2}", data)
    return number / (time.perf_counter() - began)


async def measure(dsn: str, folder: Path, given: argparse.Namespace) -> None:
    """All of it, in words."""
    inside = Walker(await one_service.start("intake", dsn, folder, program_dir=PROGRAM_OF_FILES))
    ada: Applicant = await inside.sign_in("ada@example.org")
    path = await inside.open(ada, "knotting")
    process, address = a_process(dsn, folder)
    process.start()
    try:
        async with httpx.AsyncClient(base_url=address, headers=ada.headers, timeout=600) as client:
            await ready(client, process)
            await small(client, path, 5)
            watch = Watch(process)
            watching = asyncio.create_task(watch.run())
            grown = await large(client, watch, path, given.large * MEGABYTE)
            watching.cancel()
            runs = [
                (await small(client, path, given.number), await raw(folder / f"raw-{run}", given.number))
                for run in range(given.runs)
            ]
    finally:
        process.stop()
        await inside.one.close()
    ours, theirs = (statistics.median(run[side] for run in runs) for side in (0, 1))
    sys.stdout.write(
        f"an upload of {given.large} MB: resident memory grows by {grown / MEGABYTE:.1f} MB\n"
        f"uploads of 1 MB a second: {ours:.1f}; raw puts: {theirs:.1f}; ratio {ours / theirs:.3f}"
        f" (median of {given.runs} runs of {given.number})\n"
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.uploads", description=__doc__)
    parser.add_argument("--large", type=int, default=100, help="size of the large file, in MB")
    parser.add_argument("--number", type=int, default=100, help="small uploads in a run")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    folder = folder_of_servers()
    server = Server(folder / "postgres", durable=True)
    server.start()
    (folder / "intake").mkdir()
    try:
        asyncio.run(measured(server.admin_dsn, folder / "intake", given))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def measured(admin_dsn: str, folder: Path, given: argparse.Namespace) -> None:
    """Measure in a database of its own."""
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute("CREATE DATABASE uploads")
    await admin.close()
    dsn = admin_dsn.rpartition("/")[0] + "/uploads"
    await migrate(dsn, CHASSIS_FOLDER, MIGRATIONS)
    await measure(dsn, folder, given)


if __name__ == "__main__":
    main()
