"""The parts of the fixtures `whole`: that of `tests/whole`, which all its tests share, and that of `tests/system`, one
for each module."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.kafka.provision import provision
from devstack.databases import SERVICES
from tests import fresh_topics, servers
from tests.fresh_databases import FreshDatabases
from tests.system.whole import Whole


@asynccontextmanager
async def running(postgres: str, worker_id: str, *, commands: bool = False) -> AsyncIterator[Whole]:
    """A running system with the demo's people and nothing else. Who uses it must not use `kafka` meanwhile, which
    empties the topics."""
    bootstrap = servers.ask_here(f"kafka {worker_id}")
    await provision(bootstrap)
    folder = Path(tempfile.mkdtemp(prefix="microcred-whole-"))
    admin = await asyncpg.connect(postgres)
    databases = FreshDatabases(admin, postgres)
    try:
        async with Whole(
            folder, bootstrap, {service: await databases.new(service) for service in SERVICES}, commands=commands
        ) as system:
            yield system
        await databases.close()
    finally:
        await admin.close()
        await fresh_topics.delete_all(bootstrap)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A failed test shows what the programs of its system said last."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            system = getattr(value, "whole", value)
            if isinstance(system, Whole):
                report.sections.extend(system.logs())
    return report
