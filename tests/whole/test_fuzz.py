"""What each service answers is what its `/openapi.json` says, for requests that fit it and for others. The long run:
`python -m bench.fuzz`."""

import pytest

from bench.fuzz import Found, fuzz
from devstack.databases import SERVICES
from tests.system.whole import Whole

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_is_described(whole: Whole, service: str) -> None:
    admin = whole.people["admin@example.org"]
    found = await fuzz(whole.world, admin, service, examples=6, seed=8)
    person = (await admin.do("GET", "intake", f"/api/people?email=fuzz-{service}@example.org"))["items"][0]
    await admin.do(
        "PUT", "intake", f"/api/people/{person['person_id']}/roles", json={"roles": []}
    )  # nobody's case waits for them
    assert found == Found(service, found.cases, 0, ""), found.words
    assert found.cases > 50
