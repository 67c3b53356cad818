"""Puts badging together. Only this module reads its settings."""

import re
import secrets
from pathlib import Path
from uuid import uuid4

from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from services.badging import personal, routes
from services.badging.clients.signer import Signer
from services.badging.domain import status_lists
from services.badging.domain.issuer import BadPublicUrl, Issuer, issuer
from services.badging.handlers import handlers
from services.badging.jobs import jobs
from services.badging.pages import pages
from services.badging.usecases import Draw
from web import static
from web.rendering import Pages


class Settings(ServiceSettings):
    """The settings of badging."""

    http_port: int = 8004
    issuer_key_file: Path | None = None
    issuer_former_keys_file: Path | None = None
    issuer_name: str = "microcred"


def build(settings: Settings, parts: Parts) -> Service:
    """Badging, ready to run. Raises SystemExit for a setting that cannot be used."""
    who = _issuer(settings)
    signer = Signer.open(settings.issuer_key_file, settings.issuer_former_keys_file, who.did)
    rendered = Pages.of(Path(__file__).parent, settings)
    return Service(
        routers=[routes.router(who, signer.public_keys), pages(who, rendered), static.router()],
        handlers=handlers(who, Draw(uuid4, _salt, _places)),
        jobs=jobs(who, signer),
        personal=personal.TABLES,
        refusal_page=rendered.refuse,
        public=re.compile(r"/(badges|achievements|status)/.*|/\.well-known/did\.json"),
    )


def _issuer(settings: Settings) -> Issuer:
    url = settings.microcred_public_url
    try:
        return issuer(url, settings.issuer_name)
    except BadPublicUrl as error:
        raise SystemExit(f"MICROCRED_PUBLIC_URL is {url!r}: {error}") from None


def _salt() -> str:
    return secrets.token_hex(16)


def _places() -> list[int]:
    return [secrets.randbelow(status_lists.ENTRIES) for _ in range(status_lists.GUESSES)]
