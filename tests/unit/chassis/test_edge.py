"""The parts of a request that may stand in logs and traces."""

import pytest

from chassis.http.edge import without_secrets

TOKEN = "Aa0_-" * 8 + "xyz"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"/letters/{TOKEN}", "/letters/*"),
        (f"/api/letters/{TOKEN}/decline", "/api/letters/*/decline"),
        (f"/sign-in/{TOKEN}", "/sign-in/*"),
        ("/applications/0b86e2b2-4c43-7bb0-a3a5-3c5b2a1f9d10/letters",) * 2,
        (f"/static/{TOKEN}.css",) * 2,
        ("/",) * 2,
    ],
)
def test_no_token_of_a_link_is_told(path: str, told: str) -> None:
    assert without_secrets(path) == told
