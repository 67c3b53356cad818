"""A whole system for tests: `whole` (a new one for each module, on the Kafka and PostgreSQL that all tests share)."""

from collections.abc import AsyncIterator

import pytest

from tests.system.whole import Whole
from tests.whole_fixture import pytest_runtest_makereport, running

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="module")
async def whole(postgres: str, worker_id: str) -> AsyncIterator[Whole]:
    """A running system with the demo's people and nothing else, for a module whose tests need that: others go to
    `tests/whole`.

    Its programs are started, and started again, by the real commands: somewhere these have to be tried.
    """
    async with running(postgres, worker_id, commands=True) as system:
        yield system
