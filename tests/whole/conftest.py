"""The one system of this folder. It ends with the folder's last test, because an idle system costs time too.

So a test here has people of its own, who do not appear in other tests. It leaves nothing that waits or is dead, and
repairs what it disturbs. A test about everything that was ever said, or one that kills programs, needs a system of its
own: `tests/system`.
"""

from collections.abc import AsyncIterator

import pytest

from tests.system.whole import Whole
from tests.whole_fixture import pytest_runtest_makereport, running

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="package")
async def whole(postgres: str, worker_id: str) -> AsyncIterator[Whole]:
    """A running system with the demo's people, and whom the tests before left."""
    async with running(postgres, worker_id) as system:
        yield system
