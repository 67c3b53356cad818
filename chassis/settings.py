"""Settings that every service has, from the environment. Only a service's app.py reads them."""

import os
from pathlib import Path
from typing import TypeVar

from pydantic import Field
from pydantic_settings import BaseSettings


class ServiceSettings(BaseSettings):
    """Common settings; a service's own `Settings` adds its fields. Names in the environment are the field names in capitals."""

    http_host: str = "127.0.0.1"
    http_port: int = 8000
    database_url: str = Field(default="", description="read from DATABASE_URL_<SERVICE>")
    kafka_bootstrap: str = "127.0.0.1:9092"
    object_store_url: str = ""
    session_jwks_file: Path = Path("session.jwks")
    clock_offset_file: Path | None = None
    log_level: str = "INFO"
    log_json: bool = False
    intake_url: str = "http://127.0.0.1:8001"
    payments_url: str = "http://127.0.0.1:8002"
    review_url: str = "http://127.0.0.1:8003"
    badging_url: str = "http://127.0.0.1:8004"
    ops_url: str = "http://127.0.0.1:8006"
    microcred_public_url: str = ""


S = TypeVar("S", bound=ServiceSettings)


def load(kind: type[S], service: str) -> S:
    """The settings of one service; a missing database address is an error that names the variable."""
    name = f"DATABASE_URL_{service.upper()}"
    if not os.environ.get(name):
        raise SystemExit(f"{name} is not set: it is the address of {service}'s own PostgreSQL database (postgresql://role:password@host:port/name)")
    return kind(database_url=os.environ[name])
