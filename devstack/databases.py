"""Databases and roles: each service has one of each, and no service can enter another's database."""

import asyncpg

from devstack.names import SERVICES as SERVICES
from devstack.postgres import dsn

_ONE_AT_A_TIME = "SELECT pg_advisory_lock(4711)"
_ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = $1"
_DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = $1"


def database_name(service: str) -> str:
    """The name of a service's database, and of its role."""
    return f"microcred_{service}"


async def provision(admin_dsn: str, passwords: dict[str, str]) -> None:
    """Make the role and database of each service and set its password. It may be run again, even while the statements
    of a killed run still go on.

    CONNECT is taken from PUBLIC on every database, so a role can enter only its own.
    """
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute(_ONE_AT_A_TIME)  # until this connection ends
        for database in ("postgres", "template1"):
            await admin.execute(f"REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC")
        for service, password in passwords.items():
            await set_role(admin, database_name(service), password)
            if not await admin.fetchval(_DATABASE_EXISTS, database_name(service)):
                await admin.execute(f"CREATE DATABASE {database_name(service)} OWNER {database_name(service)}")
            await admin.execute(f"REVOKE CONNECT, TEMPORARY ON DATABASE {database_name(service)} FROM PUBLIC")
    finally:
        await admin.close()


async def set_role(admin: "asyncpg.Connection[asyncpg.Record]", name: str, password: str) -> None:
    """Make the role, or set the password of an existing one. It may sign in, and may not make databases or roles."""
    verb = "ALTER" if await admin.fetchval(_ROLE_EXISTS, name) else "CREATE"
    await admin.execute(f"{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'")


async def create_database(
    admin: "asyncpg.Connection[asyncpg.Record]", name: str, owner: str, template: str | None = None
) -> None:
    """Make a database, empty or as a copy of `template` (some 25 ms). Only its owner may enter it."""
    copied = f"TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
    await admin.execute(f"CREATE DATABASE {name} OWNER {owner} {copied}")
    await admin.execute(f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC")


async def drop_database(admin: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    """Remove a database and cut the sessions in it. Does nothing if it does not exist."""
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def service_urls(passwords: dict[str, str], port: int) -> dict[str, str]:
    """`DATABASE_URL_<SERVICE>` of every service with a password."""
    return {
        f"DATABASE_URL_{service.upper()}": dsn(database_name(service), word, database_name(service), port)
        for service, word in passwords.items()
    }
