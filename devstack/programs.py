"""The programs of the stack: command, environment and ports of each, and the check that it is ready."""

import asyncio
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack import gateway, kafka, kafka_folder, postgres
from devstack.databases import SERVICES, service_urls
from devstack.keys import Keys
from devstack.names import PEOPLE
from devstack.paths import CHECKOUT, state_folder
from devstack.ports import LOOPBACK, answers
from devstack.server_account import account_for_servers

PORTS = {
    "web": 8000,
    **{service: 8001 + n for n, service in enumerate(SERVICES)},
    "mailbox": 8025,
    "mailbox (SMTP)": 1025,
    "stripe": 12111,
    "kafka": 9092,
    "kafka (controller)": 9093,
    "postgres": 5433,
}


STRIPE_EVENTS = ",".join(
    f"checkout.session.{what}" for what in ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
)
"""The Stripe events that `payments` needs. A webhook endpoint at Stripe is set up with the same list."""


class SettingError(Exception):
    """A setting of the caller is wrong. The message names it and the remedy."""


@dataclass(frozen=True)
class Program:
    """One process of the stack. With a `user` it runs as that account, and keeps its own record of its process id.

    `explain` says why it is not ready, if it is known.
    """

    name: str
    command: list[str]
    ports: dict[str, int]
    is_ready: Callable[[], bool]
    environ: dict[str, str] = field(default_factory=dict)
    folder: Path = CHECKOUT
    user: str | None = None
    stop_signal: str = "TERM"
    explain: Callable[[], str] = lambda: ""


@dataclass(frozen=True)
class Plan:
    """Everything about one stack that follows from the caller's environment. Making a plan starts and writes
    nothing."""

    state: Path
    offset: int = 0
    kafka_elsewhere: str | None = None
    databases_elsewhere: Mapping[str, str] = field(default_factory=dict)
    public_url_elsewhere: str = ""

    @property
    def ports(self) -> dict[str, int]:
        """All ports, shifted by the offset."""
        return {name: port + self.offset for name, port in PORTS.items()}

    @property
    def bootstrap(self) -> str:
        """Kafka: the caller's or the embedded one."""
        return self.kafka_elsewhere or f"{LOOPBACK}:{self.ports['kafka']}"

    @property
    def embedded_databases(self) -> list[str]:
        """The services whose database is embedded."""
        return [service for service in SERVICES if service not in self.databases_elsewhere]

    @property
    def clock(self) -> Path:
        """The file with the seconds by which the clock of the whole stack is shifted. The Stripe sandbox writes it."""
        return self.state / "clock"

    @property
    def addresses(self) -> dict[str, str]:
        """The content of `addresses.json`: base URLs, and `host:port` of Kafka."""
        urls = {name: f"http://{LOOPBACK}:{self.ports[name]}" for name in ("web", *SERVICES, "mailbox", "stripe")}
        return {**urls, "kafka": self.bootstrap}

    @property
    def public_url(self) -> str:
        """The address in badges, mails and at Stripe: the caller's, or that of `web`."""
        return self.public_url_elsewhere or self.addresses["web"]

    def database_urls(self, keys: Keys) -> dict[str, str]:
        """`DATABASE_URL_<SERVICE>` of every service."""
        embedded = service_urls(keys.database_passwords, self.ports["postgres"])
        return {
            **embedded,
            **{f"DATABASE_URL_{service.upper()}": url for service, url in self.databases_elsewhere.items()},
        }


def plan_from(environ: Mapping[str, str]) -> Plan:
    """Reads `MICROCRED_PORT_OFFSET`, `MICROCRED_STATE`, `MICROCRED_PUBLIC_URL`, `KAFKA_BOOTSTRAP` and
    `DATABASE_URL_<SERVICE>`. Raises SettingError."""
    text = environ.get("MICROCRED_PORT_OFFSET") or "0"
    if not text.isdecimal() or int(text) + max(PORTS.values()) > 65535:
        raise SettingError(
            f"MICROCRED_PORT_OFFSET is {text!r}; it must be a whole number from 0 to {65535 - max(PORTS.values())}"
        )
    elsewhere = {service: url for service in SERVICES if (url := postgres.url_from(environ, service))}
    public = (environ.get("MICROCRED_PUBLIC_URL") or "").rstrip("/")
    return Plan(state_folder(environ), int(text), kafka.bootstrap_from(environ), elsewhere, public)


