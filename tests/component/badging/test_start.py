"""Settings that cannot be used stop the start with a sentence."""

from pathlib import Path

import pytest

from tests.component.conftest import StartService


async def test_missing_key(service: StartService, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^ISSUER_KEY_FILE: .*gone\.pem cannot be read .*openssl genpkey"):
        await service("badging", issuer_key_file=tmp_path / "gone.pem")


async def test_public_url_that_is_no_address(service: StartService) -> None:
    with pytest.raises(
        SystemExit,
        match=r"^MICROCRED_PUBLIC_URL is 'https://\[::1\]': it must be a host, a port or none, and a path or none: ",
    ):
        await service("badging", microcred_public_url="https://[::1]")


async def test_the_issuers_did_is_that_of_the_public_url(service: StartService) -> None:
    one = await service("badging", microcred_public_url="http://127.0.0.1:8000/")

    assert (await one.client.get("/.well-known/did.json")).json()["id"] == "did:web:127.0.0.1%3A8000"
