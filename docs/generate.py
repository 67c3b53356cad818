"""`python -m docs.generate [--check]`: the sections of the documents that follow from the code, written between their
markers.

A section begins with `<!-- generated: NAME -->` and ends with `<!-- end of NAME -->`; what stands between is replaced.
`--check` writes nothing and fails when a document is out of date.
"""

import argparse
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

from prometheus_client.metrics import MetricWrapperBase

from chassis import telemetry
from chassis.personal import CHASSIS, Export, Fate
from chassis.settings import ServiceSettings
from contracts import asyncapi
from contracts.event import EVENTS
from contracts.topics import OBJECT_READERS, TOPICS, Topic

FOLDER = Path(__file__).parent
SERVICES = ("intake", "payments", "review", "badging", "notify", "ops")
_MARKED = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end of (?P=name) -->)", re.DOTALL)

Table = Mapping[tuple[StrEnum, StrEnum], StrEnum]


class UnknownSection(Exception):
    """A marker names a section that nothing here writes."""


class NoMeaning(Exception):
    """A setting that nobody explained."""


def topics() -> str:
    """Every topic with who says, its key, how it is kept, and who hears it."""
    rows = [
        (
            f"`{topic.name}`",
            ", ".join(topic.producers),
            topic.key,
            str(topic.partitions),
            _kept(topic),
            ", ".join(sorted(asyncapi.receivers(topic))),
        )
        for topic in sorted(TOPICS.values(), key=lambda topic: topic.name)
    ]
    return _table(("topic", "who says", "key", "partitions", "kept", "who hears"), rows)


def events() -> str:
    """Every event with who hears it (`ops`, which hears everything, is left out) and its meaning."""
    ordered = sorted(EVENTS.items(), key=lambda item: (item[1].TOPIC.name, item[0]))
    return _table(
        ("event", "who hears", "says"),
        [(f"`{name}`", ", ".join(event.HEARD_BY) or "nobody yet", _summary(event.__doc__)) for name, event in ordered],
    )


def object_readers() -> str:
    """Who may read what a service put into the object store."""
    return _table(
        ("written by", "read by"), [(writer, ", ".join(readers)) for writer, readers in sorted(OBJECT_READERS.items())]
    )


def states() -> str:
    """A diagram of every table of transitions, service by service."""
    return "\n".join(f"### {title}\n\n{diagram(table)}" for title, table in tables())


def tables() -> Iterator[tuple[str, Table]]:
    """Every `...TRANSITIONS` of the services' domains, with a title, each once."""
    seen: set[int] = set()
    for service in SERVICES:
        # Where a table is defined comes before a package that passes it on.
        for name, module in sorted(_modules(f"services.{service}.domain"), key=lambda found: -found[0].count(".")):
            for attribute, value in vars(module).items():
                if attribute.endswith("TRANSITIONS") and isinstance(value, Mapping) and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{service}: {_subject(name)}", value


def diagram(table: Table) -> str:
    """A Mermaid state diagram. Actions that leave a state as it is are left out; what begins nowhere and leads nowhere
    is named beneath."""
    kind, actions = (type(one) for one in next(iter(table)))
    moves: dict[tuple[StrEnum, StrEnum], list[str]] = {}
    for before, action in product(
        kind, actions
    ):  # in the order of their definition: a table may be put together from sets
        if (after := table.get((before, action), before)) != before:
            moves.setdefault((before, after), []).append(action.replace("_", " ").replace("-", " "))
    leaves, reached = {before for before, _ in moves}, {after for _, after in moves}
    alone = [state for state in kind if state not in leaves | reached]
    begins = [state for n, state in enumerate(kind) if state in leaves and (n == 0 or state not in reached)]
    lines = [f"    [*] --> {state.value}" for state in begins]
    lines += [f"    {before.value} --> {after.value}: {', '.join(said)}" for (before, after), said in moves.items()]
    lines += [f"    {state.value} --> [*]" for state in kind if state in reached - leaves]
    note = f"\nNo move leads to {', '.join(f'`{state}`' for state in alone)} yet.\n" if alone else ""
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + f"\n```\n{note}"


