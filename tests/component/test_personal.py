"""The registry of every service has every table, with what an erasure does with it."""

import importlib
from typing import Any

import pytest

from chassis.personal import Export, Fate
from contracts.topics import CONSUMERS
from tests.component.conftest import StartService

SETTINGS: dict[str, dict[str, Any]] = {
    "payments": {"stripe_api_key": "sk_test_x", "stripe_webhook_secret": "whsec_x"},
    "notify": {"smtp_from": "no-reply@program.example"},
}
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"


@pytest.mark.parametrize("name", CONSUMERS)
async def test_every_table_is_in_the_registry(name: str, service: StartService) -> None:
    """Fails for a table that `services/<service>/personal.py` does not name: say there what an erasure does with it."""
    one = await service(name, **SETTINGS.get(name, {}))
    registry = importlib.import_module(f"services.{name}.personal").TABLES
    assert one.running.service.personal is registry
    real = {row["relname"] for row in await one.database.pool.fetch(TABLES)}
    differences = {"missing in the registry": real - set(registry), "missing in the schema": set(registry) - real}
    assert differences == {"missing in the registry": set(), "missing in the schema": set()}


@pytest.mark.parametrize("name", CONSUMERS)
async def test_what_the_registry_says_fits_the_schema(name: str, service: StartService) -> None:
    """Each statement can be run, each export gives the columns that have words, and each entry says why."""
    one = await service(name, **SETTINGS.get(name, {}))
    registry = importlib.import_module(f"services.{name}.personal").TABLES
    async with one.database.pool.acquire() as connection:
        for table, entry in registry.items():
            assert entry.why, table
            assert bool(entry.erase) == (entry.fate in (Fate.DELETED, Fate.EMPTIED)), table
            if entry.erase:
                assert len((await connection.prepare(entry.erase)).get_parameters()) == 1, table
            if isinstance(entry.export, Export):
                statement = await connection.prepare(entry.export.sql)
                assert [column.name for column in statement.get_attributes()] == list(entry.export.columns), table


def test_what_intake_has_of_a_person_is_exported_or_says_why_not() -> None:
    """The export is made by `intake`, of its own tables."""
    registry = importlib.import_module("services.intake.personal").TABLES
    chassis = importlib.import_module("chassis.personal").CHASSIS
    silent = [
        table
        for table, entry in registry.items()
        if entry.fate is not Fate.NOBODYS and table not in chassis and not entry.export
    ]
    assert silent == []
