"""`service`: one service with a real PostgreSQL and without Kafka."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests import one_service
from tests.conftest import NewDatabase
from tests.one_service import OneService

StartService = Callable[..., Awaitable[OneService]]


@pytest.fixture
async def service(new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[StartService]:
    """`await service("review", setting=value)` is a service of that name around a fresh database; closed after the
    test.

    `await service("review", beside=one)` is one more process of a service that is there.
    """
    started: list[OneService] = []

    async def start(name: str, beside: OneService | None = None, **settings: object) -> OneService:
        if beside is not None:
            started.append(await one_service.replica_of(beside))
            return started[-1]
        folder = tmp_path / f"{name}-{len(started)}"
        folder.mkdir()
        one = await one_service.start(name, await new_database(name), folder, **settings)
        started.append(one)
        return one

    yield start
    for one in started:
        await one.close()