def settings() -> str:
    """What every service reads from its environment, then what each reads besides."""
    common = ServiceSettings.model_fields
    parts = [f"### Every service\n\n{_settings(common)}"]
    for service in SERVICES:
        kind: type[ServiceSettings] = importlib.import_module(f"services.{service}.app").Settings
        own = {name: field for name, field in kind.model_fields.items() if name not in common}
        port = kind.model_fields["http_port"].default
        words = f"`HTTP_PORT` is {port} if unset.{'' if own else ' Nothing of its own.'}\n"
        parts.append(f"### {service}\n\n{words}" + (f"\n{_settings(own)}" if own else ""))
    return "\n".join(parts)


def metrics() -> str:
    """What `/metrics` of every service tells of the chassis."""
    found = [value for value in vars(telemetry).values() if isinstance(value, MetricWrapperBase)]
    return _table(
        ("metric", "kind", "labels", "tells"),
        [
            (
                f"`{_metric_name(one)}`",
                str(one._type),
                ", ".join(f"`{label}`" for label in one._labelnames),
                one._documentation,
            )
            for one in found
        ],
    )


def personal_data() -> str:
    """What an erasure does with each table of each service."""
    rows = []
    for service in SERVICES:
        registry = importlib.import_module(f"services.{service}.personal").TABLES
        for table, entry in registry.items():
            if entry.fate is not Fate.NOBODYS and entry is not CHASSIS.get(table):
                rows.append(
                    (
                        service,
                        f"`{table}`",
                        entry.fate.value,
                        "yes" if isinstance(entry.export, Export) else "",
                        entry.why,
                    )
                )
    common = [
        ("every", f"`{table}`", entry.fate.value, "", entry.why)
        for table, entry in CHASSIS.items()
        if entry.fate is not Fate.NOBODYS
    ]
    return _table(("service", "table", "erasure", "exported", "why"), [*common, *rows])


SECTIONS: Mapping[str, Callable[[], str]] = {
    "topics": topics,
    "events": events,
    "object-readers": object_readers,
    "states": states,
    "settings": settings,
    "metrics": metrics,
    "personal-data": personal_data,
}


def render(text: str) -> str:
    """The document with its generated sections as the code is now. Raises UnknownSection."""

    def fresh(found: re.Match[str]) -> str:
        if found["name"] not in SECTIONS:
            raise UnknownSection(f"there is no section {found['name']!r}; known: {', '.join(SECTIONS)}")
        return f"{found[1]}\n{SECTIONS[found['name']]().strip()}\n\n{found[3]}"

    return _MARKED.sub(fresh, text)


def main(arguments: list[str], folder: Path = FOLDER) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a document is out of date")
    given = parser.parse_args(arguments)
    old = 0
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if (now := render(text)) == text:
            continue
        old += 1
        if not given.check:
            path.write_text(now, encoding="utf-8")
        sys.stdout.write(
            f"{path.relative_to(folder.parent)}:"
            f" {'is out of date; run `python -m docs.generate`' if given.check else 'written'}\n"
        )
    return 1 if old and given.check else 0


def _modules(name: str) -> Iterator[tuple[str, Any]]:
    module = importlib.import_module(name)
    yield name, module
    for found in pkgutil.iter_modules(getattr(module, "__path__", [])):
        yield from _modules(f"{name}.{found.name}")


def _subject(module: str) -> str:
    """What a table is of, as its module's name says: `fee` for `fees`."""
    last = module.rpartition(".")[2]
    return {"states": "application", "receipts": "payment", "domain": "mail"}.get(last, last.removesuffix("s"))


def _settings(fields: Mapping[str, Any]) -> str:
    rows = []
    for name, field in fields.items():
        variable = "DATABASE_URL_<SERVICE>" if name == "database_url" else name.upper()
        meaning = _MEANINGS.get(name) or field.description
        if not meaning:
            raise NoMeaning(f"{variable}: say what it means, in docs/generate.py or as the field's description")
        rows.append((f"`{variable}`", _default(name, field), meaning))
    return _table(("variable", "if unset", "meaning"), rows)


