"""`bench`: the review service with a credential and a whole panel's people."""

import pytest

from tests.component.conftest import StartService
from tests.component.review.bench_of_judges import Bench


@pytest.fixture
async def bench(service: StartService) -> Bench:
    return await Bench.build(await service("review"))
