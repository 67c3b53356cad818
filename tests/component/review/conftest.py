"""`bench`: the review service with a credential and the people of a whole panel."""

import pytest

from tests.component.conftest import StartService
from tests.component.review.bench_of_judges import Bench


@pytest.fixture
async def bench(service: StartService) -> Bench:
    return await Bench.build(await service("review"))
