"""The embedded PostgreSQL: separated databases, checked passwords, durable data."""

import asyncio
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from devstack import databases
from devstack.child import ServerFailed
from devstack.files import StateDamaged
from devstack.postgres import Server

pytestmark = pytest.mark.long

PASSWORDS = {"intake": "secret-of-intake", "payments": "secret-of-payments"}


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="microcred-server-"))
    folder.chmod(0o755)
    server = Server(folder / "postgres")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def urls(own_server: Server) -> AsyncIterator[dict[str, str]]:
    await databases.provision(own_server.admin_dsn, PASSWORDS)
    yield databases.service_urls(PASSWORDS, own_server.port)
    admin = await asyncpg.connect(own_server.admin_dsn)
    for service in PASSWORDS:
        await databases.drop_database(admin, databases.database_name(service))
    await admin.close()


async def test_a_service_enters_its_own_database_and_may_make_tables_there(urls: dict[str, str]) -> None:
    connection = await asyncpg.connect(urls["DATABASE_URL_INTAKE"])
    await connection.execute("CREATE TABLE t (n int)")
    await connection.execute("INSERT INTO t VALUES (7)")
    assert await connection.fetchrow("SELECT n, current_user, current_database() FROM t") == (
        7,
        "microcred_intake",
        "microcred_intake",
    )
    await connection.close()


@pytest.mark.parametrize("database", ["microcred_payments", "postgres", "template1"])
async def test_a_service_cannot_enter_another_database(urls: dict[str, str], database: str) -> None:
    elsewhere = urls["DATABASE_URL_INTAKE"].rpartition("/")[0] + f"/{database}"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await asyncpg.connect(elsewhere)


@pytest.mark.parametrize("password", ["wrong", "secret-of-payments"])
async def test_a_wrong_password_is_refused(urls: dict[str, str], password: str) -> None:
    wrong = urls["DATABASE_URL_INTAKE"].replace(PASSWORDS["intake"], password)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def test_a_service_may_not_make_databases_or_roles(urls: dict[str, str]) -> None:
    connection = await asyncpg.connect(urls["DATABASE_URL_PAYMENTS"])
    for forbidden in ("CREATE DATABASE x", "CREATE ROLE x", "ALTER ROLE microcred_intake PASSWORD 'x'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)
    await connection.close()


async def test_provisioning_again_changes_passwords_and_keeps_data(own_server: Server, urls: dict[str, str]) -> None:
    connection = await asyncpg.connect(urls["DATABASE_URL_INTAKE"])
    await connection.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
    await connection.close()
    await databases.provision(own_server.admin_dsn, {"intake": "another"})
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(urls["DATABASE_URL_INTAKE"])
    connection = await asyncpg.connect(
        databases.service_urls({"intake": "another"}, own_server.port)["DATABASE_URL_INTAKE"]
    )
    assert await connection.fetchval("SELECT n FROM t") == 1
    await connection.close()


async def test_what_was_committed_survives_kill_minus_nine(own_server: Server, urls: dict[str, str]) -> None:
    connection = await asyncpg.connect(urls["DATABASE_URL_INTAKE"])
    await connection.execute("CREATE TABLE t (n int)")
    await connection.executemany("INSERT INTO t VALUES ($1)", [(n,) for n in range(100)])
    own_server.kill()
    connection.terminate()
    own_server.start()
    connection = await asyncpg.connect(urls["DATABASE_URL_INTAKE"])
    assert await connection.fetchval("SELECT array_agg(n ORDER BY n) FROM t") == list(range(100))
    await connection.close()


def test_a_second_server_on_the_same_folder_finds_the_data(server_folder: Path) -> None:
    first = Server(server_folder / "postgres")
    first.start()
    first.stop()
    identity = (server_folder / "postgres" / "data" / "global" / "pg_control").read_bytes()[:8]
    again = Server(server_folder / "postgres")
    assert (server_folder / "postgres" / "data" / "global" / "pg_control").read_bytes()[:8] == identity
    again.start()
    again.stop()


def test_a_lock_file_with_the_number_of_another_program_is_no_obstacle(server_folder: Path) -> None:
    server = Server(server_folder / "postgres")
    lock = server_folder / "postgres" / "data" / "postmaster.pid"
    lock.write_text("1\n" + str(lock.parent) + "\n")
    again = Server(server_folder / "postgres")
    assert not lock.exists()
    again.start()
    again.stop()
    assert not server.process.running()


def test_a_database_server_says_why_it_does_not_start(server_folder: Path) -> None:
    server = Server(server_folder / "postgres")
    settings = server_folder / "postgres" / "data" / "postgresql.auto.conf"
    settings.write_text("max_connections = many\n")
    with pytest.raises(ServerFailed, match="max_connections"):
        server.start()


@pytest.mark.parametrize("text", [None, "", "17\n", "nonsense"])
def test_data_of_another_version_or_without_one_is_refused_and_kept(server_folder: Path, text: str | None) -> None:
    Server(server_folder / "postgres")
    data = server_folder / "postgres" / "data"
    (data / "PG_VERSION").unlink() if text is None else (data / "PG_VERSION").write_text(text)
    before = sorted(path.name for path in data.iterdir())
    what = r"(PG_VERSION is empty|PG_VERSION says .*; this is PostgreSQL 18|data is damaged: it has lost PG_VERSION)"
    with pytest.raises(StateDamaged, match=rf"{what}\. Restore it from a copy, or .*`make reset`\.$"):
        Server(server_folder / "postgres")
    assert sorted(path.name for path in data.iterdir()) == before


def test_what_an_interruption_left_is_ended_and_removed_and_nothing_else_is(server_folder: Path) -> None:
    """An initdb that outlived its command knows its folder by name, as this stand-in does."""
    folder = server_folder / "postgres"
    unfinished = folder / "unfinished-by-a-killed-one" / "data"
    (unfinished / "base").mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    (folder / "data" / "base").mkdir(parents=True)  # an earlier version made it in its place
    sleep = [sys.executable, "-c", "import time; time.sleep(60)", "-D"]
    with (
        subprocess.Popen([*sleep, str(unfinished)]) as ours,
        subprocess.Popen([*sleep, str(folder / "data-of-others")]) as other,
    ):
        server = Server(folder)
        alive = [process.poll() is None for process in (ours, other)]
        other.kill()
    assert alive == [False, True]
    assert sorted(path.name for path in folder.iterdir()) == ["data"]
    server.start()
    server.stop()


def test_a_folder_that_cannot_be_made_is_not_there_afterwards(server_folder: Path) -> None:
    """initdb fails as on a full disk. The next run begins anew."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(ServerFailed, match="PostgreSQL could not make"):
            Server(server_folder / "postgres")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((server_folder / "postgres").iterdir()) == []
    Server(server_folder / "postgres")


async def test_databases_are_made_by_one_at_a_time(own_server: Server) -> None:
    try:
        await asyncio.gather(*(databases.provision(own_server.admin_dsn, PASSWORDS) for _ in range(4)))
        admin = await asyncpg.connect(own_server.admin_dsn)
        assert await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname LIKE 'microcred_%'") == len(
            PASSWORDS
        )
    finally:
        for service in PASSWORDS:
            await databases.drop_database(admin, databases.database_name(service))
        await admin.close()
