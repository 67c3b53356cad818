"""The embedded PostgreSQL: walls between databases, passwords that count, data that survives."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from devstack import databases
from devstack.child import ServerFailed
from devstack.postgres import Server

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
    assert await connection.fetchrow("SELECT n, current_user, current_database() FROM t") == (7, "microcred_intake", "microcred_intake")
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
    connection = await asyncpg.connect(databases.service_urls({"intake": "another"}, own_server.port)["DATABASE_URL_INTAKE"])
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
