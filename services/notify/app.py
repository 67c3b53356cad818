"""Wires `notify`. The only reader of its settings."""

from datetime import timedelta
from pathlib import Path

from chassis.addresses import NoAddress
from chassis.jobs import Job
from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from services.notify import handlers, usecases
from services.notify.clients import Relay, Sender, TokenBox
from services.notify.domain import Addresses
from services.notify.jobs import Postman
from services.notify.rendering import Renderer


class Settings(ServiceSettings):
    """`smtp_from` is an address, best with the program's name: `Our Program <no-reply@example.org>`. `smtp_starttls`
    unset: TLS if offered.

    `organization` is who awards the badges, for LinkedIn; empty lets the earner fill it in.
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
    """The service's handlers and its one job; it has no routes of its own yet."""
    try:
        sender = Sender.read(settings.smtp_from)
    except NoAddress as error:
        raise SystemExit(
            f"SMTP_FROM: {settings.smtp_from!r} {error}; give one like 'Our Program <no-reply@example.org>'"
        ) from None
    relay = Relay(
        settings.smtp_host,
        settings.smtp_port,
        sender,
        user=settings.smtp_user,
        password=settings.smtp_password,
        start_tls=settings.smtp_starttls,
    )
    tokens = TokenBox(settings.seal_private_key_file)
    postman = Postman(
        relay, Renderer(sender=sender.name or sender.address), tokens, sender.domain, settings.organization
    )
    return Service(
        routers=[],
        handlers=handlers.build(Addresses(intake=settings.microcred_public_url, review=settings.microcred_public_url)),
        jobs=[Job(usecases.SEND_MAILS, timedelta(seconds=2), postman.send_mails, alone=False)],
        on_stop=[relay.close],
    )
