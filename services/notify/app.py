"""Puts `notify` together. Only this module reads its settings."""

from pathlib import Path

from chassis.addresses import NoAddress
from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from services.notify import personal
from services.notify.clients import MailRelay, Sender, TokenBox
from services.notify.handlers import handlers
from services.notify.jobs import Postman, jobs
from services.notify.rendering import Renderer


class Settings(ServiceSettings):
    """`smtp_from` is an address, best with the program's name: `Our Program <no-reply@example.org>`. Without
    `smtp_starttls` TLS is used if the relay offers it.

    `organization` is the issuer of the badges, for LinkedIn. If it is empty, the earner fills it in.
    """

    http_port: int = 8005
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_from: str
    smtp_user: str | None = None
    smtp_password: str | None = None
    smtp_starttls: bool | None = None
    seal_private_key_file: Path
    organization: str = ""


def build(settings: Settings, parts: Parts) -> Service:
    """The service with its parts. It has no routes of its own."""
    try:
        sender = Sender.read(settings.smtp_from)
    except NoAddress as error:
        raise SystemExit(
            f"SMTP_FROM: {settings.smtp_from!r} {error}; give one like 'Our Program <no-reply@example.org>'"
        ) from None
    relay = MailRelay(
        settings.smtp_host,
        settings.smtp_port,
        sender,
        user=settings.smtp_user,
        password=settings.smtp_password,
        start_tls=settings.smtp_starttls,
    )
    renderer = Renderer(
        sender=sender.name or sender.address,
        public_url=settings.microcred_public_url,
    )
    tokens = TokenBox(settings.seal_private_key_file)
    postman = Postman(relay, renderer, tokens, sender.domain, settings.organization)
    return Service(routers=[], handlers=handlers(), jobs=jobs(postman), on_stop=[relay.close], personal=personal.TABLES)
