"""`python -m bench.exports`: what an export of somebody's data costs in memory.

An applicant has large files. By how much the resident memory of `intake` grows while the ZIP is made in the background,
while it is fetched, and while another one is made and sent at once (`GET /api/me/export`). `intake` is a process of its
own with a real PostgreSQL; its Kafka is away. The command fails if the memory grows by more than `--most`.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from bench.ground import folder_of_servers
from bench.lists import MIGRATIONS
from bench.uploads import MEGABYTE, MULTIPART, form_of
from chassis.database.migrations import CHASSIS_FOLDER, migrate
from contracts.session import COOKIE
from devstack.postgres import Server
from tests import one_service
from tests.component.intake.conftest import PROGRAM_OF_FILES
from tests.component.intake.test_memory import Watch, a_process, ready, resident
from tests.component.intake.walker import Applicant, Walker
from tests.one_service import OneService

PATIENCE_SECONDS = 300
STATE = "SELECT state FROM exports WHERE person_id = $1"
MADE, FETCHED, AT_ONCE = "made in the background", "fetched", "made and sent at once"


@dataclass(frozen=True)
class Grown:
    """Bytes of the ZIP, and bytes by which the memory grew meanwhile."""

    size: int
    memory: int


async def watched(watch: Watch, before: int, act: Callable[[], Awaitable[int]]) -> Grown:
    """Do something that tells the size of a ZIP, and watch by how much the memory of the process is above `before`."""
    watch.most = before
    size = await act()
    return Grown(size, watch.most - before)


async def made(client: httpx.AsyncClient, one: OneService, ada: Applicant) -> int:
    """Ask for the ZIP as the account's page does, and wait until it is there."""
    asked = await client.post("/account/export", headers={"Sec-Fetch-Site": "same-origin"})
    assert asked.status_code == 303, asked.text
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (state := await one.database.pool.fetchval(STATE, ada.person_id)) != "ready":
        assert time.monotonic() < deadline, f"the export is {state} after {PATIENCE_SECONDS} seconds"
        await asyncio.sleep(0.05)
    return int(await one.database.pool.fetchval("SELECT (file ->> 'size')::bigint FROM exports"))


async def fetched(client: httpx.AsyncClient, path: str) -> int:
    """Take a ZIP, piece by piece."""
    size = 0
    async with client.stream("GET", path) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for piece in answer.aiter_bytes():
            size += len(piece)
    return size


async def measure(dsn: str, folder: Path, large: int) -> dict[str, Grown]:
    """What the exports of an applicant with a file of `large` megabytes cost, each after a small one of each kind."""
    inside = Walker(await one_service.start("intake", dsn, folder, program_dir=PROGRAM_OF_FILES))
    ada = await inside.sign_in("ada@example.org")
    path = await inside.open(ada, "knotting")
    process, address = a_process(dsn, folder)
    process.start()
    try:
        headers = {**ada.headers, "Cookie": f"{COOKIE}={ada.headers['Authorization'].split()[1]}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=600) as client:
            await ready(client, process)
            watch, found = Watch(process), dict[str, Grown]()
            watching = asyncio.create_task(watch.run())
            for megabytes in (1, large):
                before = resident(process)  # what an upload leaves behind counts, too
                form = form_of(megabytes * MEGABYTE)
                put = await client.put(f"{path}/materials/talk", content=form, headers=MULTIPART)
                assert put.status_code == 200, put.text
                found[MADE] = await watched(watch, before, lambda: made(client, inside.one, ada))
                found[FETCHED] = await watched(watch, before, lambda: fetched(client, "/account/export"))
                found[AT_ONCE] = await watched(watch, before, lambda: fetched(client, "/api/me/export"))
            watching.cancel()
    finally:
        process.stop()
        await inside.one.close()
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__)
    parser.add_argument("--large", type=int, default=200, help="size of the applicant's files, in MB")
    parser.add_argument("--most", type=float, default=20, help="by how much the memory may grow, in MB")
    given = parser.parse_args()
    folder = folder_of_servers()
    server = Server(folder / "postgres", durable=True)
    server.start()
    (folder / "intake").mkdir()
    try:
        found = asyncio.run(measured(server.admin_dsn, folder / "intake", given.large))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for what, grown in found.items():
        size, memory = grown.size / MEGABYTE, grown.memory / MEGABYTE
        sys.stdout.write(f"a ZIP of {size:.0f} MB, {what}: resident memory grows by {memory:.1f} MB\n")
    if max(grown.memory for grown in found.values()) > given.most * MEGABYTE:
        raise SystemExit(f"it grows by more than {given.most:g} MB")


async def measured(admin_dsn: str, folder: Path, large: int) -> dict[str, Grown]:
    """Measure in a database of its own."""
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute("CREATE DATABASE exports")
    await admin.close()
    dsn = admin_dsn.rpartition("/")[0] + "/exports"
    await migrate(dsn, CHASSIS_FOLDER, MIGRATIONS)
    return await measure(dsn, folder, large)


if __name__ == "__main__":
    main()
