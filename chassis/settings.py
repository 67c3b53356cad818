"""The settings that every service has, from the environment. Only a service's app.py reads them."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS = Path("/run/secrets")


class Demonstration(BaseModel):
    """What a demo tells its visitors: the e-mail addresses that can sign in, and the address of the mailbox."""

    people: tuple[str, ...]
    mailbox_url: str


class ServiceSettings(BaseSettings):
    """Common settings; a service's own `Settings` adds its fields. Names in the environment are the field names in
    capitals.

    A field may also come from a file with its name in /run/secrets, where container engines put secrets.
    """

    model_config = SettingsConfigDict(secrets_dir=SECRETS if SECRETS.is_dir() else None)

    http_host: str = "127.0.0.1"
    http_port: int = 8000
    trusted_proxies: str = "127.0.0.1,::1"
    database_url: str = Field(default="", description="read from DATABASE_URL_<SERVICE>")
    kafka_bootstrap: str = "127.0.0.1:9092"
    object_store_url: str = ""
    session_jwks_file: Path = Path("session.jwks")
    clock_offset_file: Path | None = None
    log_level: str = "INFO"
    log_json: bool = False
    microcred_public_url: str = "http://127.0.0.1:8000"
    microcred_demonstration: Demonstration | None = None
    microcred_help_address: str = Field(
        default="", description="the e-mail address that pages show to people who need help"
    )
    allowed_hosts: str = Field(default="", description="further host names that requests may name, separated by commas")

    @field_validator("microcred_public_url")
    @classmethod
    def _origin(cls, url: str) -> str:
        return origin(url)


S = TypeVar("S", bound=ServiceSettings)


def load(kind: type[S], service: str) -> S:
    """The settings of one service. A missing database address ends the process with an error that names the variable.

    The address may leave out the password; DATABASE_PASSWORD_FILE then names a file that holds it.
    """
    name = f"DATABASE_URL_{service.upper()}"
    address = os.environ.get(name)
    if not address:
        raise SystemExit(
            f"{name} is not set: it is the address of {service}'s own PostgreSQL database (postgresql://role:password@host:port/name)"
        )
    return kind(database_url=with_password(address, os.environ.get("DATABASE_PASSWORD_FILE")))


def origin(url: str) -> str:
    """A public address in the form that links begin with, without a slash at its end. Raises SystemExit if it is not an
    origin, because pages are linked by paths from the root."""
    parts = urlsplit(url)
    if (
        parts.scheme not in ("https", "http")
        or not parts.hostname
        or url.rstrip("/") != f"{parts.scheme}://{parts.netloc}"
    ):
        raise SystemExit(
            f"MICROCRED_PUBLIC_URL is {url!r}; it must be https:// and a host, with a port or none, and nothing after"
            " that, like https://badges.example.org"
        )
    return url.rstrip("/")


def with_password(address: str, file: str | None) -> str:
    """A database address with the password from a file; unchanged without a file."""
    if not file:
        return address
    try:
        password = Path(file).read_text().strip()
    except OSError as error:
        raise SystemExit(f"DATABASE_PASSWORD_FILE: cannot read {file}: {error.strerror}") from None
    parts = urlsplit(address)
    if parts.username is None or parts.hostname is None:
        raise SystemExit("the database address needs a role and a host: postgresql://role@host:port/name")
    place = f"{parts.username}:{quote(password, safe='')}@{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    return urlunsplit(parts._replace(netloc=place))


def proxies(text: str) -> list[str]:
    """The addresses and networks of TRUSTED_PROXIES. A connection from there is trusted to name the client's address
    (X-Forwarded-For)."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    for part in found:
        try:
            ip_network(part)
        except ValueError as error:
            raise SystemExit(
                f"TRUSTED_PROXIES: {part!r} is neither an address nor a network ({error}); name the"
                " proxy itself, like 10.0.0.2, or its network, "
                "like 10.0.0.0/24. Clients that reach the service without the proxy must not be in it"
            ) from None
    return found