def _default(name: str, field: Any) -> str:
    if field.is_required() or name == "database_url":
        return "**required**"
    if name == "http_port":
        return "see below"
    if field.default in ("", None):
        return "nothing"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    if isinstance(field.default, Path) and field.default.is_absolute():
        return f"`{field.default.name}/` of the checkout"
    return f"`{field.default}`"


_MEANINGS = {
    "http_host": "address to listen on",
    "http_port": "port to listen on; each service has a default of its own",
    "trusted_proxies": "addresses or networks, by commas: who connects from there is believed about"
    " the client's address (`X-Forwarded-For`)",
    "database_url": "the service's own database: `postgresql://role:password@host:port/name`",
    "kafka_bootstrap": "`host:port` of Kafka",
    "object_store_url": "`file:///folder` or `s3://bucket/prefix` (credentials of the store in its own variables)",
    "session_jwks_file": "public keys that session tokens are checked with (JWKS)",
    "clock_offset_file": "development only: seconds by which the clock is shifted",
    "log_level": "`DEBUG`, `INFO`, `WARNING`, `ERROR`",
    "log_json": "one JSON object a line, for machines",
    "microcred_public_url": "the program's one address: links in mails, Stripe's way back, the issuer's DID and all"
    " addresses in badges begin with it. Never change it: issued badges name it",
    "microcred_demonstration": "demo only: what the bar on its pages says, as JSON"
    ' `{"people": ["a@example.org"], "mailbox_url": "http://..."}`',
    "session_key_file": "private key that signs session tokens (JWK, Ed25519)",
    "seal_public_key_file": "key that seals sign-in tokens for `notify` (32 bytes, base64)",
    "seal_private_key_file": "the key that opens them",
    "program_dir": "folder of the program's YAML files",
    "first_admin_email": "whoever first signs in with this address becomes an administrator",
    "sign_in_per_address": "sign-in mails to one address",
    "sign_in_per_client": "sign-in requests of one client: an IPv4 address, or the /64 of an IPv6 address",
    "letters_per_asker": "mails about letters that one applicant may have sent",
    "letters_per_referee": "mails about letters that one address may get, whoever asks",
    "mail_smtputf8": "the mail relay of `notify` offers SMTPUTF8: addresses beyond ASCII before"
    " the @ are taken (else they are refused)",
    "most_upload_bytes": "of any file; requirements have lower limits of their own",
    "most_application_bytes": "of all that one application holds: files and texts together",
    "stripe_api_key": "Stripe's secret key",
    "stripe_webhook_secret": "the signing secret of the webhook endpoint",
    "stripe_api_base": "where Stripe's API is",
    "stripe_checkout_origin": "where Stripe's payment pages are (an account may have a domain of its own):"
    " browsers let our form lead there and nowhere else",
    "issuer_key_file": "private key that signs badges (Ed25519, PEM PKCS8)",
    "issuer_former_keys_file": "public keys that go on verifying (PEM, one after the other)",
    "issuer_name": "the issuer's name in badges",
    "smtp_host": "the mail relay",
    "smtp_port": "its port",
    "smtp_from": "sender: an address, best with a name",
    "smtp_user": "user name at the relay",
    "smtp_password": "password at the relay",
    "smtp_starttls": "`true` demands TLS, `false` forbids it; unset: if the relay offers it",
    "organization": "who awards the badges, for LinkedIn links",
}


def _metric_name(metric: MetricWrapperBase) -> str:
    return f"{metric._name}_total" if metric._type == "counter" else str(metric._name)


def _kept(topic: Topic) -> str:
    return "newest of each key" if topic.compacted else "for ever" if topic.keep is None else f"{topic.keep.days} days"


def _summary(text: str | None) -> str:
    return " ".join(inspect.cleandoc(text or "").partition("\n\n")[0].split()).replace("|", "\\|")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
