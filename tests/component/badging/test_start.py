"""Settings that cannot be used end the start with words."""

from pathlib import Path

import pytest

from tests.component.conftest import StartService


async def test_missing_key(service: StartService, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^ISSUER_KEY_FILE: .*gone\.pem cannot be read .*openssl genpkey"):
        await service("badging", issuer_key_file=tmp_path / "gone.pem")


async def test_public_url_that_is_no_address(service: StartService) -> None:
    with pytest.raises(
        SystemExit,
        match=r"^MICROCRED_PUBLIC_URL \(or else BADGING_URL\) is 'badges': it must begin with https:// and a host$",
    ):
        await service("badging", microcred_public_url="badges")


async def test_badging_url_stands_in_for_the_public_one(service: StartService) -> None:
    one = await service("badging", badging_url="http://127.0.0.1:8004")

    assert (await one.client.get("/.well-known/did.json")).json()["id"] == "did:web:127.0.0.1%3A8004"