def infrastructure(
    plan: Plan, keys: Keys, runtime: kafka_folder.Runtime | None, postgres_folder: Path | None
) -> list[Program]:
    """The programs that the services need. Kafka and PostgreSQL are left out if the caller brings them; then `runtime`
    and `folder` are None."""
    ports = plan.ports
    python = [sys.executable, "-m"]
    found = []
    if postgres_folder is not None:
        account = account_for_servers()
        found.append(
            Program(
                "postgres",
                postgres.command(postgres_folder, ports["postgres"]),
                {"postgres": ports["postgres"]},
                lambda: postgres.accepts(ports["postgres"]),
                postgres.environment(),
                Path("/"),
                account.name if account else None,
                "INT",
            )
        )
    if runtime is not None:
        found.append(
            Program(
                "kafka",
                kafka.command(runtime, plan.state / "kafka"),
                {name: ports[name] for name in ("kafka", "kafka (controller)")},
                lambda: answers(ports["kafka"]) and asyncio.run(kafka.is_ready(plan.bootstrap)),
            )
        )
    mailbox = [
        *python,
        "devstack.mailbox",
        "--http-port",
        str(ports["mailbox"]),
        "--smtp-port",
        str(ports["mailbox (SMTP)"]),
    ]
    mailbox += ["--state-dir", str(plan.state / "mailbox")]
    found.append(
        Program(
            "mailbox",
            mailbox,
            {name: ports[name] for name in ("mailbox", "mailbox (SMTP)")},
            lambda: answers(ports["mailbox"]) and answers(ports["mailbox (SMTP)"]),
        )
    )
    sandbox = [
        *python,
        "devstack.stripe_sandbox",
        "--port",
        str(ports["stripe"]),
        "--public-url",
        plan.addresses["stripe"],
    ]
    sandbox += ["--clock-file", str(plan.clock), "--webhook-url", f"{plan.addresses['payments']}/webhooks/stripe"]
    sandbox += [
        "--webhook-events",
        STRIPE_EVENTS,
        "--webhook-secret-file",
        str(keys.stripe_webhook_secret_file),
        "--state-dir",
        str(plan.state / "stripe"),
    ]
    found.append(Program("stripe", sandbox, {"stripe": ports["stripe"]}, lambda: answers(ports["stripe"])))
    return found


def services(plan: Plan, keys: Keys) -> list[Program]:
    """The six services, each with its own database and only the keys it needs."""
    return [_service(plan, keys, name) for name in SERVICES]


def web(plan: Plan) -> Program:
    """The gateway in front of the services. Raises CaddyMissing."""
    address = plan.addresses["web"]
    upstreams = {name: f"{LOOPBACK}:{plan.ports[name]}" for name in SERVICES}
    return Program(
        "web",
        gateway.command(gateway.caddy()),
        {"web": plan.ports["web"]},
        lambda: gateway.answers(address),
        gateway.environment(plan.public_url, plan.ports["web"], upstreams, plan.state / "web"),
    )


def _service(plan: Plan, keys: Keys, name: str) -> Program:
    address = plan.addresses[name]
    return Program(
        name,
        [sys.executable, "-m", f"services.{name}"],
        {name: plan.ports[name]},
        lambda: _ready(address)[0],
        _environment(plan, keys, name),
        explain=lambda: _ready(address)[1],
    )


def _environment(plan: Plan, keys: Keys, service: str) -> dict[str, str]:
    variable = f"DATABASE_URL_{service.upper()}"
    everybody = {
        "HTTP_HOST": LOOPBACK,
        "HTTP_PORT": str(plan.ports[service]),
        variable: plan.database_urls(keys)[variable],
        "KAFKA_BOOTSTRAP": plan.bootstrap,
        "OBJECT_STORE_URL": (plan.state / "objects").as_uri(),
        "SESSION_JWKS_FILE": str(keys.session_public),
        "CLOCK_OFFSET_FILE": str(plan.clock),
        "PYTHONUNBUFFERED": "1",
        "MICROCRED_PUBLIC_URL": plan.public_url,
        "MICROCRED_DEMONSTRATION": json.dumps({"people": PEOPLE, "mailbox_url": plan.addresses["mailbox"]}),
    }
    own: dict[str, dict[str, str]] = {
        "intake": {
            "SESSION_KEY_FILE": str(keys.session_private),
            "SEAL_PUBLIC_KEY_FILE": str(keys.seal_public),
            "PROGRAM_DIR": os.environ.get("PROGRAM_DIR") or str(CHECKOUT / "program"),
            "FIRST_ADMIN_EMAIL": "admin@example.org",
            "SIGN_IN_PER_ADDRESS": "1000 per minute",
            "SIGN_IN_PER_CLIENT": "100000 per minute",
            "MAIL_SMTPUTF8": "true",  # the mailbox accepts it
        },
        "payments": {
            "STRIPE_API_KEY": keys.stripe_api_key,
            "STRIPE_WEBHOOK_SECRET": keys.stripe_webhook_secret,
            "STRIPE_API_BASE": plan.addresses["stripe"],
            "STRIPE_CHECKOUT_ORIGIN": plan.addresses["stripe"],
        },
        "badging": {"ISSUER_KEY_FILE": str(keys.issuer)},
        "notify": {
            "SEAL_PRIVATE_KEY_FILE": str(keys.seal_private),
            "SMTP_HOST": LOOPBACK,
            "SMTP_PORT": str(plan.ports["mailbox (SMTP)"]),
            "SMTP_FROM": "Microcred <no-reply@example.org>",
        },
    }
    return {**everybody, **own.get(service, {})}


def _ready(address: str) -> tuple[bool, str]:
    """Whether `readyz?all=1` says that HTTP, consumer and outbox are all well, and its answer."""
    try:
        with urllib.request.urlopen(f"{address}/readyz?all=1", timeout=2) as answer:
            return answer.status == 200, answer.read(2000).decode(errors="replace")
    except urllib.error.HTTPError as error:
        return False, error.read(2000).decode(errors="replace")
    except OSError:
        return False, ""
