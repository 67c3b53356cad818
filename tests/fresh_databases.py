"""Databases for tests: migrated once into a template, copied for each test (some 25 ms), dropped afterwards."""

import hashlib
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from chassis.database.migrations import migrate
from devstack.databases import create_database, database_name, drop_database, set_role

CHECKOUT = Path(__file__).resolve().parent.parent
CHASSIS_MIGRATIONS = CHECKOUT / "chassis" / "database" / "migrations"
PASSWORD = "only-for-tests"

_TEMPLATE_LOCK = "SELECT pg_advisory_lock(4711)"
_TEMPLATE_UNLOCK = "SELECT pg_advisory_unlock(4711)"
_EXISTS = "SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate"


class FreshDatabases:
    """Makes databases on one server and forgets them on `close`."""

    def __init__(self, admin: "asyncpg.Connection[asyncpg.Record]", admin_dsn: str) -> None:
        self._admin = admin
        self._address = urlsplit(admin_dsn).netloc.rpartition("@")[2]
        self._made: list[str] = []

    async def new(self, service: str, *more: Path) -> str:
        """The DSN of a new database, as the service's own role: the tables of the chassis, those of the service, and of
        the folders in `more`.

        `chassis` in place of a service has the tables of the chassis only.
        """
        folders = (
            [CHASSIS_MIGRATIONS, *more]
            if service == "chassis"
            else [CHASSIS_MIGRATIONS, CHECKOUT / "services" / service / "migrations", *more]
        )
        template = await self._template(service, folders)
        name = f"{service}_{secrets.token_hex(6)}"
        await create_database(self._admin, name, database_name(service), template)
        self._made.append(name)
        return self._dsn(service, name)

    async def close(self) -> None:
        """Drops what was made; sessions that a test left open are cut."""
        while self._made:
            await drop_database(self._admin, self._made.pop())

    async def _template(self, service: str, folders: list[Path]) -> str:
        name = f"template_{service}_{_digest(folders)}"
        if await self._admin.fetchval(_EXISTS, name):
            return name
        await self._admin.execute(_TEMPLATE_LOCK)
        try:
            if not await self._admin.fetchval(_EXISTS, name):
                await drop_database(self._admin, name)
                await set_role(self._admin, database_name(service), PASSWORD)
                await create_database(self._admin, name, database_name(service))
                await migrate(self._dsn(service, name), *folders)
                await self._admin.execute(f"ALTER DATABASE {name} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")
        finally:
            await self._admin.execute(_TEMPLATE_UNLOCK)
        return name

    def _dsn(self, service: str, name: str) -> str:
        return f"postgresql://{database_name(service)}:{PASSWORD}@{self._address}/{name}"


def _digest(folders: list[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.glob("*.sql")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
