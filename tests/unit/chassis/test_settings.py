"""Settings: missing ones are named, a password may be in a file, and who is believed about the client's address."""

import json
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from chassis.service import listening
from chassis.settings import ServiceSettings, load, proxies, with_password
from web.rendering import Demonstration


def test_a_missing_database_address_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL_REVIEW", raising=False)
    with pytest.raises(SystemExit, match="DATABASE_URL_REVIEW is not set"):
        load(ServiceSettings, "review")


def test_a_password_from_a_file_goes_into_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/word\n")
    monkeypatch.setenv("DATABASE_URL_REVIEW", "postgresql://review@db:5432/review?sslmode=require")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(file))
    assert (
        load(ServiceSettings, "review").database_url
        == "postgresql://review:p%40ss%2Fword@db:5432/review?sslmode=require"
    )


def test_an_address_without_a_file_stays_as_it_is() -> None:
    assert with_password("postgresql://a:b@c/d", None) == "postgresql://a:b@c/d"


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="DATABASE_PASSWORD_FILE"):
        with_password("postgresql://a@c/d", str(tmp_path / "none"))


def test_an_address_without_a_role_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("x")
    with pytest.raises(SystemExit, match="role"):
        with_password("postgresql://c/d", str(file))


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("https://badges.example.org", "https://badges.example.org"),
        ("https://badges.example.org:8443/", "https://badges.example.org:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_the_public_address_has_no_slash_at_its_end(given: str, form: str) -> None:
    assert ServiceSettings(microcred_public_url=given).microcred_public_url == form


@pytest.mark.parametrize(
    "given",
    ["", "badges", "badges.example.org", "//badges.example.org", "ftp://badges.example.org", "https://", "https:///x"]
    + [f"https://badges.example.org{more}" for more in ("/cep", "?a=b", "#a", "/?", "//x")],
)
def test_a_public_address_that_is_no_origin_is_refused_with_a_remedy(given: str) -> None:
    with pytest.raises(SystemExit, match=r"^MICROCRED_PUBLIC_URL is .*; it must be https:// and a host"):
        ServiceSettings(microcred_public_url=given)


def test_a_demo_tells_who_can_sign_in_and_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Demonstration.of(ServiceSettings()) is None
    told = {"people": ["ada@example.org"], "mailbox_url": "http://127.0.0.1:8025"}
    monkeypatch.setenv("MICROCRED_DEMONSTRATION", json.dumps(told))
    assert Demonstration.of(ServiceSettings()) == Demonstration(("ada@example.org",), "http://127.0.0.1:8025")


async def client_of(connected_from: str, forwarded: str | None, **settings: str) -> str:
    """Whom a service takes for the client of a request."""
    api = FastAPI()

    @api.get("/")
    async def who(request: Request) -> str:
        return request.client.host if request.client else ""

    config = listening(api, ServiceSettings(database_url="", **settings))
    config.load()
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(config.loaded_app, client=(connected_from, 1)), base_url="http://service"
    ) as client:
        return str((await client.get("/", headers=headers)).json())


async def test_only_a_proxy_that_is_named_is_believed_about_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # what uvicorn itself would read
    assert await client_of("10.1.1.9", "203.0.113.7") == "10.1.1.9"
    assert await client_of("127.0.0.1", "203.0.113.7") == "203.0.113.7"
    named = {"trusted_proxies": "10.1.1.2, 2001:db8::/64"}
    assert await client_of("10.1.1.2", "203.0.113.7", **named) == "203.0.113.7"
    assert await client_of("2001:db8::5", "203.0.113.7", **named) == "203.0.113.7"
    assert await client_of("10.1.1.2", "198.51.100.1, 203.0.113.7", **named) == "203.0.113.7"
    assert await client_of("10.1.1.3", "203.0.113.7", **named) == "10.1.1.3"
    assert await client_of("127.0.0.1", "203.0.113.7", **named) == "127.0.0.1"
    assert await client_of("127.0.0.1", "203.0.113.7", trusted_proxies="") == "127.0.0.1"
    assert await client_of("10.1.1.2", None, **named) == "10.1.1.2"


@pytest.mark.parametrize("text", ["*", "gateway", "10.0.0.1/24", "10.0.0.0/33", "10.0.0.2;10.0.0.3", "10.0.0.2, *"])
def test_a_proxy_is_an_address_or_a_network(text: str) -> None:
    with pytest.raises(SystemExit, match=r"TRUSTED_PROXIES: .* is neither an address nor a network"):
        proxies(text)
